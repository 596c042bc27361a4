"""The page of the year ahead."""

from pathlib import Path

import pytest

from dashboards.wording import year_ahead as texts
from pipelines.store.paths import Store
from tests.editions import write_edition
from tests.outlooks import with_outlook
from tests.unit.dashboards.views.test_kept_on_pages import open_page, shown


@pytest.fixture
def year_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    with_outlook(write_edition(tmp_path, freq="M", region_id="somewhere", horizon=12))
    monkeypatch.setenv("ROUTECAST_STORE", str(tmp_path))
    monkeypatch.setenv("ROUTECAST_REGION", "somewhere")
    return Store(tmp_path)


@pytest.mark.usefixtures("year_store")
def test_page_shows_months_quarters_and_places() -> None:
    app = open_page("year")
    assert not app.exception
    text = shown(app)
    assert texts.MONTHS.format(reach="12 months") in text
    assert texts.QUARTERS in text
    assert "chance of more than a year before" in text


@pytest.mark.usefixtures("store")
def test_page_says_that_an_edition_holds_no_sums() -> None:
    assert "holds no sums over the coming year" in " ".join(str(i.value) for i in open_page("year").info)


def test_page_of_a_short_forecast_sums_what_it_reaches_and_says_so(store: Store) -> None:
    (folder,) = store.root.glob("editions/*/2*")
    with_outlook(folder)
    app = open_page("year")
    assert not app.exception
    assert "looks 12 weeks ahead, so its sums end there" in shown(app)
