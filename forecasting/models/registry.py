"""The models by their published id, in the order in which they are published; each is described in its own file."""

from collections.abc import Mapping
from pkgutil import resolve_name

from forecasting.base.contracts import Forecaster, PanelForecaster
from forecasting.models.per_series import PerSeriesForecaster

_WHERE = (
    "baseline:Baseline",
    "seasonal_naive:SeasonalNaive",
    "ets:ETS",
    "ucm:UCM",
    "nb_autoregression:NBAutoregression",
    "prophet:ProphetModel",
    "endemic_epidemic:EndemicEpidemic",
    "boosted:Boosted",
)
_FOUND = [resolve_name(f"forecasting.models.{where}") for where in _WHERE]
SERIES_MODELS: Mapping[str, type[PerSeriesForecaster]] = {m.name: m for m in _FOUND if not m.joint}
PANEL_MODELS: Mapping[str, type[PanelForecaster]] = {m.name: m for m in _FOUND if m.joint}
MODELS: Mapping[str, type[Forecaster]] = {m.name: m for m in _FOUND}
