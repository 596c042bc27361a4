"""Which place a name means: by id, name or alias, in any script; case and accents don't matter.

A crossing point answers to the names of its two sides, in any order; a country and a border to the country's names in
the languages of the region (`geo.names`). What means several places has no id but suggests them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from geo.names.countries import country_candidates
from geo.names.folding import fold, sound
from geo.region.region import Region

KINDS = ("segment", "border", "crossing_point", "country", "route", "region")
_NEAR = 60  # rapidfuzz score out of 100 from which a name is worth suggesting
_SIDES = re.compile(r"\s*[-–—−/()|,]\s*")  # between the names of two sides
_POINT_WORDS = re.compile(  # "border crossing point" in the languages of the region, folded
    r"\b(bcp|border crossing( point)?|crossing point|g?gp|granicni (prela[zc]|prijelaz)|granicen premin|gkpp|"
    r"pika kufitare|pkk|sinir kapisi|kozuti|hataratkelo(hely)?|punct(ul)? de trecere( a frontierei)?|ptf)\b"
)


@dataclass(frozen=True)
class Match:
    """The id that a name means, or None with the nearest names; `several`: it means each of them."""

    id: str | None
    suggestions: tuple[str, ...] = ()
    several: bool = False


@dataclass(frozen=True)
class _Names:
    ids: Mapping[str, str]  # folded id → id
    names: Mapping[str, frozenset[str]]  # folded name → ids
    aliases: Mapping[str, frozenset[str]]
    sounds: Mapping[str, frozenset[str]]  # of crossing points: names and aliases roughly as spoken
    shown: Mapping[str, str]  # folded → as written, for suggestions
    first: Mapping[str, str]  # id → its first name

    def find(self, key: str) -> frozenset[str]:
        """Ids that a folded name means: the first table in which it means one; else all that it may mean."""
        if key in self.ids:
            return frozenset([self.ids[key]])
        found = [table.get(at, frozenset()) for table, at in ((self.names, key), (self.aliases, key))]
        found.append(self.sounds.get(sound(key), frozenset()) if not any(found) else frozenset())
        return next((ids for ids in found if len(ids) == 1), frozenset().union(*found))


def place_id(region: Region, place_kind: str, name: str) -> str | None:
    """Id of the place that a source's name means; None where it means none or several. Arguments as below."""
    found = _found(_names(region, place_kind), place_kind, name)
    return next(iter(found)) if len(found) == 1 else None


def resolve_place(region: Region, place_kind: str, name: str) -> Match:
    """Find the place that a source's name means, or what it may have meant: `place_id` does without that, and is fast.

    Args:
        region: The region pack.
        place_kind: One of `KINDS`. A `route` may resolve to the region's own id: its published figure as a whole.
        name: Id, name or alias.

    Returns:
        The match; without an id its suggestions are the places it may mean, or the nearest names, best first.

    Raises:
        ValueError: the kind is unknown.
    """
    table = _names(region, place_kind)
    found = _found(table, place_kind, name)
    if len(found) == 1:
        return Match(next(iter(found)))
    if found:
        return Match(None, tuple(sorted(table.first.get(place, place) for place in found)), several=True)
    near = process.extract(fold(str(name)), list(table.shown), scorer=fuzz.WRatio, limit=3, score_cutoff=_NEAR)
    return Match(None, tuple(dict.fromkeys(table.shown[hit[0]] for hit in near)))


def _names(region: Region, place_kind: str) -> _Names:
    if place_kind not in KINDS:
        raise ValueError(f"places: expected one of {', '.join(KINDS)}, got '{place_kind}'.")
    table: _Names | None = region.derived.setdefault(("names", place_kind), None)
    if table is None:
        table = region.derived["names", place_kind] = _table(region, place_kind)
    return table


def _found(table: _Names, place_kind: str, name: str) -> frozenset[str]:
    return table.find(fold(str(name))) or _by_parts(table, place_kind, str(name))


def _by_parts(table: _Names, place_kind: str, name: str) -> frozenset[str]:
    """Places of a name that no table holds as a whole."""
    if place_kind == "crossing_point":
        return _point_by_sides(table, name)
    known = set(table.ids.values())
    if place_kind == "country":
        found = frozenset(country_candidates(name))
        return found if found <= known else frozenset()
    return _border_by_countries(known, name) if place_kind == "border" else frozenset()


def _point_by_sides(table: _Names, name: str) -> frozenset[str]:
    """The crossing point that all its written sides mean: `Röszke / Horgoš`, `ГКПП Капитан Андреево`."""
    sides = [_POINT_WORDS.sub("", fold(side)).strip() for side in _SIDES.split(name)]
    found = [table.find(side) for side in sides if side]
    return frozenset.intersection(*found) if found else frozenset()


def _border_by_countries(known: Iterable[str], name: str) -> frozenset[str]:
    """The border between two countries, each as a provider writes it: `Србија–Мађарска`, `HU/RS`."""
    parts = _SIDES.split(name)
    for cut in range(1, len(parts)):
        sides = [country_candidates("-".join(side)) for side in (parts[:cut], parts[cut:])]
        pairs = {frozenset([one, other]) for one in sides[0] for other in sides[1]}
        if found := frozenset(border for border in known if frozenset(border.split("-")) in pairs):
            return found
    return frozenset()


def _table(region: Region, place_kind: str) -> _Names:
    pairs = list(_places(region, place_kind))
    reachable = {place for place, _ in pairs} | ({region.id} if place_kind == "route" else set())
    aliases = [(place, alias) for alias, place in region.aliases.items() if place in reachable]
    aliases += [
        (point.id, alias) for point in region.crossing_points for alias in point.aliases if point.id in reachable
    ]
    shown = {fold(text): text for place, text in (*aliases, *pairs)} | {fold(place): place for place, _ in pairs}
    return _Names(
        ids={fold(place): place for place, _ in pairs},
        names=_ids_by(pairs),
        aliases=_ids_by(aliases),
        sounds=_ids_by(
            (place, sound(fold(text))) for place, text in (*pairs, *aliases) if place_kind == "crossing_point"
        ),
        shown=shown,
        first=dict(reversed(pairs)),
    )


def _ids_by(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for place, name in pairs:
        found.setdefault(fold(name), set()).add(place)
    return {name: frozenset(places) for name, places in found.items()}


def _places(region: Region, place_kind: str) -> Iterable[tuple[str, str]]:
    """(id, name) of every place of a kind, once for each of its names."""
    if place_kind == "segment":
        return [(segment.id, segment.name) for segment in region.segments]
    if place_kind == "border":
        return _borders(region)
    if place_kind == "crossing_point":
        sides = [
            (p.id, side)
            for p in region.crossing_points
            for side in (p.name, *p.name.split("–"), *_SIDES.split(p.name))
            if side
        ]
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
