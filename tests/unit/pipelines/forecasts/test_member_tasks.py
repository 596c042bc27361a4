"""Which tasks a run submits: equal series once, a bounded number of tasks, and groups that cover every unit."""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import sparse

from forecasting.members.run_members import Members
from pipelines.compute.workers import Workers
from pipelines.forecasts import member_tasks
from pipelines.forecasts.member_tasks import (
    MAX_TASKS,
    MemberRequest,
    TaskGroup,
    block_size,
    distinct_units,
    submit_forecasts,
)
from tests.histories import make_history, make_quantiles


class Recorder:
    """In place of a Dask client: what was submitted."""

    def __init__(self) -> None:
        self.given: list[tuple[Any, ...]] = []

    def submit(self, function: Any, *given: Any, **_: Any) -> object:
        """A model of all units stands under its own name."""
        self.given.append(given if isinstance(given[0], str) else (function.__name__, *given))
        return object()

    def units(self, name: str) -> list[list[str]]:
        """Units of each task of a function."""
        found = [given[0] if isinstance(given[0], xr.Dataset) else given[0][0] for f, *given in self.given if f == name]
        return [[str(u) for u in history["unit"].to_numpy()] for history in found]


class Done:
    """A task that has ended."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def result(self) -> Any:
        return self.value


def submitted(n: int, *, cutoffs: int = 3, max_tasks: int = MAX_TASKS) -> Recorder:
    """A whole run of so many segments, 40 months."""
    units = [f"segment:{i}" for i in range(n)]
    history = make_history({u: np.arange(40.0) for u in units}).assign(reported=("unit", np.zeros(n)))
    history.attrs["indicator"] = "irregular_crossings"
    times = history["time"].to_numpy()
    past = {
        pd.Timestamp(times[-1 - k]): (history.isel(time=slice(None, len(times) - k)), True)
        for k in reversed(range(cutoffs))
    }
    distinct = distinct_units(units, sparse.csr_array(sparse.identity(n)), np.ones(n, dtype=bool))
    request = MemberRequest(dict.fromkeys(units, "segment"), 2, 1, True, (), frozenset(), max_tasks=max_tasks)
    client = Recorder()
    submit_forecasts(past, distinct, request, Workers(client, lambda *_: None))  # type: ignore[arg-type]
    return client


def test_units_with_the_same_known_cells_are_computed_once() -> None:
    summing = sparse.csr_array(np.array([[1, 1, 1], [1, 1, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]], dtype=float))
    found = distinct_units(["total", "route", "c", "b", "a"], summing, np.array([True, False, True]))
    assert found.same_as == {"total": "total", "route": "route", "c": "c", "a": "route"}
    assert found.representatives == ["total", "route", "c"]


@pytest.mark.parametrize("n", [1, 6, 7, 150, 4_000, 100_000, 1_000_000])
@pytest.mark.parametrize("cutoffs", [1, 11])
def test_tasks_of_blocks_stay_bounded(n: int, cutoffs: int) -> None:
    size = block_size(n, cutoffs, MAX_TASKS)
    assert cutoffs * -(-n // size) <= max(MAX_TASKS, cutoffs)


def test_a_small_region_has_small_blocks() -> None:
    assert max(len(units) for units in submitted(20).units("member_quantiles")) <= member_tasks.BLOCK_UNITS


@pytest.mark.parametrize("name", ["member_quantiles", "boosted", "endemic_epidemic"])
def test_every_unit_is_asked_once_a_cutoff_whatever_the_blocks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_tasks, "JOINT_UNITS", 8)
    blocks = submitted(20, max_tasks=9).units(name)
    whole = sorted(f"segment:{i}" for i in range(20))
    a_cutoff = [blocks[i:j] for i, j in pairwise(range(0, len(blocks) + 1, 3))]  # three blocks each
    assert len(blocks) % 3 == 0
    assert all(sorted(u for block in one for u in block) == whole for one in a_cutoff)


def test_no_model_sees_more_units_at_once_than_a_worker_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_tasks, "JOINT_UNITS", 8)
    assert {len(units) for units in submitted(20).units("boosted")} == {7, 6}


def test_a_region_that_fits_has_one_fit_of_all_units() -> None:
    assert [len(units) for units in submitted(20).units("boosted")] == [20]


def test_only_the_counts_ride_in_the_tasks() -> None:
    histories = [given[0] for name, *given in submitted(7).given if name == "member_quantiles"]
    assert {tuple(h.data_vars) for h in histories} == {("count",)}


def test_groups_of_a_joint_model_come_back_in_the_order_of_the_units() -> None:
    groups = [
        [Members(make_quantiles(dict.fromkeys(units, n), member="boosted"), []) for n in (5.0, 9.0)]
        for units in (["a", "c"], ["b"])
    ]
    done = [Done(g) for g in groups]
    group = TaskGroup("x-boosted", "joint", [0, 1], ["a", "b", "c"], "a digest", done)  # type: ignore[arg-type]
    first, second = group.result()
    assert first.quantiles["unit"].to_numpy().tolist() == ["a", "b", "c"]
    assert float(second.quantiles.sel(quantile=0.5).max()) == pytest.approx(9.0)
