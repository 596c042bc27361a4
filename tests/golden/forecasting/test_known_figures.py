"""The baseline's known figures, changes between two zeros left out: 30 cutoffs, every second month, horizons 1 to 6."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecasting.evaluate.scores import observed_ahead, wis, wis_log1p
from forecasting.models.baseline import Baseline
from tests.histories import make_history
from tests.real_data import real_data

HORIZON, CUTOFFS, STEP = 6, 30, 2


def mean_scores(history: xr.Dataset) -> tuple[float, float]:
    scores = []
    for back in range(CUTOFFS):
        seen = history.isel(time=slice(0, history.sizes["time"] - HORIZON - STEP * back))
        observed = observed_ahead(history, pd.Timestamp(seen["time"].to_numpy()[-1]), HORIZON).to_numpy()
        quantiles = Baseline().fit(seen).quantiles(HORIZON, 1).to_numpy()
        scores.append((wis_log1p(observed, quantiles).mean(), wis(observed, quantiles).mean()))
    log, natural = np.mean(scores, axis=0)
    return float(log), float(natural)


@pytest.mark.slow
def test_baseline_has_the_known_figures_on_the_frontex_routes() -> None:
    path = real_data("frontex/monthly_detections_of_ibc_2025-06-03.xlsx")
    sheet = pd.read_excel(path, sheet_name="Detections_of_IBC")
    months = [c for c in sheet.columns if isinstance(c, str) and len(c) == 7 and c[3:].isdigit()]
    routes = sheet.groupby("Route")[months].sum().drop(index=["Black Sea Route", "Other"])
    log, natural = mean_scores(make_history(dict(zip(routes.index, routes.to_numpy(), strict=True)), end="2025-04-01"))
    assert log == pytest.approx(0.480, abs=0.0006)
    assert natural == pytest.approx(1398, abs=0.6)


@pytest.mark.slow
def test_baseline_has_the_known_figures_on_the_usbp_sectors() -> None:
    rows = pd.read_csv(real_data("usbp/usbp_monthly_encounters_fy2000-fy2020.csv.gz"), sep="|")
    totals = ["month", "fy", "cy", "coastal_border", "northern_border", "southwest_border", "monthly_total"]
    sectors = rows.sort_values(["cy", "month"]).drop(columns=totals)
    log, natural = mean_scores(make_history({c: sectors[c].to_numpy() for c in sectors}, end="2020-09-01"))
    assert log == pytest.approx(0.309, abs=0.0006)
    assert natural == pytest.approx(505, abs=0.6)
