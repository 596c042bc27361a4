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
_ALIASES = {
    "kosovo": "XKX",
    "unknown": "UNK",
    "not specified": "UNK",
    "unspecified": "UNK",
    "stateless": "STATELESS",
    "unspecified sub-saharan nationals": "SUBSAHARAN_UNSPECIFIED",
    "total": "TOTAL",
    "all": "TOTAL",
    "other": "OTHER",
    "others": "OTHER",
    "palestine": "PSE",
    "state of palestine": "PSE",
    "palestinian territory": "PSE",
    "turkey": "TUR",
    "turkiye": "TUR",
    "czech republic": "CZE",
    "north macedonia": "MKD",
    "fyrom": "MKD",
    "congo": "COG",
    "republic of the congo": "COG",
    "congo (dem. rep.)": "COD",
    "congo, democratic republic": "COD",
    "democratic republic of the congo": "COD",
    "dr congo": "COD",
    "ivory coast": "CIV",
    "cote d'ivoire": "CIV",
    "burma": "MMR",
    "myanmar": "MMR",
    "swaziland": "SWZ",
    "cape verde": "CPV",
    "cabo verde": "CPV",
    "south korea": "KOR",
    "north korea": "PRK",
    "korea (south)": "KOR",
    "korea (north)": "PRK",
    "korea, republic of": "KOR",
    "korea, democratic people's republic of": "PRK",
    "micronesia, federated states of": "FSM",
    "russia": "RUS",
    "russian federation": "RUS",
    "vietnam": "VNM",
    "viet nam": "VNM",
    "syria": "SYR",
    "syrian arab republic": "SYR",
    "iran (islamic republic of)": "IRN",
    "laos": "LAO",
    "lao people's democratic republic": "LAO",
    "moldova": "MDA",
    "republic of moldova": "MDA",
    "tanzania": "TZA",
    "hong kong": "HKG",
    "macao": "MAC",
    "macau": "MAC",
    "east timor": "TLS",
    "holy see": "VAT",
    "holy see (vatican city state)": "VAT",
    "sao tome and principe": "STP",
    "st. lucia": "LCA",
    "saint lucia": "LCA",
    "saint kitts and nevis": "KNA",
    "saint vincent and the grenadines": "VCT",
    "antigua and barbuda": "ATG",
    "bosnia and herzegovina": "BIH",
    "trinidad and tobago": "TTO",
    "the gambia": "GMB",
    "usa": "USA",
    "uk": "GBR",
    "guinea bissau": "GNB",
    "congo (brazzaville)": "COG",
    "congo (kinshasa)": "COD",
    "pitcairn": "PCN",
    "saint helena": "SHN",
    "third-country": "UNK",
    "altre": "OTHER",
}


def nationality_code(name: str) -> str | None:
    """Code of a nationality as a provider writes it, or None where it is not known.

    >>> [nationality_code(n) for n in ("Kosovo*", "Côte d'Ivoire", "Costa d'Avorio", "SYR", "Narnia")]
    ['XKX', 'CIV', 'CIV', 'SYR', None]
    """
    stripped = name.strip().rstrip("*^¹² ")
    if stripped in GROUPS or stripped in _codes():
        return stripped
    return _names().get(_folded(stripped))


def nearest_nationalities(name: str) -> list[str]:
    """Known names that are spelt most alike, for the message of a refused row."""
    return [match[0] for match in process.extract(_folded(name), list(_names()), limit=3, score_cutoff=70)]


def country_codes() -> frozenset[str]:
    """Alpha-3 codes of countries and territories, `XKX` among them."""
    return _codes()


@cache
def _codes() -> frozenset[str]:
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
    return found | {_folded(k): v for k, v in _ALIASES.items()}


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("’", "'").replace("&", "and").casefold())
    text = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", text).strip(" .")
