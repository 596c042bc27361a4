"""What a newcomer is promised: one more of a kind is one file, and at most one line beside it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("geo", "forecasting", "pipelines", "records", "dashboards", "routecast")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the packages, to be changed."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def add_file(house: Path, path: str, text: str) -> None:
    """Write the one file, which must be new."""
    assert not (house / path).exists()
    (house / path).write_text(text, encoding="utf-8")


def add_line(house: Path, path: str, line: str, *, after: str) -> None:
    """Put the one line after the line that holds a text."""
    lines = (house / path).read_text(encoding="utf-8").splitlines()
    at = next(i for i, one in enumerate(lines) if after in one)
    (house / path).write_text("\n".join([*lines[: at + 1], line, *lines[at + 1 :]]) + "\n", encoding="utf-8")


def output_of(house: Path, script: str) -> list[str]:
    """Lines that a script prints, run on the changed copy and not on this checkout."""
    options = {"cwd": house, "env": {**os.environ, "PYTHONPATH": str(house)}, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=200, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    return str(done.stdout).splitlines()


SERIES_MODEL = '''
"""Always seven."""

import numpy as np

from forecasting.models.per_series import PerSeriesForecaster, Series


class Sevens(PerSeriesForecaster):
    """Seven, whatever the past."""

    name = "sevens"
    title = "always seven"
    prior_weight = 2.5
    needs_data = False

    def log_quantiles(self, series: Series, horizon: int, seed: int) -> np.ndarray:
        return np.full((horizon, 23), np.log1p(7.0))
'''
PANEL_MODEL = '''
"""Always seven, for all units at once."""

import numpy as np
import xarray as xr

from forecasting.base.attribution import DRIVERS
from forecasting.base.contracts import QUANTILE_LEVELS, PanelForecaster


class Sevens(PanelForecaster):
    """Seven, whatever the past."""

    name = "sevens"
    title = "always seven"
    prior_weight = 2.5
    needs_data = False

    def fit(self, history):
        self._units = history["unit"].to_numpy()
        return self

    def quantiles(self, horizon, seed):
        coords = {"unit": self._units, "horizon": np.arange(1, horizon + 1), "quantile": list(QUANTILE_LEVELS)}
        return xr.DataArray(7.0, dims=("unit", "horizon", "quantile"), coords=coords)

    def attribution(self):
        return np.full((len(self._units), 2, len(DRIVERS)), np.nan)
'''
RUN_MODELS = """
import numpy as np, pandas as pd, xarray as xr
from scipy.sparse import eye_array
from dashboards.wording.pages import MODEL_NAMES
from forecasting.combine.assemble import assemble
from forecasting.combine.weights import prior_weights
from forecasting.members.run_members import joint_quantiles, member_plan, member_quantiles, stack_members
from forecasting.models.registry import PANEL_MODELS

units, levels = ["segment:a", "segment:b"], ["segment", "segment"]
times = pd.date_range("2023-01-01", periods=30, freq="MS")
counts = xr.DataArray(np.arange(60.0).reshape(2, 30) % 9, dims=("unit", "time"), coords={"unit": units, "time": times})
history = xr.Dataset({"count": counts}, attrs={"freq": "M"})
everyone = member_plan(history, levels, full=True)
plan = {unit: [m for m in members if m in ("baseline", "sevens")] for unit, members in everyone.items()}
level = dict(zip(units, levels))
joint = [joint_quantiles(m, [history], [plan], level, horizon=2, seed=1, explain=True)[0] for m in PANEL_MODELS]
members = stack_members([member_quantiles(history, plan, horizon=2, seed=1, explain=True), *joint])
made = assemble(members, history, summing=eye_array(2, format="csr"), levels=levels, n_draws=50, seed=1)
print(MODEL_NAMES["sevens"])
print(sorted(f.member for f in members.failures))
ours = [values.sel(member="sevens").mean().item() for values in (members.quantiles, prior_weights(members.quantiles))]
print(*(round(value, 6) for value in ours))
print(bool((made.shares.sel(member="sevens") > 0.5).all()))
"""


@pytest.mark.parametrize("model", [SERIES_MODEL, PANEL_MODEL], ids=["one series", "all units at once"])
def test_a_model_is_one_file_and_one_line(house: Path, model: str) -> None:
    add_file(house, "forecasting/models/sevens.py", model)
    add_line(house, "forecasting/models/registry.py", '    "sevens:Sevens",', after='"boosted:Boosted"')
    assert output_of(house, RUN_MODELS) == ["always seven", "[]", "7.0 2.5", "True"]
