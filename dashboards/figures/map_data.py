"""The map of pressure as data for the browser: shapes made once per edition, and at a reader's choices their look."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import Point, box
from shapely.geometry.base import BaseGeometry

from dashboards.edition_view.facts import Facts
from dashboards.wording import formats as words, pages as texts
from dashboards.wording.bands import ALL_BANDS, NO_BAND, band
from dashboards.wording.palette import DARK, LIGHT
from geo.pack.map_shapes import (
    AREAS,
    BOUNDARY_LINE,
    Ground,
    Path,
    broken_name,
    is_area,
    land_bounds,
    lines_of,
    middle,
    spread_names,
    with_shape,
)

WIDTH = 1000.0  # units from the western to the eastern edge
MARGIN = 0.03
SIMPLIFY = 0.4  # units; less than a pixel on a screen
NAME_WIDTH, NAME_HEIGHT = 100.0, 22.0
EDGE = 12.0  # units from a number to the map's edge
FLOW_GAP = 0.12  # of an arrow's length that is left free at either end
INK = LIGHT.ink
COLOURS = {
    "sea": LIGHT.sea,
    "land": LIGHT.land,
    "far": LIGHT.far,
    "line": LIGHT.border,
    "name": LIGHT.name,
    "flow": "#4a545e",
    "ink": INK,
    "paper": LIGHT.paper,
}
# On dark pages: each colour's stand-in there. Lines keep a contrast of 3 with the land, writing one of 4.5.
DARK_COLOURS = {
    LIGHT.sea: DARK.sea,
    LIGHT.land: DARK.land,
    LIGHT.far: DARK.far,
    LIGHT.border: DARK.border,
    LIGHT.name: DARK.name,
    COLOURS["flow"]: "#93a0ab",
    INK: DARK.ink,
    LIGHT.paper: DARK.paper,
    band("very_high").colour: "#d7263d",
    NO_BAND.colour: "#7d868e",
}
WEAK_SHARE = 0.8
NUMBERED = 5
DASHED, DOTTED = "4 3", "1.5 2.5"
LEGEND_WIDTH, LEGEND_TOP = 0.28, 0.6  # what the legend covers of a lower corner, shares of width and height
FAINT, PLAIN = 0.45, 0.95  # arrows of all routes, of the chosen one


@dataclass(frozen=True)
class Shape:
    """One segment: an SVG path, whether it is an area, and where its number stands."""

    path: str
    area: bool
    x: float
    y: float


@dataclass(frozen=True)
class FlowArrow:
    """An arrow of a route from one border to the next."""

    route: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Shapes:
    """All that is drawn, in units from the map's north-western corner.

    Attributes:
        height: Units from north to south.
        ground: SVG paths by look, as in `Ground.paths`.
        names: (name, x, y) of the region's countries, none on another.
        segments: By unit id.
        flows: Arrows of all routes.
        crossings: (name, x, y) of crossing points.
    """

    height: float
    ground: Mapping[str, str]
    names: tuple[tuple[str, float, float], ...]
    segments: Mapping[str, Shape]
    flows: tuple[FlowArrow, ...]
    crossings: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class _View:
    """Metres to units."""

    west: float
    south: float
    east: float
    north: float

    @property
    def scale(self) -> float:
        """Units per metre."""
        return WIDTH / max(self.east - self.west, 1.0)

    def path(self, trace: Path) -> str:
        """A path in metres, its pen lifted at None, as an SVG path."""
        pieces, pen = [], "M"
        for x, y in zip(*trace, strict=True):
            if x is None or y is None:
                pen = "M"
                continue
            at = (x - self.west) * self.scale, (self.north - y) * self.scale
            pieces.append(f"{pen}{round(at[0], 1):g} {round(at[1], 1):g}")
            pen = "L"
        return "".join(pieces)

    def units(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry in the map's units, y downwards."""
        return shapely.transform(geometry, lambda at: (at - [self.west, self.north]) * [self.scale, -self.scale])

    def at(self, point: Point) -> tuple[float, float]:
        """A place in the map's units, one decimal."""
        moved = self.units(point)
        return round(moved.x, 1), round(moved.y, 1)


def shapes_of(risk: pd.DataFrame, ground: Ground) -> Shapes | None:
    """The map of an edition; None where its risk table holds no geometry.

    Args:
        risk: An edition's risk table, a GeoDataFrame (any CRS) where the region has geometry.
        ground: Countries and routes of its region.
    """
    if not isinstance(risk, gpd.GeoDataFrame):
        return None
    drawn = with_shape(risk[risk["level"].eq("segment")].drop_duplicates("unit"), ground.crs)
    if drawn.empty:
        return None
    west, south, east, north = land_bounds(drawn)
    margin = MARGIN * max(east - west, north - south, 1.0)
    view = _View(west - margin, south - margin, east + margin, north + margin)
    at_sea = is_area(drawn)
    drawn.loc[at_sea, "geometry"] = [_off_shore(area, ground) for area in drawn.geometry[at_sea]]
    segments = {str(unit): _shape(geometry, view) for unit, geometry in zip(drawn["unit"], drawn.geometry, strict=True)}
    border = dict(zip(drawn["segment"].astype(str), drawn["border"].astype(str), strict=True))
    names = spread_names(ground.names, width_m=NAME_WIDTH / view.scale, height_m=NAME_HEIGHT / view.scale)
    return Shapes(
        height=round((view.north - view.south) * view.scale, 1),
        ground={look: view.path(path) for look, path in ground.paths.items()},
        names=tuple((name, *view.at(Point(x, y))) for name, x, y in names),
        segments=segments,
        flows=tuple(_flows(ground, segments, border)),
        crossings=tuple((words.starred(name), *view.at(Point(x, y))) for name, x, y in ground.crossings),
    )


def _off_shore(area: BaseGeometry, ground: Ground) -> BaseGeometry:
    """A sea area, of which packs know rough outlines, as far as the drawn coast."""
    wet = area.difference(ground.land)
    return area if wet.is_empty else wet


def _shape(geometry: BaseGeometry, view: _View) -> Shape:
    if geometry.geom_type not in AREAS:
        return Shape(_svg_path(view.units(geometry).simplify(SIMPLIFY)), False, *view.at(middle(geometry)))
    seen = geometry.intersection(box(view.west, view.south, view.east, view.north))
    x, y = view.at(middle(geometry if seen.is_empty else seen))
    x, y = float(np.clip(x, EDGE, WIDTH - EDGE)), float(np.clip(y, EDGE, (view.north - view.south) * view.scale - EDGE))
    return Shape(_svg_path(view.units(geometry).simplify(SIMPLIFY).boundary), True, x, y)  # islands are holes of it


def _svg_path(geometry: BaseGeometry) -> str:
    lines = [np.round(shapely.get_coordinates(line), 1) for line in lines_of(geometry)]
    return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in points) for points in lines)


def _flows(ground: Ground, segments: Mapping[str, Shape], border: Mapping[str, str]) -> Iterable[FlowArrow]:
    """One arrow per route and pair of borders, between the middles of what the route uses there."""
    ends: dict[tuple[str, str, str], list[tuple[Shape, Shape]]] = {}
    for route, source, target in ground.edges:
        pair = segments.get(f"segment:{source}"), segments.get(f"segment:{target}")
        if pair[0] is not None and pair[1] is not None:
            ends.setdefault((route, border[source], border[target]), []).append((pair[0], pair[1]))
    for (route, _, _), pairs in ends.items():
        start, stop = (np.mean([(p[i].x, p[i].y) for p in pairs], axis=0) for i in (0, 1))
        (x1, y1), (x2, y2) = start + FLOW_GAP * (stop - start), stop - FLOW_GAP * (stop - start)
        yield FlowArrow(route, *(round(float(v), 1) for v in (x1, y1, x2, y2)))


def map_data(facts: Facts, shapes: Shapes) -> dict[str, Any]:
    """What the browser draws: `width, height, ground, names, flows, segments, legend, alt, title`, and their looks.

    `dark` gives colours their stand-ins on dark pages; where a `route` is chosen the map shows it near.

    Segments stand in the order in which they are drawn, the highest band last. Colour, width and dash say the band, the
    lack of skill and the boundary line; `weak` asks for an outline.
    """
    mine = [(row, shapes.segments[row["unit"]]) for row in facts.ranked_rows if row["unit"] in shapes.segments]
    ordered = sorted(mine, key=lambda pair: (band(pair[0]["pressure_band"]).order, -pair[0]["rank"]))
    flows = [f for f in shapes.flows if facts.chosen_route in (None, f.route)]
    title = texts.MAP_TITLE.format(
        indicator=facts.indicator_name(facts.indicator),
        period=facts.lead_period(),
        region=facts.edition.manifest["region_name"],
        edition=facts.edition.id,
    )
    return {
        "width": WIDTH,
        "height": shapes.height,
        "ground": dict(shapes.ground),
        "colours": _colours(shapes),
        "dark": DARK_COLOURS,
        "crossings": shapes.crossings,
        "route": facts.chosen_route or "",
        "names": [[broken_name(n), x, y] for n, x, y in shapes.names if 0 < x < WIDTH and 0 < y < shapes.height],
        "flows": [[f.x1, f.y1, f.x2, f.y2] for f in flows],
        "flow_opacity": FAINT if facts.chosen_route is None else PLAIN,
        "segments": [
            {
                "id": row["unit"],
                "d": shape.path,
                "area": shape.area,
                "x": shape.x,
                "y": shape.y,
                **look(row),
                "rank": texts.WATCH_MARK if row["unit"] in facts.unusual else int(row["rank"]),
                "numbered": bool(row["rank"] <= NUMBERED) or row["unit"] in facts.unusual,
                "lines": hover_lines(row, facts),
            }
            for row, shape in ordered
        ],
        "legend_right": _legend_right([(shape.x, shape.y) for _, shape in mine], shapes.height),
        "legend": legend([row for row, _ in mine], flows=bool(flows), boundary=bool(shapes.ground["boundary_line"])),
        "alt": texts.MAP_ALT.format(region=facts.edition.manifest["region_name"], period=facts.lead_period()),
        "title": title,
    }


def _colours(shapes: Shapes) -> dict[str, str]:
    """Where no countries are drawn, nothing is known of sea and land: the ground is land, not sea."""
    return COLOURS if shapes.ground["inside"] else {**COLOURS, "sea": COLOURS["land"]}


def _legend_right(places: Sequence[tuple[float, float]], height: float) -> bool:
    """Whether the legend hides fewer places in the lower right corner than in the lower left."""
    low = [x for x, y in places if y > LEGEND_TOP * height]
    return sum(x > (1 - LEGEND_WIDTH) * WIDTH for x in low) < sum(x < LEGEND_WIDTH * WIDTH for x in low)


def look(row: Mapping[str, Any]) -> dict[str, Any]:
    """Colour, ink on it, width, dash and outline of one unit."""
    known = band(row["pressure_band"])
    dash = DOTTED if row["border"] == BOUNDARY_LINE else DASHED if row["no_better"] else ""
    return {
        "colour": known.colour,
        "ink": known.ink,
        "width": known.width_pt,
        "dash": dash,
        "weak": bool(row["reported_share"] < WEAK_SHARE),
    }


def legend(rows: Sequence[Mapping[str, Any]], *, flows: bool, boundary: bool) -> list[dict[str, Any]]:
    """All bands, the highest first, and of the other looks those that are on the map."""
    looks = [{"label": b.word, "colour": b.colour, "width": b.width_pt} for b in reversed(ALL_BANDS)]
    if any(band(r["pressure_band"]) == NO_BAND for r in rows):
        looks.append({"label": NO_BAND.word, "colour": NO_BAND.colour, "width": NO_BAND.width_pt})
    if any(r["no_better"] for r in rows):
        looks.append({"label": texts.LEGEND["no_better"], "colour": INK, "width": 2, "dash": DASHED})
    if boundary or any(r["border"] == BOUNDARY_LINE for r in rows):
        looks.append({"label": texts.LEGEND["boundary"], "colour": INK, "width": 2, "dash": DOTTED})
    if any(r["reported_share"] < WEAK_SHARE for r in rows):
        looks.append({"label": texts.LEGEND["weak"], "weak": True})
    if flows:
        looks.append({"label": texts.LEGEND["flow"], "colour": COLOURS["flow"], "width": 1.6, "arrow": True})
    return looks


def hover_lines(row: Mapping[str, Any], facts: Facts) -> list[str]:
    """Place, direction, band with its chance, median with its range, and what to know of them."""
    chance = row["exceedance_probability"]
    now = band(row["pressure_band"]).word
    above = "" if words.missing(chance) else texts.HOVER_CHANCE.format(chance=words.percent(chance))
    middle = f"{words.number(row['q50'])}, {words.interval(row['q10'], row['q90'])} {facts.unit_word()}"
    return [line for line in (facts.title(row), facts.direction(row), now + above, middle, flags(row)) if line]


def flags(row: Mapping[str, Any]) -> str:
    """What must be known of a forecast: no better than a simple method, regime break, weak data; empty without."""
    found = [
        (row["no_better"], texts.LEGEND["no_better"]),
        (row["regime_break"], texts.LEGEND["regime"]),
        (row["reported_share"] < WEAK_SHARE, texts.LEGEND["weak"]),
    ]
    return " · ".join(word for holds, word in found if holds)
