"""The first page's map and ranking as data: looks, order, words, links, places on the map."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import pytest
from shapely.geometry import LineString, box

from dashboards.components.map_panel import panel_data, ranking_rows, ranking_table, with_links
from dashboards.edition_view.facts import Facts
from dashboards.figures.map_data import (
    DARK_COLOURS,
    DASHED,
    DOTTED,
    FLOW_GAP,
    MARGIN,
    NUMBERED,
    WIDTH,
    Shapes,
    map_data,
    shapes_of,
)
from dashboards.wording import formats as words, pages as texts
from dashboards.wording.bands import ALL_BANDS, NO_BAND, band
from geo.pack.load import load_region
from geo.pack.map_shapes import BOUNDARY_LINE, ground_of
from pipelines.editions.edition import Edition
from tests.colours import contrast
from tests.editions import write_edition

LATER = date(2027, 6, 1)  # all periods of the edition are over
SOON = date(2026, 12, 1)


@cache
def edition() -> Edition:
    return Edition(write_edition(Path(mkdtemp())))


@cache
def shapes() -> Shapes:
    found = shapes_of(edition().risk, ground_of(load_region("western_balkans")))
    assert found is not None
    return found


def look_of(unit: str) -> dict[str, object]:
    return next(s for s in map_data(Facts(edition()), shapes())["segments"] if s["id"] == unit)


def flat(metres: dict[str, LineString], *, edges: tuple[tuple[str, str, str], ...] = ()) -> Shapes:
    """The map of a made-up region without a ground, its segments given in metres; every segment is its own border."""
    table = gpd.GeoDataFrame(
        {"unit": [f"segment:{s}" for s in metres], "segment": list(metres), "border": list(metres), "level": "segment"},
        geometry=list(metres.values()),
        crs="EPSG:3035",
    )
    found = shapes_of(table, replace(ground_of(None), edges=edges))
    assert found is not None
    return found


def test_map_shows_every_ranked_segment_once() -> None:
    facts = Facts(edition())
    drawn = [s["id"] for s in map_data(facts, shapes())["segments"]]
    assert sorted(drawn) == sorted(facts.ranked["unit"])


def test_map_draws_the_highest_band_last_so_that_nothing_hides_it() -> None:
    facts = Facts(edition())
    order = [band(facts.row(s["id"])["pressure_band"]).order for s in map_data(facts, shapes())["segments"]]  # type: ignore[index]
    assert order == sorted(order)
    assert order[-1] == 3


def test_map_shows_the_band_by_colour_and_width() -> None:
    facts = Facts(edition())
    for one in map_data(facts, shapes())["segments"]:
        known = band(facts.row(one["id"])["pressure_band"])  # type: ignore[index]
        assert (one["colour"], one["width"]) == (known.colour, known.width_pt)


def test_map_dashes_what_is_no_better_and_dots_the_boundary_line() -> None:
    ranked = Facts(edition()).ranked
    only = ranked[ranked["no_better"].astype(bool) & ranked["border"].ne(BOUNDARY_LINE)]["unit"].iloc[0]
    assert look_of(only)["dash"] == DASHED
    assert look_of(ranked[ranked["border"].eq(BOUNDARY_LINE)]["unit"].iloc[0])["dash"] == DOTTED
    solid = ranked[~ranked["no_better"].astype(bool) & ranked["border"].ne(BOUNDARY_LINE)]["unit"].iloc[0]
    assert not look_of(solid)["dash"]


def test_map_outlines_weak_data() -> None:
    ranked = Facts(edition()).ranked
    weak = set(ranked.loc[ranked["reported_share"].lt(0.8), "unit"])
    assert weak
    assert {s["id"] for s in map_data(Facts(edition()), shapes())["segments"] if s["weak"]} == weak


def test_legend_holds_all_bands_and_only_the_other_looks_that_are_drawn() -> None:
    labels = [entry["label"] for entry in map_data(Facts(edition()), shapes())["legend"]]
    assert labels[:4] == [b.word for b in reversed(ALL_BANDS)]
    assert {"no band", texts.LEGEND["weak"], texts.LEGEND["no_better"], texts.LEGEND["boundary"]} <= set(labels)
    calm = edition().risk.assign(no_better=False, reported_share=1.0, pressure_band="low", border="HUN-SRB")
    other = Edition(edition().folder)
    other.__dict__["risk"] = calm
    facts = Facts(other)
    assert [entry["label"] for entry in map_data(facts, shapes())["legend"]] == [
        *labels[:4],
        texts.LEGEND["boundary"],
        texts.LEGEND["flow"],
    ]


def test_map_numbers_the_first_pressure_points_as_the_table_does() -> None:
    numbered = {s["rank"]: s["id"] for s in map_data(Facts(edition()), shapes())["segments"] if s["numbered"]}
    assert [numbered[i + 1] for i in range(NUMBERED)] == list(Facts(edition()).ranked["unit"].head(NUMBERED))


def test_shapes_keep_proportions_and_put_north_at_the_top() -> None:
    found = flat({"a": LineString([(0, 0), (100_000, 0)]), "b": LineString([(0, 0), (0, 50_000)])})
    side = WIDTH / (1 + 2 * MARGIN)
    assert found.height == pytest.approx(side * 0.5 + 2 * MARGIN * side, abs=0.2)
    at = found.segments["segment:b"]
    assert at.y == pytest.approx(found.height / 2, abs=0.2)
    assert at.path == "M28.3 500L28.3 28.3"  # the line begins in the south: 1000 × 0.03 ÷ 1.06 from each edge


def test_sea_area_that_reaches_far_out_has_its_number_inside_the_map() -> None:
    sea = box(90_000, -900_000, 130_000, 20_000)
    found = flat({"land": LineString([(0, 0), (100_000, 50_000)]), "sea": sea})  # type: ignore[dict-item]
    at = found.segments["segment:sea"]
    assert at.area
    assert 0 < at.x < WIDTH
    assert 0 < at.y < found.height


def test_sea_area_ends_at_the_coast_and_leaves_its_islands_out() -> None:
    sea, coast = box(0, 0, 100_000, 100_000), box(50_000, -10_000, 200_000, 110_000)
    island = box(20_000, 40_000, 30_000, 50_000)
    land = gpd.GeoDataFrame(
        {"name": "A", "kind": "country", "in_region": True, "label_x": 9e4, "label_y": 0.0},
        geometry=[coast, island],
        index=[0, 1],
        crs="EPSG:3035",
    )
    table = gpd.GeoDataFrame(
        {"unit": "segment:sea", "segment": "sea", "border": "sea", "level": "segment"},
        geometry=[sea],
        index=[0],
        crs="EPSG:3035",
    )
    found = shapes_of(table, replace(ground_of(None), shapes=land))
    assert found is not None
    drawn = found.segments["segment:sea"].path
    rings = [[tuple(map(float, at.split())) for at in ring.split("L")] for ring in drawn.split("M")[1:]]
    xs = [x for ring in rings for x, _ in ring]
    assert len(rings) == 2
    assert max(xs) - min(xs) == pytest.approx((WIDTH - 2 * MARGIN * WIDTH / (1 + 2 * MARGIN)) / 2, abs=0.5)


def test_map_names_the_packs_crossing_points_with_the_star() -> None:
    pack = load_region("western_balkans")
    named = {name for name, _, _ in map_data(Facts(edition()), shapes())["crossings"]}
    assert named == {words.starred(p.name) for p in pack.crossing_points}
    assert shapes_of(edition().risk, ground_of(None)).crossings == ()  # type: ignore[union-attr]


def test_dark_map_can_be_read() -> None:
    colours = map_data(Facts(edition()), shapes())["colours"]
    shaded = {name: DARK_COLOURS[colour] for name, colour in colours.items()}
    for known in (*ALL_BANDS, NO_BAND):
        colour = DARK_COLOURS.get(known.colour, known.colour)
        assert contrast(colour, shaded["land"]) >= 3
        assert contrast(colour, known.ink) >= 4.5
    for ground in ("land", "far", "sea"):
        assert contrast(shaded["name"], shaded[ground]) >= 4.5


def test_flow_points_from_one_border_to_the_next_of_the_route() -> None:
    lines = {"a": LineString([(0, 0), (0, 10_000)]), "b": LineString([(100_000, 0), (100_000, 10_000)])}
    (flow,) = flat(lines, edges=(("r", "a", "b"),)).flows
    a, b = (flat(lines).segments[f"segment:{s}"] for s in "ab")
    assert flow.route == "r"
    assert (flow.x1, flow.x2) == pytest.approx((a.x + FLOW_GAP * (b.x - a.x), b.x - FLOW_GAP * (b.x - a.x)), abs=0.1)
    (back,) = flat(lines, edges=(("r", "b", "a"),)).flows
    assert back.x1 > back.x2


def test_chosen_route_leaves_its_segments_and_its_arrows() -> None:
    facts = Facts(edition(), chosen_route="western")
    drawn = map_data(facts, shapes())
    every = {(f.x1, f.y1) for f in shapes().flows if f.route == "western"}
    assert {(x1, y1) for x1, y1, _, _ in drawn["flows"]} == every
    assert set(facts.ranked["route"]) == {"western"}
    assert 0 < len(drawn["segments"]) < len(edition().risk["segment"].unique())
    assert list(facts.ranked["rank"]) == list(range(1, len(facts.ranked) + 1))


def test_edition_without_geometry_has_no_map_but_the_ranking(tmp_path: Path) -> None:
    bare = Edition(write_edition(tmp_path, region_id="small", freq="M", geometry=False, n_segments=4))
    assert shapes_of(bare.risk, ground_of(None)) is None
    data = panel_data(Facts(bare), None, line="")
    assert data["map"] is None
    assert len(data["rows"]) == 4


def test_row_links_to_its_place_and_keeps_the_choices() -> None:
    view = {"edition": "2026-W46", "horizon": "3", "unit": "segment:elsewhere"}
    row = with_links(panel_data(Facts(edition()), shapes(), line=""), view)["rows"][0]
    query = parse_qs(urlsplit(row["href"]).query)
    assert query == {"edition": ["2026-W46"], "horizon": ["3"], "unit": [row["id"]]}


def test_ranking_says_no_better_regime_break_and_weak_data_in_words() -> None:
    rows = {r["id"]: r["way"] for r in panel_data(Facts(edition()), None, line="")["rows"]}
    for _, row in Facts(edition()).ranked.iterrows():
        assert (texts.LEGEND["no_better"] in rows[row["unit"]]) == bool(row["no_better"])
        assert (texts.LEGEND["regime"] in rows[row["unit"]]) == bool(row["regime_break"])
        assert (texts.LEGEND["weak"] in rows[row["unit"]]) == bool(row["reported_share"] < 0.8)


def test_ranking_says_since_when_of_what_is_over_as_of_today() -> None:
    days = (None, SOON, LATER)
    ahead, begun, over = ({r["lead"] for r in ranking_rows(Facts(edition()), top=99, today=day)} for day in days)
    assert "16 Nov" in ahead
    assert {lead for lead in ahead if lead.startswith("since ")} == set()
    assert "since 16 Nov" in begun  # and it goes on
    assert over == {"–"} | {f"{lead}, over" for lead in ahead if lead != "–"}


def test_small_counts_are_not_in_the_words_of_the_small_chart() -> None:
    rows = panel_data(Facts(edition(), "smuggling_cases"), None, line="")["rows"]
    small = next(r for r in rows if any(v is not None and 0 < v < 10 for v in r["recent"]))
    assert "<10" in small["recent_text"]
    assert not {f" {n}," for n in range(1, 10)} & {
        f" {part}," for part in small["recent_text"].split(": ")[1].split(", ")
    }


def test_ranking_to_download_holds_every_ranked_unit() -> None:
    facts = Facts(edition())
    assert list(ranking_table(facts)["unit"]) == list(facts.ranked["unit"])


def test_ground_is_land_where_no_countries_are_drawn() -> None:
    plain = map_data(Facts(edition()), replace(shapes(), ground=dict.fromkeys(shapes().ground, "")))["colours"]
    drawn = map_data(Facts(edition()), shapes())["colours"]
    assert plain["sea"] == plain["land"] == drawn["land"] != drawn["sea"]


def test_legend_gives_way_to_places_in_its_corner() -> None:
    left, right = (
        replace(s, x=x, y=shapes().height - 5)
        for s, x in zip(shapes().segments.values(), (10.0, WIDTH - 10), strict=False)
    )
    units = list(Facts(edition()).ranked["unit"])[:3]
    for corners, to_the_right in (((left, left, right), True), ((left, right, right), False), ((), False)):
        made = replace(shapes(), segments=dict(zip(units, corners, strict=False)))
        assert map_data(Facts(edition()), made)["legend_right"] is to_the_right
