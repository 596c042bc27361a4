"""Nationalities: what providers write → alpha-3 codes and the few groups beside them.

Countries are `geo.names.countries`; here stand the groups, in the providers' languages, and what a pack adds
(`nationality_aliases`, names and aliases of its countries).
"""

import re
from collections.abc import Mapping
from functools import cache

from rapidfuzz import process

from geo.names.countries import GROUPS, country_candidates, country_names, name_key
from geo.names.folding import fold
from geo.region.region import Region
from pipelines.ingest.reading.personal_data import masked

_GROUP_NAMES = {  # "|" between names
    "TOTAL": (
        "total|all|all nationalities|grand total|totale|totali|gesamt|insgesamt|ensemble|ukupno|укупно|vkupno|"
        "вкупно|gjithsej|общо|всичко|σύνολο|toplam|összesen|skupaj|razem|всього|المجموع"
    ),
    "UNK": (
        "unknown|not specified|unspecified|not stated|not reported|various unknown|unknown nationality|"
        "third-country|unknown citizenship|nationality unknown|inconnu|inconnue|non spécifié|unbekannt|ungeklärt|"
        "sconosciuta|sconosciuto|non specificata|desconocido|desconocida|desconhecido|nepoznato|nepoznata|"
        "nepoznat|neznano|непознато|i panjohur|e panjohur|неизвестно|неизвестна|неизвестен|άγνωστη|άγνωστο|"
        "άγνωστος|bilinmeyen|bilinmiyor|ismeretlen|necunoscut|necunoscută|nieznane|nieznany|невідомо|неизвестный|"
        "غير معروف|XXX"
    ),
    "STATELESS": (
        "stateless|stateless person|stateless persons|apatride|apatrides|staatenlos|apolide|apolidi|apátrida|"
        "apátridas|bez državljanstva|apatrid|apatridi|без држављанства|лице без државјанство|без държавјанство|"
        "без гражданство|pa shtetësi|ανιθαγενής|ανιθαγενείς|vatansız|hontalan|hontalanok|bezpaństwowiec|"
        "без громадянства|عديم الجنسية|STLS|XXA"
    ),
    "OTHER": (
        "other|others|other nationalities|other nationality|other countries|other citizenship|all others|autre|"
        "autres|autres nationalités|andere|sonstige|übrige|altri|altre|altro|altre nazionalità|otros|otras|"
        "otras nacionalidades|outros|outras|ostali|ostale|ostalo|drugi|drugo|druge|остали|остало|останати|друго|"
        "други|të tjerë|të tjera|tjera|tjerë|άλλοι|άλλες|άλλο|λοιποί|λοιπές|diğer|diğerleri|egyéb|egyebek|alte|"
        "altele|alții|alte naționalități|inne|inni|інші|інше|другие|прочие|أخرى|recognised non-citizen|RNC"
    ),
    "SUBSAHARAN_UNSPECIFIED": "unspecified sub-saharan nationals",
}
_SEVERAL = {"NA": ("NAM", "UNK")}  # Namibia, or "not available"
_COUNTRIES_TOGETHER = re.compile(
    r"(ext |extra |non |n)?(eu|efta) ?\d.*|(ext|extra|non) (eu|efta)\b.*|efta\b.*"
)  # as Eurostat has them


def nationality_code(name: str, region: Region | None = None) -> str | None:
    """Code of a nationality as a provider or the pack writes it, or None where it is unknown or means several.

    >>> [nationality_code(n) for n in ("Kosovo*", "Costa d'Avorio", "Iran, Islamic Rep.", "Ostali", "Narnia")]
    ['XKX', 'CIV', 'IRN', 'OTHER', None]
    """
    found = nationality_candidates(name, region)
    return found[0] if len(found) == 1 else None


def nationality_candidates(name: str, region: Region | None = None) -> tuple[str, ...]:
    """Every code that a name may mean: by the pack's own aliases, as a group, a country, or a country of the pack."""
    text = name.strip()
    own, places = _of_pack(region) if region else ({}, {})
    if (stated := own.get(fold(text))) or text in GROUPS:
        return (stated or text,)
    if text in _SEVERAL:
        return _SEVERAL[text]
    key = name_key(text.rstrip("*^¹²³ "))
    group = _groups().get(key)
    return (group,) if group else country_candidates(text) or tuple(filter(None, [places.get(fold(text))]))


def known_nationalities(region: Region | None = None) -> Mapping[str, str]:
    """Names to suggest → code: countries in English, groups, and what the pack adds."""
    groups = {code.replace("_", " ").capitalize(): code for code in _GROUP_NAMES}
    own = {**region.nationality_aliases, **{name: code for code, name in region.countries.items()}} if region else {}
    return {**country_names(), **groups, **own}


def unknown_nationality(name: str, region: Region | None = None) -> str:
    """Why a row is refused whose nationality is unknown or means several, and what to write in its place."""
    several = nationality_candidates(name, region)
    if several:
        return f"the nationality may be {' or '.join(several)}: write the code, or state it in nationality_aliases"
    if _COUNTRIES_TOGETHER.fullmatch(fold(name)):
        return f"nationality {masked(name)} is a group of countries: leave these rows out, their countries are rows too"
    by_key = _by_key(region)
    near = [by_key[match[0]] for match in process.extract(fold(name), list(by_key), limit=3, score_cutoff=70)]
    return f"unknown nationality {masked(name, near)}" + (f"; nearest: {', '.join(near)}" if near else "")


def _by_key(region: Region | None) -> Mapping[str, str]:
    """Folded name → the name to suggest."""
    kept = {} if region is None else region.derived
    if "nationality names" not in kept:
        kept["nationality names"] = {fold(text): text for text in known_nationalities(region)}
    found: Mapping[str, str] = kept["nationality names"]
    return found


@cache
def _groups() -> dict[str, str]:
    return {name_key(name): code for code, names in _GROUP_NAMES.items() for name in (code, *names.split("|"))}


def _of_pack(region: Region) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Folded name → code: the pack's nationality aliases; names and aliases of its countries."""
    if "nationalities" not in region.derived:
        own = {fold(name): code for name, code in region.nationality_aliases.items()}
        places = {fold(alias): code for alias, code in region.aliases.items() if code in region.countries}
        places |= {fold(name): code for code, name in region.countries.items()}
        region.derived["nationalities"] = own, places
    found: tuple[Mapping[str, str], Mapping[str, str]] = region.derived["nationalities"]
    return found
