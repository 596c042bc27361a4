"""The wave as data: what is known of each period, what is never told, the order along the routes."""

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest

from dashboards.components.wave_panel import period_words
from dashboards.edition_view.facts import Facts, route_links
from dashboards.figures.map_data import shapes_of
from dashboards.figures.wave import BANDS, NEVER_PRINTED, RECENT, wave_data
from dashboards.wording.bands import band
from geo.pack.load import load_region
from geo.pack.map_shapes import ground_of
from geo.region.region import Edge
from pipelines.editions.edition import Edition
from tests.editions import write_edition

PACK = load_region("western_balkans")


@cache
def facts(**choices: Any) -> Facts:
    return Facts(Edition(write_edition(Path(mkdtemp()))), **choices)


def wave(found: Facts) -> dict[str, Any]:
    return wave_data(found, shapes_of(found.edition.risk, ground_of(PACK)), route_links(PACK))


def with_history(changes: dict[int, float], *, withheld: bool = False) -> dict[str, Any]:
    """The first ranked place's wave where its last figures are others (by place from the end)."""
    found = Facts(Edition(write_edition(Path(mkdtemp()))))
    unit = str(found.ranked["unit"].iloc[0])
    forecast = found.edition.forecast.load().copy(deep=True)
    where = {"indicator": found.indicator, "unit": unit}
    for back, value in changes.items():
        for name in ("history", "nowcast"):
            forecast[name].loc[{**where, "nationality": "TOTAL", "time": forecast["time"][back]}] = value
    if withheld:
        forecast["withheld"] = (
            ("indicator", "unit", "time"),
            np.zeros(tuple(forecast.sizes[d] for d in ("indicator", "unit", "time")), bool),
        )
        forecast["withheld"].loc[{**where, "time": forecast["time"][-1]}] = True
    found.edition.__dict__["forecast"] = forecast
    return wave(found)["units"][unit]


def test_every_period_has_a_figure_of_every_place_and_they_are_the_editions() -> None:
    found, data = facts(), wave(facts())
    assert data["past"] == RECENT
    assert len(data["starts"]) == RECENT + 12
    assert {s["id"] for s in data["map"]["segments"]} | {r["id"] for r in data["rows"]} == set(data["units"])
    for unit, told in data["units"].items():
        assert len(told["n"]) == RECENT + 12
        for at, horizon in enumerate(range(1, 13)):
            row = found.row(unit, horizon=horizon)
            assert row is not None
            assert told["n"][RECENT + at] == pytest.approx(row["q50"], rel=0.06, abs=0.5)
            assert told["low"][at] <= told["n"][RECENT + at] <= told["high"][at]
            assert BANDS[told["band"][at]] == band(row["pressure_band"])


def test_missing_is_unknown_and_small_counts_are_all_alike() -> None:
    told = with_history({-1: np.nan, -2: 3.0, -3: 7.0, -4: 0.0, -5: 40.0})
    assert told["known"][-5:] == "rrssm"
    assert told["n"][RECENT - 5 : RECENT] == [40.0, 0.0, NEVER_PRINTED, NEVER_PRINTED, None]


def test_what_a_view_withholds_is_told_as_withheld_and_its_count_does_not_leave() -> None:
    told = with_history({-1: 77.0, -2: 50.0}, withheld=True)
    assert told["known"][-2:] == "rw"
    assert told["n"][RECENT - 1] is None


def test_list_goes_along_the_routes_in_borders() -> None:
    groups = [row["group"] for row in wave(facts())["rows"]]
    rows = [row["id"] for row in wave(facts())["rows"]]
    assert {unit.partition(":")[0] for unit in rows} == {"border"}
    assert groups[0] == "Where routes begin"
    lags = [int(g.split()[1]) for g in groups if g.startswith("About")]
    assert lags == sorted(lags)
    assert len(set(lags)) > 1


def test_border_has_the_highest_band_of_its_places_and_names_the_place() -> None:
    found = Facts(Edition(write_edition(Path(mkdtemp()))))
    risk = found.edition.risk.copy()
    mine = risk["border"].eq("HUN-SRB") & risk["level"].isin(["segment", "border"])
    risk.loc[mine, "pressure_band"] = "low"
    risk.loc[risk["unit"].eq("segment:HUN-SRB-02") & risk["horizon"].eq(3), "pressure_band"] = "very_high"
    found.edition.__dict__["risk"] = risk
    (row,) = [r for r in wave(found)["rows"] if r["id"] == "border:HUN-SRB"]
    words = [BANDS[b].word for b in row["band"]]
    assert (words[2], words[3]) == ("very high", "low")
    place = found.row("segment:HUN-SRB-02")
    assert place is not None
    assert row["at"][2:4] == [found.title(place), ""]


def test_chosen_route_leaves_its_places() -> None:
    western = wave(facts(chosen_route="western"))
    borders = {row["id"].partition(":")[2] for row in western["rows"]}
    assert borders == set(facts(chosen_route="western").ranked["border"])
    assert western["map"]["route"] == "western"


def test_region_without_map_and_route_graph_has_its_list(tmp_path: Path) -> None:
    bare = Facts(Edition(write_edition(tmp_path, region_id="small", freq="M", geometry=False, n_segments=4)))
    data = wave_data(bare, None, [Edge("x", "y")])
    assert data["map"] is None
    assert {row["group"] for row in data["rows"]} == {"Not on the route graph"}


def test_periods_say_what_they_are() -> None:
    found = facts()
    told = [p["title"] for p in period_words(found, wave(found), date(2026, 11, 30))]
    assert told[RECENT - 1 : RECENT + 4] == [
        "week 46 (from 9 Nov) · reported",
        "week 47 (from 16 Nov) · over, reports open",
        "week 48 (from 23 Nov) · over, reports open",
        "week 49 (from 30 Nov) · this week",
        "week 50 (from 7 Dec) · next week",
    ]


def test_without_a_forecast_the_slider_stands_at_the_last_report(tmp_path: Path) -> None:
    bare = Edition(write_edition(tmp_path))
    bare.__dict__["risk"] = bare.risk.iloc[:0]
    data = wave_data(Facts(bare), None, [])
    assert data["rows"] == []
    assert data["start"] == RECENT - 1
