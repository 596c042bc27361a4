"""The models by their published id."""

from collections.abc import Callable, Mapping

from forecasting.base.contracts import Forecaster
from forecasting.models.baseline import Baseline
from forecasting.models.boosted import Boosted
from forecasting.models.endemic_epidemic import EndemicEpidemic
from forecasting.models.ets import ETS
from forecasting.models.nb_autoregression import NBAutoregression
from forecasting.models.per_series import PerSeriesForecaster
from forecasting.models.prophet import ProphetModel
from forecasting.models.seasonal_naive import SeasonalNaive
from forecasting.models.ucm import UCM

MODELS: Mapping[str, Callable[..., PerSeriesForecaster]] = {
    model.name: model for model in (Baseline, SeasonalNaive, ETS, UCM, NBAutoregression, ProphetModel)
}
JOINT: Mapping[str, Callable[..., Forecaster]] = {model.name: model for model in (EndemicEpidemic, Boosted)}
MEMBERS = (*MODELS, *JOINT)  # the order in which they are published
