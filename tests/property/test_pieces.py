"""The same rows cut into any pieces, as CSV or Parquet, give the same figures, quarantine and report as in one."""

import random
import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from pipelines.ingest.door.ingest import FileReport, ingest
from pipelines.observations.batches import load_confirmed, load_observations, load_quarantine
from pipelines.store.paths import Store
from tests.regions import make_region

REGION, FIRST, SECOND = make_region(), date(2026, 11, 23), date(2026, 11, 30)
NO_SHRINK = [Phase.explicit, Phase.generate]
ANY = settings(
    max_examples=8,
    deadline=None,
    phases=NO_SHRINK,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
CELLS = {  # most often the first
    "indicator": ["irregular_crossings", "reception_occupied", "irregular_crosings"],
    "place_kind": ["segment", "border", "point", "region", "island"],
    "place": ["a-1", "a-2", "A-1 ", "", "a-9", "AAA-BBB"],
    "nationality": ["AFG", "TOTAL", "Syria", "", "Atlantis"],
    "period_start": ["2026-11-02", "2026-10-05", "2026-10-06", "2026-10-01", "2026-07-01", "2030-01-07", "6.10.2026"],
    "period": ["W", "D", "M", "Q", "fortnight"],
    "count": ["3", "12", "0", "2.5", "", "<5", "-1", "many", "99999999999"],
    "missing_reason": ["", "closed", "lost"],
    "status": ["", "final", "preliminary", "perhaps"],
    "as_of": ["", "2026-11-10", "2026-11-20", "2027-01-01"],
    "lon": ["", "15.5", "0", "999"],
    "lat": ["", "45.5", "0"],
}


def random_rows(seed: int, rows: int) -> pd.DataFrame:
    """Rows of which most are in order, some repeat or contradict each other, and some can't be taken."""
    chance = random.Random(seed)

    def cell(values: list[str]) -> str:
        return values[0] if chance.random() < 0.6 else chance.choice(values)

    table = pd.DataFrame([{c: cell(values) for c, values in CELLS.items()} for _ in range(rows)])
    return pd.concat([table, table.sample(frac=0.1, random_state=seed)], ignore_index=True)


def taken(path: Path, store: Store, *, day: date = FIRST) -> FileReport:
    """Take a file in."""
    return ingest("csv", [path], region=REGION, store=store, today=day).files[0]


def held(store: Store) -> list[pd.DataFrame]:
    """What a store holds, in an order that does not depend on how it came."""
    tables = [load_observations(store, REGION.id), load_confirmed(store, REGION.id), load_quarantine(store, REGION.id)]
    return [t.sort_values(list(t.columns), ignore_index=True) for t in tables]


def same(one: Store, other: Store) -> None:
    """Both stores hold the same."""
    for left, right in zip(held(one), held(other), strict=True):
        pd.testing.assert_frame_equal(
            left.drop(columns="file", errors="ignore"), right.drop(columns="file", errors="ignore")
        )


@ANY
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(300, 3000))
def test_a_csv_in_pieces_gives_what_it_gives_in_one(
    monkeypatch: pytest.MonkeyPatch, seed: int, rows: int, piece: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, reports = Path(name), []
        for day, number in ((FIRST, 0), (SECOND, 1)):
            random_rows(seed + number, rows).to_csv(folder / f"{number}.csv", index=False)
            for kind, limit in (("whole", 2**30), ("pieces", piece)):
                monkeypatch.setattr("pipelines.ingest.reading.pieces.PIECE_BYTES", limit)
                reports.append(taken(folder / f"{number}.csv", Store(folder / kind), day=day))
        assert reports[0] == reports[1]
        assert reports[2] == reports[3]
        same(Store(folder / "whole"), Store(folder / "pieces"))
