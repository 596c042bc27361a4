import numpy as np
import pytest

from forecasting.base.contracts import QUANTILE_LEVELS, ContractError
from forecasting.base.quantile_functions import complete_levels
from tests.histories import make_quantiles

FULL = make_quantiles({"a": 40.0, "b": 7.0}, spread=0.4, horizon=1).to_numpy()[:, 0]


def only(*levels: float) -> np.ndarray:
    """The full quantiles without the other levels."""
    return np.where(np.isin(QUANTILE_LEVELS, levels), FULL, np.nan)


def test_full_quantiles_stay_as_they_are() -> None:
    np.testing.assert_array_equal(complete_levels(FULL), FULL)


def test_log_normal_quantiles_are_found_again_from_three_levels() -> None:
    np.testing.assert_allclose(complete_levels(only(0.25, 0.5, 0.75))[0], FULL[0])


def test_given_levels_are_kept_to_the_bit() -> None:
    given = only(0.1, 0.5, 0.9)
    np.testing.assert_array_equal(complete_levels(given)[np.isfinite(given)], given[np.isfinite(given)])


def test_completed_quantiles_never_fall_and_are_not_negative() -> None:
    steep = np.full((1, 23), np.nan)
    steep[0, [6, 11, 16]] = 0.0, 0.0, 900.0
    filled = complete_levels(steep)
    assert filled.min() == 0
    assert (np.diff(filled, axis=1) >= 0).all()


def test_rows_with_different_levels_are_completed_each_by_its_own() -> None:
    mixed = np.stack([only(0.25, 0.5, 0.75)[0], only(0.025, 0.5, 0.975)[1]])
    np.testing.assert_allclose(complete_levels(mixed)[0], FULL[0])
    np.testing.assert_allclose(complete_levels(mixed)[1, 2:21], FULL[1, 2:21], rtol=0.02)


def test_two_levels_are_too_few() -> None:
    with pytest.raises(ContractError, match="at least 3 levels a row, 2 rows have fewer"):
        complete_levels(only(0.25, 0.75))
