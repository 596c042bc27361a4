"""The models by their published id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasting.models.baseline import Baseline
from forecasting.models.ets import ETS
from forecasting.models.prophet import ProphetModel
from forecasting.models.seasonal_naive import SeasonalNaive
from forecasting.models.ucm import UCM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forecasting.models.series import PerSeriesForecaster

MODELS: Mapping[str, Callable[..., PerSeriesForecaster]] = {
    model.name: model for model in (Baseline, SeasonalNaive, ETS, UCM, ProphetModel)
}
