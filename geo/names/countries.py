"""Countries as providers write them → alpha-3 codes: official, common, inverted and shortened names, and short codes.

Names come from ISO 3166 (through `pycountry`) and, in the languages of the region and its providers, from the Unicode
CLDR (through `babel`); what neither knows is listed here. `XKX` stands for Kosovo*. A name that means several countries
has no code but its candidates.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from geo.names.folding import fold

LANGUAGES = (
    *("en", "fr", "de", "it", "es", "pt", "nl", "pl", "cs", "sk", "uk", "ru", "ar", "fa"),
    *("sr", "hr", "bs", "sl", "mk", "sq", "bg", "el", "tr", "hu", "ro"),
)
GROUPS = frozenset({"TOTAL", "UNK", "STATELESS", "SUBSAHARAN_UNSPECIFIED", "OTHER"})  # what stands beside countries
KOSOVO = "XKX"
_ALPHA2 = {"EL": "GRC", "KS": KOSOVO, "KV": KOSOVO, "XK": KOSOVO}  # beside ISO's: the EU's, and Kosovo*'s
_NOT_ALPHA2 = frozenset({"NA"})  # Namibia, or "not available"
_ALPHA3 = dict.fromkeys(("XKO", "XKK", "XKV", "KOS", "KSV", "UVK", "RKS", "KXK"), KOSOVO) | {"ROM": "ROU"}
_ALIASES = {  # "|" between names
    "ARE": "uae|emirates",
    "BIH": "bosnia|bih",
    "CIV": "cote d ivoire",
    "COD": "dr congo|drc|congo kinshasa|rd congo|zaire",
    "COG": "congo brazzaville",
    "FSM": "micronesia fed sts",
    "GBR": "great britain|britain|northern ireland united kingdom",
    "GIN": "guinea conakry",
    "HKG": "hong kong|hong kong china",
    "KGZ": "kyrgyz republic",
    "KNA": "st kitts nevis|saint christopher nevis",
    "KOR": "korea south",
    "LAO": "lao pdr|lao",
    "MAC": "macao|macau|macao china|macau china",
    "MKD": "macedonia|fyr macedonia|fyrom|tfyr macedonia|yugoslav republic macedonia|makedonija|makedonia|maqedonia",
    "MMR": "burma",
    "NLD": "kingdom netherlands|holland",
    "PRK": "korea north|dprk",
    "PSE": "palestine|palestinian|palestinians|occupied palestinian territory|palestinian authority|gaza|gaza strip|"
    "west bank gaza strip|west bank gaza",
    "SHN": "saint helena",
    "SVK": "slovak republic",
    "SWZ": "swaziland",
    "TLS": "east timor",
    "TUR": "turkey",
    "TWN": "taiwan china|chinese taipei",
    "USA": "us|usa",
    "VAT": "holy see|vatican",
    "VEN": "venezuela rb",
    "VIR": "us virgin islands|american virgin islands",
    KOSOVO: "kosovo|kosova|kosove|republic kosovo|kosovo metohija|kosovo i metohija",
}
_SEVERAL = {"korea": ("KOR", "PRK"), "virgin islands": ("VGB", "VIR")}
_WORDS = {  # written out; "" where the word says nothing
    **dict.fromkeys(("the", "of", "and", "sar", "former"), ""),
    **{"rep": "republic", "dem": "democratic", "fed": "federated", "st": "saint", "isl": "islands", "is": "islands"},
    **{
        "terr": "territory",
        "fyr": "yugoslav republic",
        "tfyr": "yugoslav republic",
        "pdr": "peoples democratic republic",
    },
    **{"prov": "province", "sts": "states", "incl": "", "including": ""},
}
# "under United Nations Security Council Resolution 1244/99", "UNSCR 1244", "S/RES/1244 (1999)", "in line with …"
_RESOLUTION = re.compile(
    r"\b(((under|in|this|un|united nations|unscr|unsc|scr|s res|security council|resolution) [a-z ]*)?\b1244\b"
    r"( (1999|99|and|the|icj|opinion|on|kosovo|declaration|of|independence))*)$"
)


def country_code(name: str) -> str | None:
    """Alpha-3 code of the country that a name or code means; None where it is unknown or means several.

    >>> [country_code(n) for n in ("Iran (Islamic Rep. of)", "Congo, Dem. Rep.", "Турска", "EL", "Kosova", "Korea")]
    ['IRN', 'COD', 'TUR', 'GRC', 'XKX', None]
    """
    found = country_candidates(name)
    return found[0] if len(found) == 1 else None


@lru_cache(4096)
def country_candidates(name: str) -> tuple[str, ...]:
    """Codes of all countries that a name may mean: one where it is clear, none where it is unknown.

    >>> country_candidates("Serbia and Kosovo: S/RES/1244 (1999)")
    ('SRB', 'XKX')
    """
    text = name.strip().rstrip("*^¹²³ ")
    if re.fullmatch("[A-Z]{2,3}", text):
        by_code = _by_code().get(text, ())
        if by_code or text in _NOT_ALPHA2:
            return by_code
    text = _RESOLUTION.sub("", fold(text)) if "1244" in text else text
    return _named(text) or _of_parts(text)


@cache
def country_codes() -> frozenset[str]:
    """Alpha-3 codes of countries and territories, `XKX` among them."""
    return frozenset([*_alpha3_by_alpha2().values()])


@cache
def country_names() -> Mapping[str, str]:
    """English name → code, for suggestions."""
    from babel import Locale  # noqa: PLC0415 - slow to import, and most runs meet codes alone

    return {Locale("en").territories[alpha2]: alpha3 for alpha2, alpha3 in _alpha3_by_alpha2().items()}


def name_key(name: str) -> str:
    """What equal names have in common: their words, shortened ones written out, in any order.

    >>> name_key("Congo, Dem. Rep.") == name_key("Democratic Republic of the Congo")
    True
    """
    plain = re.sub(r"['’`´]", "", re.sub(r"\b(\w)\.(?=\w\b)", r"\1", name))  # U.S.A., People's
    words = " ".join(_WORDS.get(word, word) for word in fold(plain).split())
    return " ".join(sorted(words.split()))


def _named(text: str) -> tuple[str, ...]:
    key = name_key(text)
    return _english().get(key) or _foreign().get(key, ())


def _of_parts(text: str) -> tuple[str, ...]:
    """`Myanmar/Burma`, `Turkey (Türkiye)`, `Serbia and Kosovo`: every part must be known."""
    parts = [part for part in re.split(r"(?i)[/()|;,]| or | and | & ", text) if part.strip()]
    found = [_named(part) for part in parts]
    if len(parts) < 2 or not all(found):
        return ()
    return tuple(dict.fromkeys(code for codes in found for code in codes))


@cache
def _alpha3_by_alpha2() -> dict[str, str]:
    import pycountry  # noqa: PLC0415 - as above

    return {country.alpha_2: country.alpha_3 for country in pycountry.countries} | {"XK": KOSOVO}


@cache
def _by_code() -> dict[str, tuple[str, ...]]:
    """Codes of two and three letters, of former countries too."""
    from babel.core import get_global  # noqa: PLC0415 - as above

    known = _alpha3_by_alpha2()
    former = get_global("territory_aliases").items()
    codes = {
        old: tuple(known[new] for new in news)
        for old, news in former
        if re.fullmatch("[A-Z]{2,3}", old) and all(new in known for new in news)
    }
    codes |= {code: (code,) for code in known.values()} | {two: (three,) for two, three in known.items()}
    codes |= {code: (country,) for code, country in (_ALPHA2 | _ALPHA3).items()}
    return {code: countries for code, countries in codes.items() if code not in _NOT_ALPHA2}


@cache
def _english() -> dict[str, tuple[str, ...]]:
    """Names by ISO 3166, those of former countries, the CLDR's in English and the list above, which wins."""
    import pycountry  # noqa: PLC0415 - as above

    by_code = _by_code()
    former = ((c.name, by_code.get(c.alpha_3, ())) for c in pycountry.historic_countries)
    listed = ((name, (code,)) for code, names in _ALIASES.items() for name in names.split("|"))
    return {
        **_table((name, codes) for name, codes in former if codes),
        **_table(_in_language("en")),
        **_table(_iso_names(pycountry.countries)),
        **_table([*listed, *_SEVERAL.items()]),
    }


@cache
def _foreign() -> dict[str, tuple[str, ...]]:
    return _table(pair for language in LANGUAGES if language != "en" for pair in _in_language(language))


def _iso_names(countries: Iterable[object]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for country in countries:
        for kind in ("name", "official_name", "common_name"):
            if name := getattr(country, kind, None):
                yield name, (country.alpha_3,)  # type: ignore[attr-defined]


def _in_language(language: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    from babel import Locale  # noqa: PLC0415 - as above

    territories = Locale.parse(language).territories
    for alpha2, alpha3 in _alpha3_by_alpha2().items():
        if name := territories.get(alpha2):
            yield name, (alpha3,)
            if language == "sq":
                yield _definite(name), (alpha3,)


def _definite(name: str) -> str:
    """An Albanian name with its article, as running text has it: Shqipëri → Shqipëria, Irak → Iraku."""
    if name.endswith("ë"):
        return f"{name[:-1]}a"
    return name + ("a" if name.endswith("i") else "u" if name[-1] in "gkh" else "i")


def _table(pairs: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """Key of each name → its countries, several where languages disagree."""
    found: dict[str, tuple[str, ...]] = {}
    for name, codes in pairs:
        key = name_key(name)
        found[key] = tuple(dict.fromkeys([*found.get(key, ()), *codes]))
    return found
