"""`origin` as a heading is another word for `nationality`, at the door for figures and at that for daily tables."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client

from pipelines.compute.cluster import cluster
from pipelines.ingest.daily.ingest import take_daily
from pipelines.ingest.daily.layout import load_deliveries
from pipelines.ingest.door.ingest import ingest
from pipelines.observations.batches import load_observations
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from tests.regions import make_region

REGION, DAY = make_region(), date(2026, 11, 23)
HEADINGS = ["nationality", "origin", " Origin "]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with cluster(processes=False) as running:
        yield running


def table(*headings: str) -> pd.DataFrame:
    """Two nationalities of one day, under each of the headings."""
    key = {"indicator": "irregular_crossings", "place_kind": "segment", "place": "a-1", "period_start": "2026-11-02"}
    rows = [{**key, "period": "D", "count": count} for count in ("3", "4")]
    given = {heading: ["AFG", "Syria"] for heading in headings}
    return pd.DataFrame(rows).assign(**given)


@pytest.mark.parametrize("heading", HEADINGS)
def test_figures_take_either_heading(tmp_path: Path, heading: str) -> None:
    table(heading).to_csv(tmp_path / "a.csv", index=False)
    ingest("csv", [tmp_path / "a.csv"], region=REGION, store=Store(tmp_path / "store"), today=DAY)
    kept = load_observations(Store(tmp_path / "store"), REGION.id)
    assert dict(zip(kept["nationality"], kept["count"], strict=True)) == {"AFG": 3.0, "SYR": 4.0}


def test_figures_with_both_headings_are_refused(tmp_path: Path) -> None:
    table("nationality", "origin").to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DataRefusedError, match="expected each column once, got 'nationality' twice"):
        ingest("csv", [tmp_path / "a.csv"], region=REGION, store=Store(tmp_path / "store"), today=DAY)


def write(folder: Path, rows: pd.DataFrame, ending: str) -> Path:
    path = folder / f"a.{ending}"
    if ending == "csv":
        rows.to_csv(path, index=False)
    else:
        rows.astype({"count": float, "period_start": "datetime64[ns]"}).to_parquet(path, index=False)
    return path


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("heading", HEADINGS)
def test_daily_tables_take_either_heading(tmp_path: Path, client: Client, heading: str, ending: str) -> None:
    path, store = write(tmp_path, table(heading), ending), Store(tmp_path / "store")
    options = {"region": REGION, "store": store, "today": DAY, "client": client, "progress": lambda *_: None}
    assert take_daily([path], **options).accepted == 2
    (delivery,) = load_deliveries(store.daily(REGION.id))
    assert delivery.nationalities == ("AFG", "SYR")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_daily_tables_with_both_headings_are_refused(tmp_path: Path, client: Client, ending: str) -> None:
    path, store = write(tmp_path, table("nationality", "origin"), ending), Store(tmp_path / "store")
    options = {"region": REGION, "store": store, "today": DAY, "client": client, "progress": lambda *_: None}
    with pytest.raises(DataRefusedError, match="nationality there twice"):
        take_daily([path], **options)
    assert load_deliveries(store.daily(REGION.id)) == []
