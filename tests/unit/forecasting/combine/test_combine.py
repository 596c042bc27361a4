import numpy as np
import xarray as xr

from forecasting.combine.weights import combine, prior_weights
from tests.histories import make_quantiles


def three(*sizes: float, names: tuple[str, ...] = ("x", "y", "z")) -> xr.DataArray:
    members = [make_quantiles({"a": size}, spread=0, member=name) for size, name in zip(sizes, names, strict=True)]
    return xr.concat(members, dim="member")


def test_combination_is_the_mean_of_logs_over_members_that_speak() -> None:
    members = three(0.0, 3.0, 15.0)  # log1p: 0, 2 log 2, 4 log 2
    np.testing.assert_allclose(combine(members), 3)
    members[2] = np.nan
    np.testing.assert_allclose(combine(members), 1)
    members[:] = np.nan
    assert np.isnan(combine(members)).all()


def test_combination_follows_the_weights() -> None:
    members = three(0.0, 3.0, 15.0)
    weights = prior_weights(members)
    weights[:] = np.array([0.0, 1.0, 0.0])[:, None, None]
    np.testing.assert_allclose(combine(members, weights=weights), 3)


def test_nobody_is_heard_who_is_not_asked() -> None:
    np.testing.assert_allclose(combine(three(0.0, 3.0, 15.0), without=["x"]), 7)
