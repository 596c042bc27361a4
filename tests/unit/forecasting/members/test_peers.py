import numpy as np
import pytest

from forecasting.members import peers as module
from forecasting.members.peers import PEER_MEAN, peer_quantiles
from forecasting.models.per_series import Series
from tests.histories import make_history, seasonal_counts


def test_peer_mean_is_the_mean_of_log1p_over_those_that_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(peer: str, series: Series, horizon: int) -> np.ndarray:
        if peer == "MSTL":
            raise ValueError("odd")
        return np.full((horizon, 23), {"AutoETS": 1.0, "AutoTheta": 2.0}[peer] * len(series.unit))

    monkeypatch.setattr(module, "_log_quantiles", fake)
    result = peer_quantiles(make_history({"a": np.ones(30)}), horizon=2, peers=("AutoETS", "AutoTheta", "MSTL"))
    np.testing.assert_allclose(np.log1p(result.quantiles.sel(member=PEER_MEAN)), 1.5)
    assert [(f.member, f.unit) for f in result.failures] == [("MSTL", "a")]


def test_unknown_unit_has_no_peers_and_no_mean() -> None:
    result = peer_quantiles(make_history({"a": np.full(30, np.nan)}), horizon=2)
    assert np.isnan(result.quantiles).all()
    assert len(result.failures) == 5


@pytest.mark.slow
@pytest.mark.parametrize("freq", ["M", "W"])
def test_peers_give_rising_quantiles_near_the_series(freq: str) -> None:
    counts = seasonal_counts(120, period={"M": 12.0, "W": 52.18}[freq])
    gappy = np.where(np.arange(120) % 17 == 5, np.nan, counts)
    result = peer_quantiles(make_history({"a": counts, "b": gappy}, freq=freq), horizon=3)
    assert result.failures == []
    values = result.quantiles.to_numpy()
    assert (np.diff(values, axis=-1) >= 0).all()
    assert values.min() >= 0
    assert (np.abs(np.log(values[..., 11] / counts[-1])) < 1.5).all()
