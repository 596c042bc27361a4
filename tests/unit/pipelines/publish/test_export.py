"""Exports: what leaves, in which shape, with which marks; and that nothing half-written or harmful does."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
import xarray as xr
import yaml

from forecasting.base.contracts import QUANTILE_LEVELS
from pipelines.editions.edition import Edition, EditionError, open_edition
from pipelines.publish.edition.tables import write_draws
from pipelines.publish.export import FORMATS, ExportError, export_edition
from pipelines.store.paths import Store
from routecast.cli import run_command
from tests.editions import seal, write_edition
from tests.outlooks import with_outlook
from tests.tools import run_tool

NOTES = ["Routecast · 2026-W46", "=cmd|' /C calc'!A0"]
ONE = ("irregular_crossings",)
HAS_TARGET_DATA = {"v6.0.0"}  # released hubverse schemas that know target-data.json; v5.0.1 was never released


def small(folder: Path, **options: object) -> Edition:
    return Edition(write_edition(folder, n_segments=3, indicators=ONE, horizon=2, **options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return small(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def hub(edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_edition(edition, "hubverse", tmp_path_factory.mktemp("out"), notes=NOTES)


def test_hub_output_is_the_editions_forecast_by_model(edition: Edition, hub: Path) -> None:
    for name, model in {"routecast-final": "routecast", "routecast-baseline": "baseline"}.items():
        out = pd.read_parquet(hub / "model-output" / name / f"2026-11-09-{name}.parquet")
        ours = edition.forecasts[edition.forecasts["model_id"] == model]
        assert "model_id" not in out
        np.testing.assert_array_equal(out["value"], ours["value"])
        assert out["location"].tolist() == ours["location"].tolist()
    assert sorted(p.name for p in (hub / "model-output").iterdir()) == ["routecast-baseline", "routecast-final"]


def test_hub_has_sums_as_targets_of_their_own_beside_the_periods(tmp_path: Path) -> None:
    edition = with_outlook(small(tmp_path / "store").folder)
    hub = export_edition(edition, "hubverse", tmp_path / "out", notes=NOTES)
    target = "irregular_crossings sum over 2 weeks"
    table = edition.table("outlook")
    for name, model in {"routecast-final": "routecast", "routecast-baseline": "baseline"}.items():
        out = pd.read_parquet(hub / "model-output" / name)
        sums = out[out["target"].eq(target)]
        ours = table[table["model_id"].eq(model)]
        assert set(sums["horizon"]) == {2}
        assert set(sums["output_type_id"]) == {"0.025", "0.1", "0.25", "0.5", "0.75", "0.9", "0.975"}
        total = sums.query("location == 'total'").set_index("output_type_id")["value"]
        assert total["0.5"] == ours.query("unit == 'total'")["q50"].item()
    tasks = json.loads((hub / "hub-config" / "tasks.json").read_text())["rounds"][0]["model_tasks"]
    assert [t["target_metadata"][0]["target_keys"]["target"] for t in tasks] == ["irregular_crossings", target]
    assert tasks[1]["output_type"]["quantile"]["output_type_id"]["required"] == [
        0.025,
        0.1,
        0.25,
        0.5,
        0.75,
        0.9,
        0.975,
    ]


def test_hub_tasks_allow_exactly_what_the_output_holds(hub: Path) -> None:
    (task,) = json.loads((hub / "hub-config" / "tasks.json").read_text())["rounds"][0]["model_tasks"]
    out = pd.read_parquet(hub / "model-output" / "routecast-final").astype({"origin_date": str, "target_end_date": str})
    for name, values in task["task_ids"].items():
        assert values["required"] is None
        assert set(values["optional"]) == set(out[name]), name
    assert task["output_type"]["quantile"]["output_type_id"]["required"] == list(QUANTILE_LEVELS)
    assert set(out["output_type_id"].astype(float)) == set(QUANTILE_LEVELS)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Edition, Path]:
    """An edition with joint draws of its cells, and its hub."""
    folder = small(tmp_path_factory.mktemp("drawn")).folder
    cells = [str(c) for c in xr.open_zarr(folder / "cube.zarr", consolidated=False)["cell"].to_numpy()]
    draws = np.random.default_rng(1).poisson(20.0, (len(cells), 2, 1000)).astype(float)
    kept = xr.Dataset(
        {"draws": (("cell", "horizon", "draw"), draws)},
        coords={"cell": cells, "horizon": [1, 2]},
        attrs={"indicator": ONE[0]},
    )
    write_draws(kept, folder)
    seal(folder, Edition(folder).manifest)
    edition = Edition(folder)
    return edition, export_edition(edition, "hubverse", tmp_path_factory.mktemp("out"), notes=NOTES)


def test_hub_samples_are_joint_draws_that_can_be_summed(drawn: tuple[Edition, Path]) -> None:
    edition, hub = drawn
    out = pd.read_parquet(hub / "model-output" / "routecast-final")
    samples = out[out["output_type"] == "sample"]
    of_cells = edition.draws["draws"].isel(draw=slice(None, None, 10)).sel(horizon=2).sum("cell").to_numpy()
    summed = samples[samples["horizon"] == 2].groupby("output_type_id")["value"].sum()
    assert summed.index.tolist() == [f"s{n:03d}" for n in range(100)]
    np.testing.assert_array_equal(summed, of_cells)
    baseline = pd.read_parquet(hub / "model-output" / "routecast-baseline")
    assert set(baseline["output_type"]) == {"quantile"}


def test_hub_tasks_say_what_a_sample_is_joint_over(drawn: tuple[Edition, Path]) -> None:
    (task,) = json.loads((drawn[1] / "hub-config" / "tasks.json").read_text())["rounds"][0]["model_tasks"]
    assert task["output_type"]["sample"] == {
        "output_type_id_params": {
            "type": "character",
            "max_length": 4,
            "min_samples_per_task": 100,
            "max_samples_per_task": 100,
            "compound_taskid_set": ["origin_date", "target", "nationality"],
        },
        "is_required": False,
        "value": {"type": "double", "minimum": 0},
    }


def test_hub_of_an_edition_without_draws_has_no_samples(edition: Edition, hub: Path) -> None:
    (task,) = json.loads((hub / "hub-config" / "tasks.json").read_text())["rounds"][0]["model_tasks"]
    assert (edition.has_draws, set(task["output_type"])) == (False, {"quantile"})


def test_hub_config_holds_what_its_schema_requires_and_nothing_else(hub: Path) -> None:
    names = ("admin", "tasks", "target-data")
    admin, tasks, target = (json.loads((hub / "hub-config" / f"{n}.json").read_text()) for n in names)
    required = {"schema_version", "name", "maintainer", "contact", "repository", "file_format", "timezone"}
    assert set(admin) == required
    assert set(tasks) == {"schema_version", "rounds", "output_type_id_datatype", "derived_task_ids"}
    assert set(target) == {"schema_version", "observable_unit", "date_col", "versioned", "oracle-output"}
    for name, config in zip(names, (admin, tasks, target), strict=True):
        version, schema = config["schema_version"].split("/")[-2:]
        assert version in HAS_TARGET_DATA
        assert schema == f"{name}-schema.json"
    assert tasks["rounds"][0]["submissions_due"] == {"relative_to": "origin_date", "start": 7, "end": 13}


def test_hub_names_its_models_and_says_that_they_are_synthetic(hub: Path) -> None:
    about = yaml.safe_load((hub / "model-metadata" / "routecast-final.yml").read_text())
    assert (about["team_abbr"], about["model_abbr"], about["synthetic"]) == ("routecast", "final", True)
    assert "SYNTHETIC DATA" in json.loads((hub / "hub-config" / "admin.json").read_text())["name"]


def test_time_series_is_what_was_reported_and_leaves_gaps_out(edition: Edition, hub: Path) -> None:
    series = pd.read_parquet(hub / "target-data" / "time-series.parquet")
    history = edition.forecast["history"].sel(indicator=ONE[0], nationality="TOTAL", unit="total")
    mine = series[series["location"] == "total"].sort_values("target_end_date")
    known = history.to_numpy()[np.isfinite(history.to_numpy())]
    np.testing.assert_array_equal(mine["observation"], known)
    assert {f"{day:%Y-%m-%d}" for day in series["as_of"]} == {edition.manifest["as_of"]}


def test_oracle_output_is_what_a_later_edition_knows(edition: Edition, hub: Path, tmp_path: Path) -> None:
    assert not (hub / "target-data" / "oracle-output.parquet").exists()
    later = small(tmp_path / "store", last="2026-11-16")
    out = export_edition(edition, "hubverse", tmp_path, notes=NOTES, later=later)
    oracle = pd.read_parquet(out / "target-data" / "oracle-output.parquet")
    came = later.forecast["history"].sel(indicator=ONE[0], nationality="TOTAL").isel(time=-1)
    assert {f"{day:%Y-%m-%d}" for day in oracle["target_end_date"]} == {"2026-11-22"}
    assert oracle.set_index("location")["oracle_value"]["total"] == float(came.sel(unit="total"))
    assert {f"{day:%Y-%m-%d}" for day in oracle["as_of"]} == {later.manifest["as_of"]}


def test_target_data_have_one_row_per_observable_unit_and_version(edition: Edition, tmp_path: Path) -> None:
    later = small(tmp_path / "store", last="2026-11-16")
    out = export_edition(edition, "hubverse", tmp_path, notes=NOTES, later=later)
    unit = json.loads((out / "hub-config" / "target-data.json").read_text())["observable_unit"]
    for name in ("time-series", "oracle-output"):
        table = pd.read_parquet(out / "target-data" / f"{name}.parquet")
        assert len(table)
        assert not table.duplicated([*unit, "as_of"]).any(), name


READ_HUB = """
import json, sys
from hubdata import connect_hub, connect_target_data
from hubdata.create_target_data_schema import TargetType
forecasts = connect_hub(sys.argv[1]).get_dataset().to_table().to_pydict()
rows = {kind.name: connect_target_data(sys.argv[1], kind).get_dataset().to_table().num_rows for kind in TargetType}
print(json.dumps({"values": forecasts["value"], "models": sorted(set(forecasts["model_id"])), "rows": rows}))
"""


def test_the_hubs_official_reader_reads_samples_beside_quantiles(drawn: tuple[Edition, Path], tmp_path: Path) -> None:
    later = small(tmp_path / "store", last="2026-11-16")
    hub = export_edition(drawn[0], "hubverse", tmp_path, notes=NOTES, later=later)
    values = json.loads(run_tool("hubdata", READ_HUB, str(hub)).splitlines()[-1])["values"]
    assert len(values) == sum(len(pd.read_parquet(p)) for p in (hub / "model-output").rglob("*.parquet"))


def test_the_hubs_official_reader_reads_it_back(edition: Edition, tmp_path: Path) -> None:
    later = small(tmp_path / "store", last="2026-11-16")
    out = export_edition(edition, "hubverse", tmp_path, notes=NOTES, later=later)
    read = json.loads(run_tool("hubdata", READ_HUB, str(out)).splitlines()[-1])
    ours = edition.forecasts[edition.forecasts["model_id"].isin(["routecast", "baseline"])]
    assert sorted(read["values"]) == sorted(ours["value"])
    assert read["models"] == ["routecast-baseline", "routecast-final"]
    names = {"TIME_SERIES": "time-series", "ORACLE_OUTPUT": "oracle-output"}
    tables = {kind: pd.read_parquet(out / "target-data" / f"{name}.parquet") for kind, name in names.items()}
    assert read["rows"] == {kind: len(table) for kind, table in tables.items()}


def test_every_format_holds_the_risk_table_with_edition_and_mark(edition: Edition, tmp_path: Path) -> None:
    read = {
        "csv": lambda p: pd.read_csv(p, keep_default_na=False),
        "xlsx": lambda p: pd.read_excel(p, sheet_name="Risk"),
        "geoparquet": gpd.read_parquet,
        "geopackage": gpd.read_file,
    }
    for fmt, reader in read.items():
        folder = export_edition(edition, fmt, tmp_path, notes=NOTES)
        (file,) = folder.glob("routecast-*")
        table = reader(file)
        assert table["unit"].tolist() == edition.risk["unit"].tolist(), fmt
        np.testing.assert_allclose(table["q50"].astype(float), edition.risk["q50"])
        assert set(table["edition"]) == {edition.id}
        assert set(table["synthetic"]) == {True}
        assert (folder / "README.md").read_text().startswith(NOTES[0])


def test_geographic_formats_hold_the_segments_lines_and_the_notes(edition: Edition, tmp_path: Path) -> None:
    (parquet,) = export_edition(edition, "geoparquet", tmp_path, notes=NOTES).glob("*.parquet")
    (package,) = export_edition(edition, "geopackage", tmp_path, notes=NOTES).glob("*.gpkg")
    lines = edition.risk.geometry.dropna()
    for table in (gpd.read_parquet(parquet), gpd.read_file(package)):
        assert table.crs == "EPSG:4326"
        assert shapely.length(table.geometry.dropna()).tolist() == pytest.approx(shapely.length(lines).tolist())
    assert json.loads((pq.read_schema(parquet).metadata or {})[b"routecast"])["notes"] == NOTES
    with closing(sqlite3.connect(package)) as database:
        (described,) = database.execute("SELECT description FROM gpkg_contents WHERE table_name = 'risk'").fetchone()
    assert described == "\n\n".join(NOTES)


def test_geopackage_holds_lines_on_land_and_areas_at_sea(edition: Edition, tmp_path: Path) -> None:
    folder = small(tmp_path / "store").folder
    at_sea = edition.risk.copy()
    (first, *_) = at_sea.loc[at_sea.geometry.notna(), "segment"]
    mine = at_sea["segment"].eq(first) & at_sea.geometry.notna()
    at_sea.loc[mine, "geometry"] = at_sea.loc[mine, "geometry"].map(lambda line: line.envelope)
    at_sea.to_parquet(folder / "risk.parquet")
    seal(folder, {k: v for k, v in edition.manifest.items() if k != "files"})
    (package,) = export_edition(Edition(folder), "geopackage", tmp_path, notes=NOTES).glob("*.gpkg")
    kinds = gpd.read_file(package).set_index("segment").geometry.geom_type.dropna()
    assert set(kinds[first]) == {"Polygon"}
    assert set(kinds.drop(first)) == {"LineString"}


def test_region_without_geometry_has_no_geographic_export(tmp_path: Path) -> None:
    plain = small(tmp_path / "store", geometry=False)
    with pytest.raises(ExportError, match=r"no geometry\. Export csv or xlsx"):
        export_edition(plain, "geopackage", tmp_path / "out", notes=NOTES)
    assert list(export_edition(plain, "csv", tmp_path / "out", notes=NOTES).glob("*.csv"))


def test_no_exported_cell_is_a_formula(edition: Edition, tmp_path: Path) -> None:
    risk = edition.risk.copy()
    risk.loc[risk["unit"] == "total", "name"] = "=HYPERLINK(1)\x01"
    folder = small(tmp_path / "store").folder
    risk.to_parquet(folder / "risk.parquet")
    manifest = {k: v for k, v in edition.manifest.items() if k != "files"}
    seal(folder, manifest)
    tampered = Edition(folder)
    (csv,) = export_edition(tampered, "csv", tmp_path, notes=NOTES).glob("*.csv")
    assert {row.split(",")[1][:2] for row in csv.read_text().splitlines() if ",total," in row} == {"'="}
    (book,) = export_edition(tampered, "xlsx", tmp_path, notes=NOTES).glob("*.xlsx")
    sheets = openpyxl.load_workbook(book).worksheets
    assert {c.data_type for s in sheets for row in s.iter_rows() for c in row}.isdisjoint({"f", "e"})
    assert [c.value for c in sheets[0]["A"]][:2] == [NOTES[0], f"'{NOTES[1]}"]
    told = {c.value: b.value for c, b in zip(sheets[0]["A"], sheets[0]["B"], strict=True)}
    assert all(told.get(c.value) for c in sheets[1][1])  # every column is explained


def test_footnote_goes_with_the_rows_that_name_kosovo(tmp_path: Path) -> None:
    starred = Edition(write_edition(tmp_path / "store", indicators=ONE, horizon=2))
    (csv,) = export_edition(starred, "csv", tmp_path, notes=NOTES).glob("*.csv")
    table = pd.read_csv(csv)
    named = table["unit"].str.contains("XKX")
    assert named.any()
    assert set(table.loc[named, "footnote"]) == {starred.manifest["footnote"]}
    assert table.loc[table["unit"] == "route:western", "footnote"].isna().all()


def test_export_is_not_overwritten_unless_asked_to(edition: Edition, tmp_path: Path) -> None:
    folder = export_edition(edition, "csv", tmp_path, notes=NOTES)
    with pytest.raises(ExportError, match=r"already\. Name another --out, or say --replace"):
        export_edition(edition, "csv", tmp_path, notes=NOTES)
    export_edition(edition, "csv", tmp_path, notes=["anew"], replace=True)
    assert (folder / "README.md").read_text() == "anew\n"
    assert [p.name for p in tmp_path.iterdir()] == [folder.name]


@pytest.mark.parametrize("replace", [False, True])
def test_failed_export_leaves_nothing_half_written(
    edition: Edition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replace: bool
) -> None:
    if replace:
        export_edition(edition, "csv", tmp_path, notes=NOTES)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(OSError, match="no space"):
        export_edition(edition, "csv", tmp_path, notes=NOTES, replace=replace)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_damaged_edition_is_not_exported(tmp_path: Path) -> None:
    damaged = small(tmp_path / "store")
    (damaged.folder / "quality.json").write_text("{}")
    with pytest.raises(EditionError, match="not what was published, so nothing is made of it"):
        export_edition(damaged, "csv", tmp_path / "out", notes=NOTES)


@pytest.mark.parametrize("profile", ["partner", "public"])
def test_other_profiles_are_refused_and_never_given_the_internal_figures(
    edition: Edition, tmp_path: Path, capsys: pytest.CaptureFixture[str], profile: str
) -> None:
    where = ["--store", str(edition.folder.parents[2]), "--out", str(tmp_path)]
    assert run_command(["export", "--format", "csv", "--profile", profile, *where]) == 3
    assert f"may be seen as '{profile}'" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_command_writes_the_caveats_beside_the_figures(tmp_path: Path) -> None:
    edition = Edition(write_edition(tmp_path / "store", indicators=ONE, horizon=2))
    where = ["--store", str(edition.folder.parents[2]), "--out", str(tmp_path)]
    assert run_command(["export", "--format", "csv", *where]) == 0
    readme = (tmp_path / f"routecast-western_balkans-{edition.id}-csv" / "README.md").read_text()
    assert "SYNTHETIC DATA" in readme
    assert "Detections are not persons" in readme
    assert edition.manifest["footnote"] in readme
    assert run_command(["export", "--format", "pdf", *where]) == 2
    assert open_edition(Store(edition.folder.parents[2]), "western_balkans").verify() == []


def test_formats_are_those_of_the_command() -> None:
    assert list(FORMATS) == ["hubverse", "csv", "xlsx", "geoparquet", "geopackage"]
