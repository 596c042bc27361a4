"""Derive a pack for any countries of the world: the files of a folder, as texts."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import yaml
from babel import Locale
from babel.core import get_global
from rapidfuzz import process

from geo.build.atlas import Atlas
from geo.build.segments import BorderPiece, RawPoint, land_pieces, with_neighbours
from geo.build.texts import context_text, points_text, segments_text
from geo.region.region import KOSOVO, KOSOVO_FOOTNOTE, KOSOVO_NAME, Freq

WITHOUT_NUMBER = {  # what the atlas draws apart and without an ISO 3166 number → the country it is counted with
    "Kosovo": KOSOVO,
    "Somaliland": "SOM",
    "N. Cyprus": "CYP",
    "Cyprus U.N. Buffer Zone": "CYP",
    "Baikonur": "KAZ",
}
MARGIN = 0.12  # of the map around the segments, share of its size
MAX_CONTEXT_BYTES = 300_000
TOLERANCES = (0.012, 0.03, 0.06, 0.12, 0.25)  # degrees; the first whose map is light enough


class BuildError(ValueError):
    """A pack cannot be made of what was asked; exit code 3."""


@dataclass(frozen=True)
class Asked:
    """What a pack is to hold."""

    countries: tuple[str, ...]  # alpha-3
    freq: Freq
    name: str
    points: tuple[RawPoint, ...] = ()


def atlas_codes() -> dict[str, str]:
    """Key of a country in the atlas (numeric ISO 3166 id, or its name) → alpha-3 code.

    Source:
        Unicode CLDR's territory aliases, as `babel` ships them.
    """
    two = {alias: codes[0] for alias, codes in get_global("territory_aliases").items() if len(codes) == 1}
    three: dict[str, str] = {}
    for alias, code in sorted(two.items(), key=lambda pair: not pair[0].startswith(pair[1])):  # FRA before FXX
        if len(alias) == 3 and alias.isalpha():
            three.setdefault(code, alias)
    numbers = {alias: three[code] for alias, code in two.items() if alias.isdigit() and code in three}
    return {**numbers, **WITHOUT_NUMBER}


def country_names(codes: Sequence[str]) -> dict[str, str]:
    """English names; Kosovo* with its star."""
    territories = Locale("en").territories
    two = get_global("territory_aliases")
    named = {code: territories[two[code][0]] for code in codes if code != KOSOVO}
    return {code: named.get(code, KOSOVO_NAME) for code in codes}


def build_pack(atlas: Atlas, asked: Asked) -> dict[str, str]:
    """The derived files of a pack, name → content; the same bytes for the same atlas and wishes.

    Raises:
        BuildError: a country is unknown, given twice, or alone, or no two of them share a land border.
    """
    _require_countries(atlas, asked.countries)
    own = sorted(asked.countries)
    borders = {f"{a}-{b}": atlas.border(a, b) for a, b in itertools.combinations(own, 2)}
    borders = {border: parts for border, parts in borders.items() if parts}
    if not borders:
        raise BuildError(f"--countries: expected countries with a common land border, {', '.join(own)} have none.")
    stray = sorted({p.border for p in asked.points} - set(borders))
    if stray:
        raise BuildError(f"crossing points: expected borders {', '.join(borders)}; got {', '.join(stray[:5])}.")
    pieces = with_neighbours(land_pieces(borders, asked.points), [])
    bounds = _bounds(pieces)
    return {
        "region.yaml": _settings(asked, own, bounds),
        "segments.geojson": segments_text(pieces),
        "context.geojson": _light_map(atlas, own, bounds),
        **({"crossing_points.csv": points_text(pieces)} if asked.points else {}),
        "SOURCE.md": SOURCE.format(countries=",".join(own), freq=asked.freq),
    }


SOURCE = """# Source

Borders: Natural Earth 1:10m (public domain), as TopoJSON in the npm package world-atlas 2.0.2,
file `countries-10m.json`.
Each land border between two of the countries was cut into segments of 15 to 75 km, midway between crossing points
where there are some, by

    routecast region build FOLDER --countries {countries} --freq {freq} --natural-earth countries-10m.json

Borders are drawn as the source has them, without prejudice to positions on status. `region.yaml` may be changed
by hand.
"""


def _require_countries(atlas: Atlas, countries: Sequence[str]) -> None:
    known = sorted(atlas.rings)
    for code in countries:
        if code not in known:
            near = [hit[0] for hit in process.extract(code, known, limit=3)]
            names = ", ".join(f"{c} ({n})" for c, n in country_names(near).items())
            raise BuildError(f"--countries: expected alpha-3 codes of ISO 3166, got '{code}'. Nearest: {names}.")
    if len(set(countries)) < max(len(countries), 2):
        raise BuildError(f"--countries: expected two or more different countries, got {', '.join(countries)}.")


def _bounds(pieces: Sequence[BorderPiece]) -> tuple[float, float, float, float]:
    boxes = [piece.geometry.bounds for piece in pieces]
    west, south = (min(b[i] for b in boxes) for i in (0, 1))
    east, north = (max(b[i] for b in boxes) for i in (2, 3))
    margin = MARGIN * max(east - west, north - south, 1.0)
    return west - margin, max(south - margin, -90.0), east + margin, min(north + margin, 90.0)


def _light_map(atlas: Atlas, own: Sequence[str], bounds: tuple[float, float, float, float]) -> str:
    own_names = country_names(own)
    others = country_names([code for code in sorted(atlas.rings) if code not in own_names])
    text = ""
    for tolerance in TOLERANCES:
        text = context_text(atlas, own_names, others, bounds, tolerance=tolerance)
        if len(text.encode()) <= MAX_CONTEXT_BYTES:
            break
    return text


def _settings(asked: Asked, own: Sequence[str], bounds: tuple[float, float, float, float]) -> str:
    west, south, east, north = bounds
    centre = f"+lat_0={(south + north) / 2:.1f} +lon_0={(west + east) / 2:.1f}"
    settings: dict[str, object] = {
        "name": asked.name,
        "freq": asked.freq,
        "pack_version": "1",
        "purpose": "Forecasts of irregular-migration pressure for planning. Not for decisions about persons.",
        "crs": f"+proj=laea {centre} +datum=WGS84 +units=m +no_defs",
        "indicators": {"irregular_crossings": {"name": "Irregular border crossings", "unit": "detections"}},
        "countries": country_names(own),
    }
    if KOSOVO in own:
        settings["footnote"] = KOSOVO_FOOTNOTE
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=110)
