"""Figures that R's `surveillance` publishes for measles in the Weser-Ems districts, 2001–02."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from forecasting.models.endemic_epidemic_fit import Form, Likelihood, PerUnit, fit_endemic_epidemic
from tests.real_data import real_data


@pytest.mark.parametrize(("dispersion", "aic", "n_parameters"), [("none", 2479, 6), ("common", 1957, 7)])
def test_aic_is_the_one_that_surveillance_publishes(dispersion: PerUnit, aic: float, n_parameters: int) -> None:
    folder = real_data("measles_weser_ems")
    cases = pd.read_csv(folder / "cases.csv", index_col=0)
    order = pd.read_csv(folder / "neighbourhood_order.csv", index_col=0)
    share = pd.read_csv(folder / "population_share.csv", dtype={"district": str}).set_index("district")
    likelihood = Likelihood.of(
        cases.to_numpy(float).T,
        Form(dispersion=dispersion),
        neighbours={1: csr_array((order.to_numpy() == 1).astype(float))},
        offset=share.loc[cases.columns].to_numpy(),
    )
    fit = fit_endemic_epidemic(likelihood)
    assert fit.aic == pytest.approx(aic, abs=0.5)
    assert fit.converged
    assert fit.n_parameters == n_parameters
    assert np.isfinite(fit.fitted[:, 1:]).all()
