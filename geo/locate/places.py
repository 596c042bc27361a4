"""Which place a name means: by id, then by name, then by alias; case and accents don't matter."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from geo.region.region import Region

KINDS = ("segment", "border", "crossing_point", "country", "route", "region")
_LETTERS = str.maketrans({"đ": "d", "Đ": "d", "ı": "i", "ł": "l", "ø": "o", "ß": "ss", "æ": "ae"})
_NEAR = 60  # rapidfuzz score out of 100 from which a name is worth suggesting


@dataclass(frozen=True)
class Match:
    """The id that a name means, or None with the nearest names."""

    id: str | None
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Names:
    ids: Mapping[str, str]  # folded id → id
    names: Mapping[str, str | None]  # folded name → id; None where it means several
    aliases: Mapping[str, str]
    shown: Mapping[str, str]  # folded → as written, for suggestions


def fold(name: str) -> str:
    """A name without case, accents and punctuation.

    Example:
        >>> fold("Kosovo*"), fold("HUN-SRB-02"), fold("Đala–Tiszasziget")
        ('kosovo', 'hun srb 02', 'dala tiszasziget')
    """
    plain = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", " ", letters.casefold()).strip()


def resolve_place(region: Region, place_kind: str, name: str) -> Match:
    """Find the place that a source's name means.

    Args:
        region: The region pack.
        place_kind: One of `KINDS`. A `route` may resolve to the region's own id: its published figure as a whole.
        name: Id, name or alias.

    Returns:
        The match; without an id its suggestions are the nearest names, best first.

    Raises:
        ValueError: the kind is unknown.
    """
    if place_kind not in KINDS:
        raise ValueError(f"places: expected one of {', '.join(KINDS)}, got '{place_kind}'.")
    table = region.derived.setdefault(("names", place_kind), None)
    if table is None:
        table = region.derived["names", place_kind] = _table(region, place_kind)
    key = fold(str(name))
    found = table.ids.get(key) or table.names.get(key) or table.aliases.get(key)
    if found:
        return Match(found)
    near = process.extract(key, list(table.shown), scorer=fuzz.WRatio, limit=3, score_cutoff=_NEAR)
    return Match(None, tuple(dict.fromkeys(table.shown[hit[0]] for hit in near)))


def _table(region: Region, place_kind: str) -> _Names:
    pairs = list(_places(region, place_kind))
    ids = {fold(place): place for place, _ in pairs}
    names: dict[str, str | None] = {}
    for place, name in pairs:
        key = fold(name)
        names[key] = place if names.get(key, place) == place else None
    reachable = set(ids.values()) | ({region.id} if place_kind == "route" else set())
    aliases = {fold(alias): place for alias, place in region.aliases.items() if place in reachable}
    shown = {fold(alias): alias for alias, place in region.aliases.items() if place in reachable}
    shown |= {fold(text): text for pair in pairs for text in pair}
    return _Names(ids, names, aliases, shown)


def _places(region: Region, place_kind: str) -> Iterable[tuple[str, str]]:
    """(id, name) of every place of a kind, once for each of its names."""
    if place_kind == "segment":
        return [(segment.id, segment.name) for segment in region.segments]
    if place_kind == "border":
        return _borders(region)
    if place_kind == "crossing_point":
        sides = [(p.id, side) for p in region.crossing_points for side in (p.name, *p.name.split("–"))]
        return list(dict.fromkeys(sides))
    if place_kind == "country":
        return list(region.countries.items()) or _plain_countries(region)
    if place_kind == "route":
        return [(route.id, route.name) for route in region.routes]
    return [(region.id, region.name)]


def _borders(region: Region) -> list[tuple[str, str]]:
    pairs = []
    for border in dict.fromkeys(segment.border for segment in region.segments):
        sides = border.split("-")
        named = [region.countries.get(side, side) for side in sides]
        orders = [sides, sides[::-1], named, named[::-1]] if len(sides) == 2 else [sides]
        pairs += [(border, "-".join(order)) for order in orders]
    return pairs


def _plain_countries(region: Region) -> list[tuple[str, str]]:
    codes = [code for cell in region.cells for code in (cell.from_country, cell.to_country) if code]
    return [(code, code) for code in dict.fromkeys(codes)]
