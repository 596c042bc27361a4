"""Names folded for comparison: case, accents, punctuation and script don't matter."""

import re
import unicodedata

_LETTERS = str.maketrans({"đ": "d", "Đ": "d", "ı": "i", "ł": "l", "Ł": "l", "ø": "o", "ß": "ss", "æ": "ae"})
_CYRILLIC = {  # as Serbian's own Latin script without its accents; letters that only others have, nearest to that
    **dict(zip("абвгдежзијклмнопрстћуфхцчшђыэі", "abvgdezzijklmnoprstcufhccsdyei", strict=True)),
    **{"љ": "lj", "њ": "nj", "џ": "dz", "ѕ": "dz", "щ": "sht", "ъ": "a", "ь": "", "ю": "yu", "я": "ya", "є": "ie"},
}
_GREEK = {**dict(zip("αβγδεζηικλμνξοπρστυφω", "avgdeziiklmnxoprstyfo", strict=True)), "θ": "th", "χ": "ch", "ψ": "ps"}
_SCRIPTS = str.maketrans(_CYRILLIC | _GREEK)
_GREEK_PAIRS = (("ου", "ou"), ("αυ", "av"), ("ευ", "ev"), ("γγ", "ng"))
_SPELLINGS = (  # one sound, as the Latin script of one language or another writes it
    *(("shch|sht", "st"), ("sh", "s"), ("zh", "z"), ("ch|ts|tz", "c"), ("kh", "h"), ("dzh|dz", "z"), ("dj|gj", "d")),
    *(("[yj]", "i"), ("ou", "u"), ("[eo]i", "i"), ("w", "v"), ("th", "t"), ("ph", "f"), ("x", "ks")),
    (r"(\w)\1", r"\1"),
)


def fold(name: str) -> str:
    """A name without case, accents and punctuation; Cyrillic and Greek in Latin letters.

    Example:
        >>> fold("Kosovo*"), fold("HUN-SRB-02"), fold("Đala–Tiszasziget"), fold("Хоргош"), fold("Κακαβιά")
        ('kosovo', 'hun srb 02', 'dala tiszasziget', 'horgos', 'kakavia')
    """
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    if not letters.isascii():
        for pair, latin in _GREEK_PAIRS:
            letters = letters.replace(pair, latin)
        letters = letters.translate(_SCRIPTS)
    return re.sub(r"[\W_]+", " ", letters).strip()


def sound(folded: str) -> str:
    """A folded name written roughly as it is spoken: one key for the spellings of several languages.

    Example:
        >>> sound(fold("Гюешево")), sound(fold("Gyueshevo"))
        ('giuesevo', 'giuesevo')
    """
    for pattern, plain in _SPELLINGS:
        folded = re.sub(pattern, plain, folded)
    return folded
