"""Two institutions: one exports its edition as a hub, the other takes it in as a partner's forecast."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.editions.edition import Edition, open_edition
from pipelines.store.paths import Store
from routecast.cli import run_command
from tests.hub_files import hub_table, write_hub_file
from tests.regions import write_pack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), pytest.mark.xdist_group("partners")]  # whole runs
MONTHS = pd.date_range("2021-01-01", periods=36, freq="MS")  # two years before few cutoffs: short runs
SEGMENTS = {"san_diego": 2500.0, "el_centro": 1100.0, "yuma": 480.0}
KEY = ["location", "horizon", "output_type_id"]


@dataclass(frozen=True)
class Exchange:
    """What both sides hold in the end."""

    sent: Edition  # of May, as known then
    hub: Path  # its export
    received: Edition  # of December, with May's forecast of the partner
    forecasts: pd.DataFrame  # of the receiver's backtest at May's cutoff
    scores: pd.DataFrame


def write_figures(path: Path) -> Path:
    rng = np.random.default_rng(5)
    lines = ["indicator,place_kind,place,period_start,period,count"]
    for month in MONTHS:
        for segment, level in SEGMENTS.items():
            mean = level * (1 + 0.4 * np.sin(np.pi * month.month / 6))
            count = rng.negative_binomial(15, 15 / (15 + mean))
            lines.append(f"irregular_crossings,segment,{segment},{month:%Y-%m-%d},M,{count}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def done(*arguments: str | Path) -> None:
    assert run_command([str(a) for a in arguments]) == 0


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    folder = tmp_path_factory.mktemp("exchange")
    pack, figures = write_pack(folder / "my_region"), write_figures(folder / "figures.csv")
    sender, receiver = ([*("--region", pack), "--store", folder / name] for name in ("sender", "receiver"))
    done("ingest", "csv", figures, *sender)
    done("run", "--as-of", "2023-05-31", "--horizon", "2", *sender)
    done("export", "--format", "hubverse", "--out", folder, *sender)
    (hub,) = folder.glob("*-hubverse")
    done("ingest", "csv", figures, *receiver)
    done("ingest", "hub", hub, "--team", "agency", *receiver)
    current = hub_table(
        {"yuma": 500.0}, origin_date="2023-12-01", freq="M", horizons=1, levels=(0.1, 0.25, 0.5, 0.75, 0.9)
    )
    done("ingest", "hub", write_hub_file(folder, current, name="2023-12-01-neighbour-desk.csv"), *receiver)
    done("run", "--horizon", "2", *receiver)
    out = folder / "scores"
    done("backtest", "--cutoff-dates", "2023-05-01", "--horizon", "2", "--out", out, *receiver)
    return Exchange(
        open_edition(Store(folder / "sender"), "my_region"),
        hub,
        open_edition(Store(folder / "receiver"), "my_region"),
        pd.read_parquet(out / "forecasts.parquet"),
        pd.read_parquet(out / "scores.parquet"),
    )


def values(table: pd.DataFrame, model: str) -> pd.Series:
    return table[table["model_id"] == model].set_index(KEY)["value"].sort_index()


def scores(table: pd.DataFrame, model: str) -> pd.DataFrame:
    mine = table[(table["model"] == model) & (table["origin_date"] == "2023-05-01")]
    numbers = ["wis_log1p", "wis", "ae", "covered_50", "covered_95"]
    return mine.set_index(["location", "horizon"]).sort_index()[numbers]


def test_own_hub_export_is_read_back_with_equal_quantiles(exchange: Exchange) -> None:
    for model, ours in {"final": "routecast", "baseline": "baseline"}.items():
        read = values(exchange.forecasts, f"partner:agency-{model}")
        pd.testing.assert_series_equal(read, values(exchange.sent.forecasts, ours))


def test_partner_is_scored_by_the_same_functions_as_our_members(exchange: Exchange) -> None:
    # the sender's baseline saw what our baseline sees at that cutoff: the same forecast, so the same scores
    for table in (exchange.scores, exchange.received.scores):
        theirs = scores(table, "partner:agency-baseline")
        assert len(theirs) == 2 * (len(SEGMENTS) + 1 + 1 + 1)  # segments, border, route, total; two horizons
        pd.testing.assert_frame_equal(theirs, scores(table, "baseline"))


def test_hindcast_of_a_partner_is_marked_pseudo(exchange: Exchange) -> None:
    by_model = exchange.scores.groupby("model")["vintages"].unique()
    assert list(by_model["partner:agency-final"]) == ["pseudo"]


def test_edition_shows_each_partner_by_name_for_what_it_gave(exchange: Exchange) -> None:
    mine = exchange.received.forecasts[exchange.received.forecasts["model_id"] == "partner:neighbour-desk"]
    assert set(mine["location"]) == {"yuma"}
    assert set(mine["horizon"]) == {1}
    assert len(mine) == 23
    assert mine.loc[mine["output_type_id"] == "0.5", "value"].item() == pytest.approx(500.0)
    manifest = exchange.received.manifest
    assert [p["name"] for p in manifest["partners"]] == [
        "partner:agency-baseline",
        "partner:agency-final",
        "partner:neighbour-desk",
    ]
    assert [p["levels_interpolated"] for p in manifest["partners"]] == [False, False, True]


def test_partner_that_has_earned_nothing_yet_is_not_heard(exchange: Exchange) -> None:
    # the desk never forecast before: what is published for Yuma is far from following its five numbers
    ours = values(exchange.received.forecasts, "routecast").xs("yuma")
    desk = values(exchange.received.forecasts, "partner:neighbour-desk").xs("yuma")
    members = exchange.received.forecasts["model_id"].unique()
    assert "partner:neighbour-desk" in members
    assert not np.allclose(ours.loc[1], desk.loc[1], rtol=0.01)


def test_partners_files_are_inputs_of_the_edition(exchange: Exchange) -> None:
    files = {e["file"] for e in exchange.received.manifest["inputs"] if e["source"] == "hub"}
    assert files == {
        "2023-05-01-routecast-final.parquet",
        "2023-05-01-routecast-baseline.parquet",
        "2023-12-01-neighbour-desk.csv",
    }
    assert exchange.received.verify() == []
