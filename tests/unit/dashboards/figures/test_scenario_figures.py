"""Figures of scenarios: what is drawn, what is left out, and arrows as wide as their shares."""

import re

import numpy as np
import pandas as pd
import pytest

from dashboards.figures.displacement import (
    MIN_SHARE,
    WIDTHS_PT,
    arrows,
    displacement_map,
    displacement_svg,
    labelled,
)
from dashboards.figures.scenario_map import LABELS, LESS_DASH, changed_segments, largest_difference, scenario_map
from dashboards.figures.scenario_panels import scenario_panel
from dashboards.figures.svg.differences import _view, difference_maps
from dashboards.scenarios.tables import lag_word
from dashboards.wording.palette import DARK, LIGHT, Palette
from geo.pack.load import load_region
from geo.pack.map_shapes import ground_of, middle, segment_lines
from tests.colours import contrast
from tests.regions import make_region

REGION = load_region("western_balkans")
LINES = segment_lines(REGION, "EPSG:3035")
MATRIX = pd.DataFrame(
    {
        "segment": "HUN-SRB-02",
        "alternative": ["HUN-SRB-03", "HRV-SRB-02", "ROU-SRB-08", "nowhere"],
        "share": [0.6, 0.3, 0.01, 0.09],
    }
)


def rows(differences: dict[str, float]) -> pd.DataFrame:
    value = pd.Series(differences)
    return pd.DataFrame(
        {
            "segment": value.index,
            "name": value.index,
            "difference_q50": value.to_numpy(),
            "difference_mean": value.to_numpy(),
            "difference_q10": value.to_numpy() - 1,
            "difference_q90": value.to_numpy() + 1,
            "q10": 10.0,
            "q50": 20.0,
            "q90": 30.0,
        }
    )


def panel_rows(change: float, capacity: float = np.nan) -> pd.DataFrame:
    base = pd.DataFrame(
        {
            "horizon": [1, 2, 3],
            "level": "segment",
            "target_start": pd.to_datetime(["2026-11-16", "2026-11-23", "2026-11-30"]),
            "baseline_q10": 5.0,
            "baseline_q50": 10.0,
            "baseline_q90": 20.0,
            "baseline_capacity": capacity,
        }
    )
    one = base.assign(scenario="A", q10=5.0 + change, q50=10.0 + change, q90=20.0 + change, difference_mean=change)
    return pd.concat([one, one.assign(scenario="B", q10=5.0, q50=10.0, q90=20.0, difference_mean=0.0)])


def test_more_is_red_and_solid_and_less_is_blue_and_dashed() -> None:
    figure = scenario_map(
        rows({"HUN-SRB-02": -30.0, "HRV-SRB-02": 12.0}), REGION, ground_of(REGION), palette=LIGHT, largest=30.0
    )
    assert figure is not None
    looks = {(t.line.color, t.line.dash) for t in figure.data}
    assert {(LIGHT.more, "solid"), (LIGHT.less, LESS_DASH)} <= looks
    assert [a.text for a in figure.layout.annotations if "<b>" in a.text] == [
        "<b>−30</b> HUN-SRB-02",
        "<b>+12</b> HRV-SRB-02",
    ]


def test_no_more_labels_than_fit_and_none_for_no_change() -> None:
    many = {s.id: 5.0 for s in REGION.segments}
    figure = scenario_map(rows(many), REGION, ground_of(REGION), palette=LIGHT, largest=5.0)
    assert figure is not None
    assert sum("<b>" in a.text for a in figure.layout.annotations) == LABELS
    figure = scenario_map(rows({"HUN-SRB-02": 0.0}), REGION, ground_of(REGION), palette=LIGHT, largest=0.0)
    assert figure is not None
    assert not [a for a in figure.layout.annotations if "<b>" in a.text]


def test_map_shows_what_changes_and_not_the_whole_region() -> None:
    few = rows({"HUN-SRB-02": -30.0, "HRV-SRB-02": 12.0, "GRC-TUR-01": 0.0})
    assert changed_segments(few) == {"HUN-SRB-02", "HRV-SRB-02"}
    near, whole = (
        scenario_map(few, REGION, ground_of(REGION), palette=LIGHT, largest=30.0, focus=f)
        for f in (changed_segments(few), ())
    )
    assert near is not None
    assert whole is not None
    (south, north), (furthest, _) = near.layout.yaxis.range, whole.layout.yaxis.range
    assert south > furthest
    shapes = LINES.set_index("segment").geometry[["HUN-SRB-02", "HRV-SRB-02"]]
    assert south < shapes.total_bounds[1] < shapes.total_bounds[3] < north


AEGEAN = {"SEA-AEGEAN": 12.0, "GRC-TUR-01": -30.0}  # an area that reaches far beyond the borders


@pytest.mark.parametrize("focus", [(), tuple(AEGEAN)])
def test_map_holds_areas_at_sea_whole(focus: tuple[str, ...]) -> None:
    figure = scenario_map(rows(AEGEAN), REGION, ground_of(REGION), palette=LIGHT, largest=30.0, focus=focus)
    assert figure is not None
    west, south, east, north = LINES[LINES["segment"].isin(AEGEAN)].total_bounds
    (left, right), (low, high) = figure.layout.xaxis.range, figure.layout.yaxis.range
    assert left < west < east < right
    assert low < south < north < high


def test_drawing_holds_areas_at_sea_whole() -> None:
    lines = LINES.assign(difference=LINES["segment"].map(AEGEAN).fillna(0.0))
    west, south, east, north = _view(lines, 2.0)
    bounds = LINES[LINES["segment"].isin(AEGEAN)].total_bounds
    assert west < bounds[0] < bounds[2] < east
    assert south < bounds[1] < bounds[3] < north


def test_maps_beside_each_other_have_a_title_each_and_one_scale() -> None:
    few = rows(AEGEAN).assign(level="segment", difference_mean=list(AEGEAN.values()))
    table = pd.concat([few.assign(scenario="A"), few.assign(scenario="B", difference_mean=few["difference_mean"] / 10)])
    drawn = difference_maps(table, REGION, titles={"A": "First", "B": "Second"}, height_in=2.1)
    assert drawn is not None
    widths = {round(float(width), 2) for width in re.findall(r"stroke-width: ([\d.]+)", drawn.decode())}
    assert {6.0, 2.58} <= widths  # of −30, the largest of all, and of −3, a tenth of it in the other map


def test_labels_end_inside_the_map() -> None:
    """On a map of 430 pixels, three in a row, in letters of 6 pixels."""
    every = rows({s.id: 5.0 + n / 1000 for n, s in enumerate(REGION.segments)})
    every["name"] = [s.name for s in REGION.segments]
    for last in range(LABELS, len(every), LABELS):  # each time others are the largest
        figure = scenario_map(every.iloc[:last], REGION, ground_of(REGION), palette=LIGHT, largest=5.0)
        assert figure is not None
        left, right = figure.layout.xaxis.range
        for label in (a for a in figure.layout.annotations if "<b>" in a.text):
            wide = 6 * len(label.text.replace("<b>", "").replace("</b>", ""))
            at = 430 * (label.x - left) / (right - left)
            start = at - {"left": 0.0, "center": wide / 2, "right": wide}[label.xanchor]
            assert 0 <= start < start + wide <= 430, label.text


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_lines_and_labels_of_maps_are_read_on_land_and_paper(palette: Palette) -> None:
    for colour in (palette.more, palette.less, palette.diverted):
        assert contrast(colour, palette.land) >= 3
        assert contrast(colour, palette.paper) >= 4.5
    assert contrast(palette.name, palette.land) >= 4.5


def test_maps_are_dark_on_dark_pages() -> None:
    few = rows({"HUN-SRB-02": -30.0, "HRV-SRB-02": 12.0})
    ground = ground_of(REGION)
    drawn = [
        scenario_map(few, REGION, ground, palette=DARK, largest=30.0),
        displacement_map(MATRIX, REGION, ground, segment="HUN-SRB-02", palette=DARK),
    ]
    for figure in drawn:
        assert figure is not None
        assert figure.layout.plot_bgcolor == DARK.sea
        assert DARK.land in {trace.fillcolor for trace in figure.data}
        said = figure.to_json()
        assert not [c for c in (LIGHT.sea, LIGHT.land, LIGHT.far, LIGHT.border, LIGHT.paper, LIGHT.ink) if c in said]


def test_axis_of_a_panel_names_days() -> None:
    figure = scenario_panel(panel_rows(8.0), ["A"], LIGHT, horizon=2, periods={1: "a", 2: "b", 3: "c"}, freq="W")
    assert list(figure.layout.xaxis.ticktext) == ["16 Nov", "30 Nov"]


def test_region_without_geometry_has_no_map() -> None:
    region = make_region()
    assert scenario_map(rows({"a-1": 3.0}), region, ground_of(region), palette=LIGHT, largest=3.0) is None
    assert displacement_map(MATRIX, region, ground_of(region), segment="a-1", palette=LIGHT) is None


def test_largest_difference_ignores_what_is_unknown() -> None:
    assert largest_difference(rows({"a": -4.0, "b": np.nan})) == 4.0
    assert largest_difference(rows({})) == 0.0


def test_panel_draws_only_scenarios_that_change_the_place() -> None:
    figure = scenario_panel(panel_rows(8.0), ["A", "B"], LIGHT, horizon=2, periods={1: "a", 2: "b", 3: "c"}, freq="W")
    assert [t.name for t in figure.data if t.name] == ["baseline", "A"]


def test_panel_of_the_whole_region_draws_every_scenario() -> None:
    rows = panel_rows(8.0).assign(level="total")
    figure = scenario_panel(rows, ["A", "B"], LIGHT, horizon=2, periods={1: "a", 2: "b", 3: "c"}, freq="W")
    assert [t.name for t in figure.data if t.name] == ["baseline", "A", "B"]


@pytest.mark.parametrize(("capacity", "drawn"), [(25.0, True), (500.0, False), (np.nan, False)])
def test_panel_draws_a_capacity_that_is_near(capacity: float, drawn: bool) -> None:
    figure = scenario_panel(
        panel_rows(8.0, capacity), ["A"], LIGHT, horizon=2, periods={1: "a", 2: "b", 3: "c"}, freq="W"
    )
    assert any("capacity" in (a.text or "") for a in figure.layout.annotations) == drawn


def test_arrows_start_and_end_at_the_segments_and_widen_with_the_share() -> None:
    at = {s: middle(shape).coords[0] for s, shape in zip(LINES["segment"], LINES.geometry, strict=True)}
    found = arrows(MATRIX, LINES, "HUN-SRB-02")
    assert [a.to for a in found] == ["HUN-SRB-03", "HRV-SRB-02"]  # under MIN_SHARE, or without geometry: none
    assert MATRIX["share"].iloc[2] < MIN_SHARE
    for arrow in found:
        assert (arrow.x[0], arrow.y[0]) == pytest.approx(at["HUN-SRB-02"])
        assert (arrow.x[-1], arrow.y[-1]) == pytest.approx(at[arrow.to])
    assert found[0].width_pt == WIDTHS_PT[1]
    assert found[1].width_pt == pytest.approx(WIDTHS_PT[0] + 0.5 * (WIDTHS_PT[1] - WIDTHS_PT[0]))


def test_label_of_the_smaller_share_gives_way() -> None:
    found = arrows(MATRIX, LINES, "HUN-SRB-02")
    assert [a.to for a in labelled(found, span_m=1e7)] == ["HUN-SRB-03"]
    assert len(labelled(found, span_m=1.0)) == 2


def test_arrow_points_the_way_it_goes() -> None:
    to_the_west = next(a for a in arrows(MATRIX, LINES, "HUN-SRB-02") if a.to == "HRV-SRB-02")
    assert to_the_west.angle_degrees % 360 > 180


def test_flow_map_names_the_shares() -> None:
    figure = displacement_map(MATRIX, REGION, ground_of(REGION), segment="HUN-SRB-02", palette=LIGHT)
    assert figure is not None
    assert [a.text for a in figure.layout.annotations if "<b>" in a.text] == [
        "<b>60 %</b> HUN-SRB-03",
        "<b>30 %</b> HRV-SRB-02",
    ]


def test_flow_map_as_svg_is_the_same_every_time() -> None:
    first, second = (displacement_svg(MATRIX, REGION, segment="HUN-SRB-02", title="t") for _ in range(2))
    assert first is not None
    assert first.startswith(b"<?xml")
    assert first == second
    assert b"Easting" not in first  # no axis of the map's projection


@pytest.mark.parametrize(("lag", "word"), [(0.0, "same week"), (1.0, "1 week"), (1.26, "1.3 weeks")])
def test_lag_in_words(lag: float, word: str) -> None:
    assert lag_word(lag, "W") == word


def test_neighbours_are_both_labelled_and_none_before_a_larger_one() -> None:
    """Horgoš–Röszke and Kelebija–Tompa lie so near that one label would stand over the other."""
    three = rows({"HUN-SRB-03": -16.0, "HUN-SRB-04": -19.0, "HRV-SRB-02": 2.0})
    figure = scenario_map(three, REGION, ground_of(REGION), palette=LIGHT, largest=19.0)
    assert figure is not None
    assert [a.text for a in figure.layout.annotations if "<b>" in a.text] == [
        "<b>−19</b> HUN-SRB-04",
        "<b>−16</b> HUN-SRB-03",
        "<b>+2</b> HRV-SRB-02",
    ]
