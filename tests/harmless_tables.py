"""Tables of figures in the styles of the field, none about persons; all figures are made up."""

from itertools import product
from uuid import NAMESPACE_URL, uuid5

Rows = list[list[str]]
MONTHS = [f"2024-{m:02d}" for m in range(1, 13)]
CODES = ("RS", "AL", "MK", "XK", "BA", "ME", "HU", "BG", "GR", "HR", "TR", "IQ")


def harmless_tables() -> dict[str, Rows]:
    """At least two hundred, by what they are."""
    figures = _eurostat() | _unhcr() | _dtm() | _frontex() | _cbp() | _offices() | _small() | _events()
    return figures | _in_languages() | _of_other_trades()


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


TOWNS = ("Novi Sad", "Banja Luka", "Gornji Milanovac", "Velika Kladuša", "Bela Crkva", "Nova Gorica", "Stara Zagora")
TOWNS += (
    "Mali Zvornik",
    "Veliko Tarnovo",
    "Sremska Mitrovica",
    "Slavonski Brod",
    "Kičevo",
    "Ohër",
    "Πρέβεζα",
    "Суботица",
)
# place or town, centre, day, sex, age group, persons
WORDS = {
    "Serbian": ("Општина", "Центар", "Датум", "Пол", "Старосна група", "Број лица"),
    "Serbian, Latin": ("Opština", "Centar", "Datum", "Pol", "Starosna grupa", "Broj lica"),
    "Croatian": ("Općina", "Prihvatilište", "Datum", "Spol", "Dobna skupina", "Broj osoba"),
    "Macedonian": ("Општина", "Центар", "Датум", "Пол", "Возрасна група", "Број на лица"),
    "Albanian": ("Komuna", "Qendra", "Data", "Gjinia", "Grupmosha", "Numri i personave"),
    "Hungarian": ("Település", "Befogadó állomás", "Dátum", "Nem", "Korcsoport", "Személyek száma"),
    "Romanian": ("Localitatea", "Centrul", "Data", "Sexul", "Grupa de vârstă", "Număr persoane"),
    "Bulgarian": ("Община", "Център", "Дата", "Пол", "Възрастова група", "Брой лица"),
    "Greek": ("Δήμος", "Κέντρο", "Ημερομηνία", "Φύλο", "Ηλικιακή ομάδα", "Άτομα"),
    "Turkish": ("İlçe", "Merkez", "Tarih", "Cinsiyet", "Yaş grubu", "Kişi sayısı"),
    "German": ("Gemeinde", "Unterkunft", "Datum", "Geschlecht", "Altersgruppe", "Personen"),
    "French": ("Commune", "Centre d'accueil", "Date", "Sexe", "Tranche d'âge", "Personnes"),
    "Italian": ("Comune", "Centro di accoglienza", "Data", "Sesso", "Classe di età", "Persone"),
    "Spanish": ("Municipio", "Centro", "Fecha", "Sexo", "Grupo de edad", "Personas"),
    "English": ("Municipality", "Reception centre", "Date", "Sex", "Age group", "Persons"),
}


def _in_languages() -> dict[str, Rows]:
    """Tables that every country's offices have: few people a row, towns of two words, days of twenty years."""
    out: dict[str, Rows] = {}
    for language, (town, centre, day, sex, age, persons) in WORDS.items():
        ages = ("0-13", "14-17", "18-34", "35+")
        long = [[t, f"{n % 28 + 1:02d}.03.{1999 + n}", "MF"[n % 2], str(n * 7 % 90)] for n, t in enumerate(TOWNS)]
        out[f"by town and day, {language}"] = [[town, day, sex, persons], *long]
        out[f"victims by town, {language}"] = [[town, sex, age, persons], *[[t, "F", ages[1], "1"] for t in TOWNS]]
        beds = [[t, f"{t} {n}", str(20 * n), str(13 * n)] for n, t in enumerate(TOWNS)]
        out[f"centres, {language}"] = [[town, centre, "capacity", persons], *beds]
        wide = [[t, *(str(n * i % 50) for i in range(12))] for n, t in enumerate(TOWNS)]
        out[f"months as columns, {language}"] = [[f"{persons}, 2024"], [], [town, *MONTHS], *wide]
    return out


def _of_other_trades() -> dict[str, Rows]:
    """What is put beside figures on migration: money, ships, flights, weather, codes of any kind."""
    n = range(24)
    columns = {
        "amounts": [("amount_eur", [str(10_000_000_000 + 7_654_321_987 * i) for i in n])],
        "GDP and population": [("GDP", [str(98_765_432_101 + 3_333_333_337 * i * i) for i in n]), ("n", ["7"] * 24)],
        "remittances with decimals": [("remittances", [f"{1_234_567.5 * i:.2f}" for i in n])],
        "ships": [("vessel", [f"Sea Watch {i}" for i in n]), ("IMO", [str(9_074_729 + 7 * i) for i in n])],
        "flights": [("flight", [f"JU{400 + i}" for i in n]), ("passengers", [str(90 + i) for i in n])],
        "number plates": [("plates", [f"BG{i}" for i in n]), ("vehicles", ["1"] * 24)],
        "weather": [("temperature_max", [f"{i - 4}.5" for i in n]), ("station", ["Novi Sad"] * 24)],
        "identifiers of rows": [("uuid", [str(uuid5(NAMESPACE_URL, str(i))) for i in n])],
        "hashes": [("sha1", [f"{i * 7_654_321_987_654_321_987:040x}" for i in n])],
        "moments with a zone": [("created", [f"2024-05-{i + 1:02d}T10:00:00+02:00" for i in n])],
        "milliseconds": [("epoch", [str(1_715_500_000_000 + 86_400_000 * i) for i in n])],
        "p-codes": [("ADM3_PCODE", [f"SRB{20_143_000 + i}" for i in n])],
        "postcodes": [("postcode", [f"{21_000 + i}" for i in n])],
        "exchange rates": [("rate", [f"117.{1000 + i}" for i in n])],
        "coordinates": [("lat", [f"44.{8_123_456 + i}" for i in n]), ("lon", [f"20.{4_123_456 + i}" for i in n])],
        "coordinates in one": [("coordinates", [f"44.81{i}, 20.46{i}" for i in n])],
        "sources": [("source", [f"https://example.org/report/{20_240_500 + i}" for i in n])],
        "weeks": [("week", [f"2024-W{i + 1:02d}" for i in n])],
        "search terms": [("term", [("visa", "passport", "border", "asylum")[i % 4] for i in n])],
        "a ministry's letters": [("reference", [f"01-{i}/2024" for i in n])],
        "phases of food security": [("phase", [str(i % 5 + 1) for i in n]), ("analysed population", ["9000"] * 24)],
        "budgets": [("budget", [str(12_345_678_901 + 98_765_432 * i * i) for i in n])],
        "turnover of money transfers": [("value_usd", [str(99_000_000_000 - 1_234_567_890 * i) for i in n])],
        "ranks": [("rank", [str(i + 1) for i in n])],
        "shares": [("share", [f"{i / 24:.3f}" for i in n])],
        "forms of transport": [("transport", ["Private vehicle", "Public transport"] * 12)],
        "sections of a road": [("road", [f"E{60 + i}" for i in n]), ("name of section", ["North Gate"] * 24)],
        "borders of two countries": [("border", [f"{a}-{b}" for a, b in zip(CODES * 2, CODES[::-1] * 2, strict=True)])],
        "prices": [("commodity", ["Wheat flour", "Sunflower oil"] * 12), ("price", [f"{i}.20" for i in n])],
        "elections": [("district", [TOWNS[i % len(TOWNS)] for i in n]), ("turnout", [f"{40 + i} %" for i in n])],
        "unaccompanied minors": [("UAM", ["1"] * 24), ("age", [str(11 + i % 7) for i in n])],
    }  # fmt: skip
    base = [["2024-05", CODES[i % 12], str(i % 30)] for i in n]
    return {
        what: [
            ["month", "country", "count", *(h for h, _ in added)],
            *[[*base[i], *(c[i] for _, c in added)] for i in n],
        ]
        for what, added in columns.items()
    }
