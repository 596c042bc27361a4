"""What is not named stays inside: variables, columns, and forecasts of single nationalities."""

import numpy as np
import pytest
import xarray as xr

from geo.pack.load import load_region
from pipelines.editions.edition import Edition
from pipelines.publish.disclosure.masks import TABLES, masked_forecast, masked_tables
from pipelines.publish.disclosure.profile_view import ProfileView
from tests.editions import write_edition


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return Edition(write_edition(tmp_path_factory.mktemp("store"), n_segments=3, indicators=("irregular_crossings",)))


def view_of(edition: Edition, forecast: xr.Dataset) -> ProfileView:
    """Partners, and every figure is seen."""
    history = forecast["history"].sel(nationality="TOTAL").transpose("indicator", "unit", "time").to_numpy()
    rules = load_region(edition.region_id).disclosure
    return ProfileView(rules.partner, forecast, history, np.isfinite(history), np.isfinite(history))


def test_forecasts_of_single_nationalities_and_unnamed_variables_stay_inside(edition: Edition) -> None:
    total = edition.forecast
    with_nationality = total.reindex(nationality=["TOTAL", "AFG"]).assign(rumour=total["capacity"])
    shown = masked_forecast(view_of(edition, with_nationality))
    assert list(shown["nationality"].to_numpy()) == ["TOTAL"]
    assert "rumour" not in shown
    np.testing.assert_allclose(shown["value"], total["value"].transpose(*shown["value"].dims), rtol=5e-4)


def test_computed_numbers_leave_with_four_digits_and_observed_counts_as_they_are(edition: Edition) -> None:
    total = edition.forecast.assign(value=edition.forecast["value"] * 0 + 12345.678)
    shown = masked_forecast(view_of(edition, total))
    assert set(np.unique(shown["value"])) == {12350.0}
    np.testing.assert_array_equal(shown["history"], total["history"].transpose(*shown["history"].dims))


@pytest.mark.asvs("V8.2.3", "V15.3.1")
def test_a_table_or_a_column_that_is_not_named_stays_inside(edition: Edition) -> None:
    told = {
        "risk": edition.risk.assign(rumour=1.0),
        "scores": edition.scores.assign(rumour=1.0),
        "rumours": edition.risk,
    }
    tables = masked_tables(told, view_of(edition, edition.forecast))
    assert set(tables) == {"risk", "scores"}
    assert "rumour" not in tables["risk"]
    assert "rumour" not in tables["scores"]
    assert set(tables["risk"]) <= set(TABLES["risk"])
    assert len(tables["risk"]) == len(edition.risk)
