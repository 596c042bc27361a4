"""The main job on a small region of a user's own: publish, publish again, look back, backtest."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.editions.edition import open_edition
from pipelines.store.paths import Store
from routecast.cli import run_command
from tests.regions import write_pack

pytestmark = pytest.mark.xdist_group("main job")
MONTHS = pd.date_range("2018-01-01", periods=72, freq="MS")
LEVELS = {"san_diego": 2500.0, "el_centro": 1100.0, "yuma": 480.0}


def write_figures(path: Path, *, months: pd.DatetimeIndex = MONTHS, after: float = 1.0, since: str = "9999") -> Path:
    """Seasonal counts; those of periods from `since` on are multiplied by `after`."""
    rng = np.random.default_rng(5)
    lines = ["indicator,place_kind,place,period_start,period,count"]
    for month in months:
        for segment, level in LEVELS.items():
            mean = level * (1 + 0.4 * np.sin(np.pi * month.month / 6))
            count = rng.negative_binomial(15, 15 / (15 + mean)) * (after if f"{month:%Y-%m-%d}" >= since else 1)
            lines.append(f"irregular_crossings,segment,{segment},{month:%Y-%m-%d},M,{count:.0f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def publish(folder: Path, *options: str, **figures: object) -> Store:
    """Ingest and run in a new store; the store."""
    folder.mkdir()
    pack = write_pack(folder / "my_region")
    source = write_figures(folder / "figures.csv", **figures)  # type: ignore[arg-type]
    common = ["--region", str(pack), "--store", str(folder / "store")]
    assert run_command(["ingest", "csv", str(source), *common]) == 0
    assert run_command(["run", *common, *options]) == 0
    return Store(folder / "store")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return publish(tmp_path_factory.mktemp("job") / "one")


def checksums(store: Store) -> dict[str, str]:
    return dict(open_edition(store, "my_region").manifest["files"])


def test_edition_holds_all_that_the_design_names(published: Store) -> None:
    edition = open_edition(published, "my_region")
    names = {"risk.parquet", "scores.parquet", "forecasts.parquet", "quality.json", "briefing.html", "briefing.pdf"}
    assert names <= set(edition.manifest["files"])
    assert edition.id == "2023-12"


def test_edition_is_verified(published: Store) -> None:
    assert run_command(["editions", "verify", "--store", str(published.root)]) == 0


def test_counts_are_conserved(published: Store) -> None:
    total = pd.read_csv(published.root.parent / "figures.csv")["count"].sum()
    (entry,) = open_edition(published, "my_region").manifest["conservation"]
    assert entry["counted_in"] == entry["on_grid"] + entry["quarantined"] + entry["unallocated"] == total


def test_quantiles_never_fall_and_are_not_negative(published: Store) -> None:
    value = open_edition(published, "my_region").forecast["value"]
    assert float(value.min()) >= 0
    assert (value.diff("quantile") >= 0).all()


def test_means_add_up(published: Store) -> None:
    forecast = open_edition(published, "my_region").forecast.sel(indicator="irregular_crossings", nationality="TOTAL")
    parts = forecast["mean"].sel(unit=[f"segment:{s}" for s in LEVELS]).sum("unit")
    np.testing.assert_allclose(forecast["mean"].sel(unit="total"), parts)


def test_reasons_add_up_to_every_published_change(published: Store) -> None:
    forecast = open_edition(published, "my_region").forecast
    median, reference = forecast["value"].sel(quantile=0.5), forecast["reference"]
    dims = ("indicator", "nationality", "unit", "horizon")
    change = (np.log1p(median) - np.log1p(reference)).transpose(*dims)
    counts = (median - reference).transpose(*dims)
    assert np.isfinite(change).all()
    np.testing.assert_allclose(forecast["reason"].sum("part", skipna=False).transpose(*dims), change, atol=1e-9)
    np.testing.assert_allclose(forecast["reason_counts"].sum("part", skipna=False).transpose(*dims), counts, atol=1e-9)


def test_reasons_name_all_but_the_agreement_between_levels(published: Store) -> None:
    reason = open_edition(published, "my_region").forecast["reason"]
    assert np.abs(reason.sel(part=["other_models", "calibration"])).max() < 1e-9
    assert np.abs(reason.sel(part="other")).max() < 0.05  # putting the trees' quantiles in order
    assert np.abs(reason.sel(part="season")).max() > 0.1


def test_capacity_of_the_pack_gives_a_chance_of_exceeding_it(published: Store) -> None:
    risk = open_edition(published, "my_region").risk
    assert risk.loc[risk["unit"].eq("segment:yuma"), "exceedance_probability"].between(0, 1).all()
    assert risk.loc[risk["unit"].eq("segment:el_centro"), "exceedance_probability"].isna().all()


def test_second_run_publishes_nothing_new(published: Store) -> None:
    pack = published.root.parent / "my_region"
    assert run_command(["run", "--region", str(pack), "--store", str(published.root)]) == 0
    assert [p.name for p in published.editions("my_region").iterdir() if p.is_dir()] == ["2023-12"]


@pytest.mark.slow
def test_same_inputs_give_the_same_bytes(published: Store, tmp_path: Path) -> None:
    assert checksums(publish(tmp_path / "again")) == checksums(published)


@pytest.mark.slow
def test_forecast_sees_nothing_after_its_day(tmp_path: Path) -> None:
    calm = publish(tmp_path / "calm", "--as-of", "2023-06-30")
    wild = publish(tmp_path / "wild", "--as-of", "2023-06-30", after=50.0, since="2023-07-01")
    assert open_edition(calm, "my_region").id == "2023-06"
    assert checksums(calm)["forecasts.parquet"] == checksums(wild)["forecasts.parquet"]
    assert checksums(calm)["scores.parquet"] == checksums(wild)["scores.parquet"]


def test_damaged_edition_is_refused(published: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(shutil.copytree(published.root, tmp_path / "store"))
    manifest = open_edition(store, "my_region").folder / "manifest.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "seed": 99}))
    assert run_command(["editions", "verify", "--store", str(store.root)]) == 3
    assert "manifest.json: differs from its checksum" in capsys.readouterr().out


@pytest.mark.slow
def test_backtest_writes_scores_and_forecasts_of_every_model(published: Store, tmp_path: Path) -> None:
    pack = published.root.parent / "my_region"
    where = ["--region", str(pack), "--store", str(published.root), "--out", str(tmp_path)]
    assert run_command(["backtest", "--cutoffs", "3", "--step", "3", "--horizon", "2", *where]) == 0
    forecasts, scores = (pd.read_parquet(tmp_path / f"{n}.parquet") for n in ("forecasts", "scores"))
    assert {"routecast", "baseline", "ets"} <= set(forecasts["model_id"])
    assert forecasts["origin_date"].nunique() == 3
    assert scores[["wis_log1p", "wis", "ae"]].notna().all().all()


@pytest.mark.slow
def test_backtest_names_a_cutoff_by_the_last_period_seen(published: Store, tmp_path: Path) -> None:
    pack = published.root.parent / "my_region"
    where = ["--region", str(pack), "--store", str(published.root), "--out", str(tmp_path)]
    assert run_command(["backtest", "--cutoff-dates", "2022-01-01", "--horizon", "2", *where]) == 0
    forecasts = pd.read_parquet(tmp_path / "forecasts.parquet")
    first = forecasts[forecasts["horizon"].eq(1)]
    assert set(pd.to_datetime(first["target_end_date"])) == {pd.Timestamp("2022-02-28")}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nonsense"], 2),
        (["run", "--horizon", "0"], 2),
        (["run", "--as-of", "2020-13-01"], 2),
        (["run", "--region", "nowhere"], 3),
        (["ingest", "csv", "absent.csv"], 3),
        (["ingest", "nowhere", "absent.csv"], 2),
        (["editions", "verify"], 3),
        (["editions", "show"], 3),
        (["region", "check", "nowhere"], 3),
        (["region", "check", "western_balkans"], 0),
        (["editions", "list"], 0),
    ],
)
def test_exit_codes_say_what_kind_of_failure(
    arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUTECAST_STORE", str(tmp_path / "store"))
    assert run_command(arguments) == code


def test_busy_store_is_said_to_be_busy(published: Store, capsys: pytest.CaptureFixture[str]) -> None:
    from pipelines.store.atomic import exclusive  # noqa: PLC0415 - POSIX only

    with exclusive(published.root / ".lock"):
        pack = published.root.parent / "my_region"
        assert run_command(["run", "--region", str(pack), "--store", str(published.root)]) == 5
    assert "another run is at work" in capsys.readouterr().out


@pytest.mark.asvs("V13.4.2", "V16.3.4", "V16.5.1")
def test_failure_of_ours_gives_a_reference_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("our own fault")

    monkeypatch.setattr("routecast.commands.editions.list_editions", fail)
    assert run_command(["editions", "list", "--store", str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    assert "our own fault" in (tmp_path / "logs" / "routecast.log").read_text()
