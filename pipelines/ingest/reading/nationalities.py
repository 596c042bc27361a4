"""Nationalities: nationality names as providers write them → alpha-3 codes and the few groups beside them.

Names come from the Unicode CLDR (through `babel`), in the languages of the providers; what the CLDR does not know is
listed here. `XKX` stands for Kosovo*.
"""

import re
import unicodedata
from functools import cache

from babel import Locale
from babel.core import get_global
from rapidfuzz import process

LANGUAGES = ("en", "fr", "de", "it", "sr_Latn", "sq", "mk")
GROUPS = frozenset({"TOTAL", "UNK", "STATELESS", "SUBSAHARAN_UNSPECIFIED", "OTHER"})
_FORMER = frozenset({"BUR", "ZAR", "DDR", "FXX", "TMP", "YMD", "XKK"})  # codes no longer in use
_ALIASES = {  # "|" between names
    "CIV": "ivory coast",
    "COD": "congo (dem. rep.)|congo, democratic republic|democratic republic of the congo|dr congo|congo (kinshasa)",
    "COG": "congo|republic of the congo|congo (brazzaville)",
    "CZE": "czech republic",
    "FSM": "micronesia, federated states of",
    "GBR": "uk",
    "GMB": "the gambia",
    "GNB": "guinea bissau",
    "HKG": "hong kong",
    "IRN": "iran (islamic republic of)",
    "KNA": "saint kitts and nevis",
    "KOR": "korea (south)|korea, republic of",
    "LAO": "lao people's democratic republic",
    "MAC": "macao|macau",
    "MDA": "republic of moldova",
    "MKD": "fyrom",
    "MMR": "burma",
    "OTHER": "other|others|altre",
    "PCN": "pitcairn",
    "PRK": "korea (north)|korea, democratic people's republic of",
    "PSE": "palestine|state of palestine|palestinian territory",
    "RUS": "russian federation",
    "SHN": "saint helena",
    "STATELESS": "stateless",
    "SUBSAHARAN_UNSPECIFIED": "unspecified sub-saharan nationals",
    "SWZ": "swaziland",
    "SYR": "syrian arab republic",
    "TLS": "east timor",
    "TOTAL": "total|all",
    "TUR": "turkey",
    "UNK": "unknown|not specified|unspecified|third-country",
    "USA": "usa",
    "VAT": "holy see|holy see (vatican city state)",
    "VCT": "saint vincent and the grenadines",
    "XKX": "kosovo",
}


def nationality_code(name: str) -> str | None:
    """Code of a nationality as a provider writes it, or None where it is not known.

    >>> [nationality_code(n) for n in ("Kosovo*", "Côte d'Ivoire", "Costa d'Avorio", "SYR", "Narnia")]
    ['XKX', 'CIV', 'CIV', 'SYR', None]
    """
    stripped = name.strip().rstrip("*^¹² ")
    if stripped in GROUPS or stripped in country_codes():
        return stripped
    return _names().get(_folded(stripped))


def unknown_nationality(name: str) -> str:
    """Why a row with an unknown nationality is refused, with the known names that are spelt most alike."""
    near = [match[0] for match in process.extract(_folded(name), list(_names()), limit=3, score_cutoff=70)]
    return f"unknown nationality '{name}'" + (f"; nearest: {', '.join(near)}" if near else "")


@cache
def country_codes() -> frozenset[str]:
    """Alpha-3 codes of countries and territories, `XKX` among them."""
    return frozenset([*_alpha3_by_alpha2().values(), "XKX"])


@cache
def _alpha3_by_alpha2() -> dict[str, str]:
    pairs = get_global("territory_aliases").items()
    return {v[0]: k for k, v in pairs if re.fullmatch("[A-Z]{3}", k) and len(v) == 1 and k not in _FORMER}


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        territories = Locale.parse(language).territories
        for alpha2, alpha3 in _alpha3_by_alpha2().items():
            if alpha2 in territories:
                found.setdefault(_folded(territories[alpha2]), alpha3)
    return found | {_folded(name): code for code, names in _ALIASES.items() for name in names.split("|")}


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("’", "'").replace("&", "and").casefold())
    text = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", text).strip(" .")
