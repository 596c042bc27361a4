"""The map of pressure as data for the browser: segments by band on pale countries, each with its look and words."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.edition_view.facts import Facts
from dashboards.figures.segment_shapes import WIDTH, Shapes
from dashboards.wording import formats as words
from dashboards.wording import pages as texts
from dashboards.wording.bands import ALL_BANDS, NO_BAND, band

COLOURS = {
    "sea": "#dbe6ed",
    "land": "#f7f6f2",
    "far": "#e9e8e3",
    "line": "#b5b2a8",
    "name": "#5c5b55",
    "flow": "#4a545e",
}
INK = "#1f2933"
WEAK_SHARE = 0.8
KOSOVO_LINE = "SRB-XKX"
NUMBERED = 5
DASHED, DOTTED = "4 3", "1.5 2.5"
LEGEND_WIDTH, LEGEND_TOP = 0.28, 0.6  # what the legend covers of a lower corner, shares of width and height
FAINT, PLAIN = 0.45, 0.95  # arrows of all routes, of the chosen one


def map_data(facts: Facts, shapes: Shapes) -> dict[str, Any]:
    """What the browser draws: `width, height, ground, names, flows, segments, legend, alt, title`, and their looks.

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
        "names": [[broken(n), x, y] for n, x, y in shapes.names if 0 < x < WIDTH and 0 < y < shapes.height],
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
                "rank": int(row["rank"]),
                "numbered": bool(row["rank"] <= NUMBERED),
                "lines": hover_lines(row, facts),
            }
            for row, shape in ordered
        ],
        "legend_right": _legend_right([(shape.x, shape.y) for _, shape in mine], shapes.height),
        "legend": legend([row for row, _ in mine], flows=bool(flows), boundary=bool(shapes.ground["boundary"])),
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
    dash = DOTTED if row["border"] == KOSOVO_LINE else DASHED if row["baseline_only"] else ""
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
    if any(r["baseline_only"] for r in rows):
        looks.append({"label": texts.LEGEND["baseline"], "colour": INK, "width": 2, "dash": DASHED})
    if boundary or any(r["border"] == KOSOVO_LINE for r in rows):
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
    """What must be known of a forecast: baseline only, regime break, weak data; empty where nothing."""
    found = [
        (row["baseline_only"], texts.LEGEND["baseline"]),
        (row["regime_break"], texts.LEGEND["regime"]),
        (row["reported_share"] < WEAK_SHARE, texts.LEGEND["weak"]),
    ]
    return " · ".join(word for holds, word in found if holds)


def broken(name: str) -> list[str]:
    """A long name on two lines.

    >>> broken("Bosnia and Herzegovina"), broken("Italy")
    (['Bosnia', 'and Herzegovina'], ['Italy'])
    """
    return name.replace(" and ", "\nand ").replace("North ", "North\n").split("\n")
