"""`origin` as a heading is another word for `nationality`, in a CSV and in a Parquet file."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipelines.ingest.door.ingest import ingest
from pipelines.observations.batches import load_observations
from pipelines.observations.schema import DataRefusedError
from pipelines.store.paths import Store
from tests.regions import make_region

REGION, DAY = make_region(), date(2026, 11, 23)
HEADINGS = ["nationality", "origin", " Origin "]


def table(*headings: str) -> pd.DataFrame:
    """Two nationalities of one day, under each of the headings."""
    key = {"indicator": "irregular_crossings", "place_kind": "segment", "place": "a-1", "period_start": "2026-11-02"}
    rows = [{**key, "period": "D", "count": count} for count in ("3", "4")]
    given = {heading: ["AFG", "Syria"] for heading in headings}
    return pd.DataFrame(rows).assign(**given)


def write(folder: Path, rows: pd.DataFrame, ending: str) -> Path:
    path = folder / f"a.{ending}"
    if ending == "csv":
        rows.to_csv(path, index=False)
    else:
        rows.astype({"count": float, "period_start": "datetime64[ns]"}).to_parquet(path, index=False)
    return path


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("heading", HEADINGS)
def test_figures_take_either_heading(tmp_path: Path, heading: str, ending: str) -> None:
    path, store = write(tmp_path, table(heading), ending), Store(tmp_path / "store")
    ingest("csv", [path], region=REGION, store=store, today=DAY)
    kept = load_observations(store, REGION.id)
    assert dict(zip(kept["nationality"], kept["count"], strict=True)) == {"AFG": 3.0, "SYR": 4.0}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_figures_with_both_headings_are_refused(tmp_path: Path, ending: str) -> None:
    path, store = write(tmp_path, table("nationality", "origin"), ending), Store(tmp_path / "store")
    with pytest.raises(DataRefusedError, match=r"'?nationality'? (there )?twice"):
        ingest("csv", [path], region=REGION, store=store, today=DAY)
    assert not list(store.root.rglob("*.parquet"))
