"""Tables of figures in the styles of the field, none about persons; all figures are made up."""

from itertools import product

Rows = list[list[str]]
MONTHS = [f"2024-{m:02d}" for m in range(1, 13)]
CODES = ("RS", "AL", "MK", "XK", "BA", "ME", "HU", "BG", "GR", "HR", "TR", "IQ")


def harmless_tables() -> dict[str, Rows]:
    """At least a hundred, by what they are."""
    return _eurostat() | _unhcr() | _dtm() | _frontex() | _cbp() | _offices() | _small() | _events()


def _eurostat() -> dict[str, Rows]:
    out: dict[str, Rows] = {}
    for unit, table in product(("Person", "PER", "Persons", "Rate"), ("migr_asyappctzm", "migr_eirfs", "migr_eipre")):
        head = ["freq", "citizen", "sex", "unit", "age", "asyl_app", "geo", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"]
        body = [["M", "AF", "T", unit, "TOTAL", "ASY_APP", c, m, str(5 * n), ""] for n, (c, m) in _grid()]
        out[f"{table} in {unit}, long"] = [head, *body]
        about = [["Data extracted on", "12/05/2024 11:00"], ["Unit of measure", unit], ["Sex", "Total"], ["Person", ""]]
        wide = [[c, *(str(n + i) for i in range(12))] for n, c in enumerate(CODES)]
        out[f"{table} in {unit}, sheet"] = [*about, [], ["TIME", *MONTHS], ["GEO (Labels)", *[""] * 12], *wide]
    return out


def _grid() -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate(product(CODES, MONTHS)))


def _unhcr() -> dict[str, Rows]:
    out: dict[str, Rows] = {}
    for count, place in product(("individuals", "persons", "People", "Arrivals"), ("geomaster_name", "Site")):
        head = ["data_date", place, "pcode", count, "source", "contact"]
        body = [[f"{m}-01", c, f"{c}{n:07d}", str(n % 97), "Government", "UNHCR"] for n, (c, m) in _grid()]
        out[f"UNHCR, {count} by {place}"] = [head, *body]
    return out


def _dtm() -> dict[str, Rows]:
    out: dict[str, Rows] = {}
    names = (
        "Novi Sad",
        "Banja Luka",
        "Gornji Milanovac",
        "Velika Kladusa",
        "Bela Crkva",
        "Nova Gorica",
        "Stara Zagora",
    )
    for people, code, tags in product(("idp_ind", "Persons", "hh"), ("admin2Pcode", "site_code"), (True, False)):
        head = ["admin1Name", "admin1Pcode", "admin2Name", code, "reportingDate", people, "males 18-59", "operation"]
        row = ["#adm1+name", "#adm1+code", "#adm2+name", "#adm2+code", "#date", "#affected+ind", "#affected+m", "#meta"]
        body = [[n, f"RS0{i}", n, f"RS{100200 + i}", "2024-05-12", str(40 + i), "3", "S1"] for i, n in enumerate(names)]
        out[f"DTM {people}, {code}, tags {tags}"] = [head, *([row] if tags else []), *body]
    return out


def _frontex() -> dict[str, Rows]:
    out: dict[str, Rows] = {}
    routes = ("Western Balkan Route", "Central Mediterranean Route", "Circular Route from Albania to Greece")
    nationalities = (
        "Syria",
        "Afghanistan",
        "Côte d'Ivoire",
        "Congo (Brazzaville)",
        "Unspecified sub-Saharan nationals",
    )
    for title, first in product((True, False), ("Persons detected", "Route", "Detections of persons")):
        head = [first, "BorderType", "NationalityLong", *(f"{m}2024" for m in ("JAN", "FEB", "MAR"))]
        body = [[r, "Land", n, "1", "0", "12"] for r, n in product(routes, nationalities)]
        above = [["Monthly detections of illegal border-crossing"], ["Source: FRAN data as of 03JUN25"], []]
        out[f"Frontex, {first}, title {title}"] = [*(above if title else []), head, *body]
    return out


def _cbp() -> dict[str, Rows]:
    out: dict[str, Rows] = {}
    for area, demographic in product(("Sector", "Field Office"), ("Demographic", "Authority", "Encounter Type")):
        head = ["Fiscal Year", "Month Grouping", "Month (abbv)", "Component", area, demographic, "Citizenship", "Count"]
        body = [["2024", "FYTD", "OCT", "U.S. Border Patrol", "Rio Grande", "Single Adults", c, "1"] for c in CODES]
        out[f"CBP, {area} by {demographic}"] = [head, *body]
    return out


def _offices() -> dict[str, Rows]:
    heads = {
        "Serbian": ("Година", "Држава рођења", "Пол", "Број лица"),
        "Serbian, Latin": ("Godina", "Država rođenja", "Pol", "Broj lica"),
        "Croatian": ("Godina", "Državljanstvo", "Spol", "Broj osoba"),
        "Macedonian": ("Година", "Државјанство", "Пол", "Број на лица"),
        "Albanian": ("Viti", "Shtetësia", "Gjinia", "Numri i personave"),
        "Hungarian": ("Év", "Születési ország", "Nem", "Személyek száma"),
        "Romanian": ("Anul", "Țara nașterii", "Sex", "Număr persoane"),
        "Bulgarian": ("Година", "Страна на раждане", "Пол", "Брой лица"),
        "Greek": ("Έτος", "Χώρα γέννησης", "Φύλο", "Άτομα"),
        "Turkish": ("Yıl", "Doğum yeri (ülke)", "Cinsiyet", "Kişi sayısı"),
        "German": ("Jahr", "Geburtsland", "Geschlecht", "Personen"),
        "French": ("Année", "Pays de naissance", "Sexe", "Personnes"),
        "Italian": ("Anno", "Paese di nascita", "Sesso", "Persone"),
        "Spanish": ("Año", "País de nacimiento", "Sexo", "Personas"),
        "English": ("Year", "Country of birth", "Sex", "Persons"),
    }
    tables = {}
    for language, head in heads.items():
        body = [[str(2010 + n), c, "M", str(100 + n)] for n, c in enumerate(CODES)]
        tables[f"an office's table, {language}"] = [list(head), *body]
        tables[f"the same with small counts, {language}"] = [list(head), *[[*r[:3], "1"] for r in body]]
    return tables


def _small() -> dict[str, Rows]:
    """One heading each that sounds like a person's, over figures or places."""
    figures = (
        "persons",
        "person",
        "Persons detected",
        "passport",
        "False passports",
        "fingerprints",
        "document",
        "mobile",
    )
    codes = (
        "id",
        "alias",
        "bcp_code",
        "case_id",
        "document_no",
        "registration_number",
        "ref",
        "file_number",
        "OBJECTID",
    )
    out = {f"'{h}' over counts": [["place", h], *[[c, str(n)] for n, c in enumerate(CODES)]] for h in figures}
    beside = [[c, f"B{n}", "7"] for n, c in enumerate(CODES)]
    out |= {f"'{h}' beside counts": [["place", h, "count"], *beside] for h in codes}
    centres = [["Miratovac", "Street 1", "011 1234", "400"], ["Krnjača", "Street 2", "011 3459", "900"]]
    return out | {
        "centres with addresses": [["name", "address", "telephone", "capacity"], *centres],
        "one contact for all": [["place", "count", "contact"], *[[c, "7", "data@example.org"] for c in CODES]],
        "numbers of records": [["id", "count"], *[[f"{10_000_000_000 + n}", "5"] for n in range(20)]],
        "moments": [["timestamp", "count"], *[[f"20240512{n:02d}00", "5"] for n in range(20)]],
    }


def _events() -> dict[str, Rows]:
    incidents = [["Incident ID", "Incident Date", "Number of Dead", "Location", "Cause of Death", "URL", "Latitude"]]
    events = [["event_id_cnty", "event_date", "actor1", "admin1", "location", "source", "notes", "fatalities"]]
    for n, (c, _) in _grid():
        day, link = f"2024-{n % 12 + 1:02d}-11", f"https://e.org/{n}"
        incidents.append([f"2024.MMP{n:04d}", day, str(n % 4 + 1), f"{n} km off {c}", "Drowning", link, "38.1"])
        events.append([f"SRB{n:05d}", "12 May 2024", "Rioters", c, c, "Daily", f"On 12 May 2024, in {c}.", "1"])
    crossings = [["date", "bcp_name", "bcp_code", "direction", "count"]]
    crossings += [["2024-05-12", c, f"{c}123456", "in", "1"] for c in CODES]
    return {"incidents": incidents, "events": events, "a crossing each": crossings}
