"""Every page by Streamlit's AppTest, on a small edition with the awkward cases."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.briefing.judgements import key_judgements
from dashboards.components.map_panel import ranking_rows
from dashboards.components.page_frame import periods_since_figures
from dashboards.edition_view.facts import Facts
from dashboards.views import PAGES
from dashboards.wording import pages as texts
from dashboards.wording.quality import NEEDS_TITLE
from geo.region.region import KOSOVO_FOOTNOTE
from pipelines.editions.edition import MANIFEST, open_edition
from pipelines.store.paths import Store
from tests.editions import seal, write_edition

APP = Path(__file__).resolve().parents[4] / "dashboards" / "app.py"
OTHERS = {"scenarios", "account", "tables"}  # tested on their own: one needs draws, the others show no edition
EDITION_PAGES = [page.id for page in PAGES if page.id not in OTHERS]


def open_app(store: Path, monkeypatch: pytest.MonkeyPatch, *, page: str = "overview", **query: str) -> AppTest:
    monkeypatch.setenv("ROUTECAST_STORE", str(store))
    monkeypatch.setenv("ROUTECAST_REGION", "western_balkans")
    app = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    return app if page == "overview" else app.switch_page(f"views/{page}.py").run()


def shown(app: AppTest) -> str:
    """Everything that stands on the page as text."""
    parts = [*app.markdown, *app.caption, *app.warning, *app.info, *app.error, *app.title, *app.subheader]
    return "\n".join(str(part.value) for part in parts)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    write_edition(folder)
    write_edition(folder, region_id="small", freq="M", geometry=False, synthetic=False, n_segments=4)
    return folder


@pytest.mark.parametrize("page", EDITION_PAGES)
def test_page_runs_and_carries_its_caveats(store: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    app = open_app(store, monkeypatch, page=page)
    assert not app.exception
    text = shown(app).replace("\\", "")
    assert texts.DETECTIONS in text
    assert KOSOVO_FOOTNOTE in text
    assert texts.SYNTHETIC in text


@pytest.mark.parametrize("page", EDITION_PAGES)
def test_page_runs_without_geometry_and_without_capacities(
    store: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    app = open_app(store, monkeypatch, page=page, region="small")
    assert not app.exception
    assert texts.SYNTHETIC not in shown(app)
    assert f"[{texts.STALE_BADGE}] The newest are of April 2025, which ended" in shown(app)


@pytest.mark.parametrize(
    ("region", "today", "periods"),
    [
        ("western_balkans", "2026-11-16", 0),  # the day after its newest week
        ("western_balkans", "2026-11-22", 0),
        ("western_balkans", "2026-11-23", 1),
        ("small", "2025-05-31", 0),
        ("small", "2025-06-01", 1),
        ("small", "2026-04-30", 11),
    ],
)
def test_age_of_figures_is_counted_in_whole_periods(store: Path, region: str, today: str, periods: int) -> None:
    facts = Facts(open_edition(Store(store), region))
    assert periods_since_figures(facts, date.fromisoformat(today)) == periods


def test_choices_come_from_the_url(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch, horizon="7", indicator="smuggling_cases")
    assert {box.key: box.value for box in app.selectbox}["box_horizon"] == "7"
    assert {box.key: box.value for box in app.selectbox}["box_indicator"] == "smuggling_cases"


def test_choices_go_to_the_url(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch)
    app.selectbox(key="box_horizon").set_value("5").run()
    assert app.query_params["horizon"] == "5"


def test_choices_of_another_region_fall_back_when_they_are_not_offered(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app(store, monkeypatch, region="nowhere", horizon="99", edition="1999-W01")
    assert not app.exception
    assert app.query_params["region"] == "western_balkans"
    assert app.query_params["horizon"] == "3"


def test_place_of_the_url_is_opened(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_app(store, monkeypatch, page="place")
    units = first.selectbox(key="box_unit").options
    monkeypatch.setenv("ROUTECAST_STORE", str(store))
    assert len(units) > 14  # the segments, and the levels above them
    unit = open_app(store, monkeypatch, page="place", unit="headline").selectbox(key="box_unit").value
    assert unit == "headline"


def test_border_says_which_of_its_places_is_the_highest(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch, page="place", unit="border:HUN-SRB")
    said = [str(c.value) for c in app.caption if "that of all places of this border together" in str(c.value)]
    assert len(said) == 1
    assert re.search(r"the highest of them is (low|moderate|high|very high|no band), (at|between) ", said[0])


def test_headline_figure_is_explained_on_the_first_page(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch)
    (told,) = [m.help.replace("\\", "") for m in app.markdown if texts.WHOLE in str(m.value)]
    assert "The headline figure is the sum at those places alone" in told
    assert "Serbia → Hungary" in told


def test_place_of_the_url_that_the_edition_lacks_is_named(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch, page="place", unit="segment:NOWHERE-01")
    assert any("segment:NOWHERE-01" in str(w.value) for w in app.warning)


def test_place_draws_others_of_the_url_beside_it(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch, page="place", unit="segment:HUN-SRB-02", compare="segment:GRC-MKD-01,headline")
    assert not app.exception
    assert app.multiselect(key="box_compare").value == ["segment:GRC-MKD-01", "headline"]
    assert next(iter(app.table[0].value["Place"])).startswith("Horgoš")
    assert len(app.table[0].value) == 3


def test_lead_time_of_past_forecasts_is_the_readers(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch, page="place", unit="segment:HUN-SRB-02", ahead="9")
    assert app.selectbox(key="box_ahead").value == "9"


def test_chosen_route_leaves_its_places_only(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = open_app(store, monkeypatch, page="place").selectbox(key="box_unit").options
    western = open_app(store, monkeypatch, page="place", route="western").selectbox(key="box_unit").options
    assert every[0].startswith("Horgoš")  # on the central route
    assert not western[0].startswith("Horgoš")


def test_skill_is_read_at_the_level_of_the_url(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch, page="skill", level="border")
    assert not app.exception
    lines = shown(app)
    assert re.search(r"\*\* Over [\d,]+ forecasts of borders from \d+ past dates?, ", lines)
    assert "**Ranges " in lines
    assert "not to trust" in lines or "Do not rest on it alone" in lines


def test_place_says_why_its_forecast_moves(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch, page="place")
    assert not app.exception
    assert "Expected to " in shown(app)
    assert "need not be what causes the movement" in shown(app)


def test_overview_says_what_to_do_when_no_edition_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(tmp_path, monkeypatch)
    assert not app.exception
    assert "routecast demo" in app.info[0].value


@pytest.mark.parametrize("pointer", ["2026-W47", "", None])
def test_a_newest_edition_that_is_lost_is_told_above_the_one_shown_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pointer: str | None
) -> None:
    latest = write_edition(tmp_path, n_segments=3).parent / "latest"
    latest.unlink()
    if pointer is not None:
        latest.write_text(pointer)
    monkeypatch.setenv("ROUTECAST_STORE", str(tmp_path))
    app = AppTest.from_file(str(APP), default_timeout=120).run()
    (told,) = [w.value for w in app.warning if "can't be read" in w.value]
    assert ("2026-W47" in told) == (pointer == "2026-W47")


def test_damaged_edition_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = write_edition(tmp_path)
    risk = edition / "risk.parquet"
    risk.write_bytes(risk.read_bytes()[:-1] + b"x")
    app = open_app(tmp_path, monkeypatch)
    assert not app.exception
    assert "risk.parquet: differs from its checksum" in app.error[0].value
    assert [*app.dataframe, *app.table] == []


def rewrite_risk(store: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """An edition with another risk table, sealed again."""
    folder = write_edition(store, geometry=False)
    change(pd.read_parquet(folder / "risk.parquet")).to_parquet(folder / "risk.parquet")
    seal(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def test_places_that_left_their_pattern_are_seen_first(tmp_path: Path) -> None:
    """In the ranking, on the map and in the judgements; they have no rank and no band."""

    def broken(risk: pd.DataFrame) -> pd.DataFrame:
        odd = risk["segment"].isin(["HUN-SRB-01", "HUN-SRB-02"]) & risk["level"].eq("segment")
        return risk.assign(regime_break=odd, pressure_band=risk["pressure_band"].mask(odd, None))

    rewrite_risk(tmp_path, broken)
    facts = Facts(open_edition(Store(tmp_path), "western_balkans"))
    assert facts.unusual == {"segment:HUN-SRB-01", "segment:HUN-SRB-02"}
    rows = ranking_rows(facts, top=20)
    ranks = [r["rank"] for r in rows]
    assert ranks[:2] == ["!", "!"]
    assert ranks[2:] == sorted(ranks[2:])
    assert {r["band"] for r in rows[:2]} == {"watch"}
    assert [r["group"] for r in rows].count(texts.GROUPS[0]) == 2
    judgement = key_judgements(facts)[-1].statement.text
    assert judgement.startswith("Unusual, watch: figures left their usual pattern, so no band is given for ")
    assert re.search(r": .+ \(.+ of late.*, forecast .+\) and .+ \(.+\)\.", judgement)


@pytest.mark.parametrize("page", ["overview", "quality"])
def test_segment_without_any_figure_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    rewrite_risk(tmp_path, lambda risk: risk[risk["segment"].ne("HUN-SRB-01")])
    name = Facts(open_edition(Store(tmp_path), "western_balkans")).unreported
    assert len(name) == 1
    assert f"No figures, so no forecast: {name[0]}." in shown(open_app(tmp_path, monkeypatch, page=page)).replace(
        "\\", ""
    )


def test_quality_leads_with_what_needs_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite_risk(tmp_path, lambda risk: risk.assign(regime_break=risk["unit"].eq("segment:HUN-SRB-01")))
    edition = open_edition(Store(tmp_path), "western_balkans")
    late = {**edition.quality["sources"][0], "source": "old_mail", "silent_days": 14, "as_of_newest": "2026-11-10"}
    refused = [{"source": "csv", "reason": "count is negative", "rows": 3, "count": 0.0}]
    told = {**edition.quality, "sources": [late], "quarantine": refused}
    (edition.folder / "quality.json").write_text(json.dumps(told))
    seal(edition.folder, {k: v for k, v in edition.manifest.items() if k != "files"})
    app = open_app(tmp_path, monkeypatch, page="quality")
    (lines,) = [str(m.value) for m in app.markdown if NEEDS_TITLE in m.value]
    found = lines.replace("\\", "").splitlines()[2:]
    assert found[0].startswith("- Ask old_mail (")
    assert "newest of 2026-11-10: 14 days, usually at most 11): nothing for longer than usual." in found[0]
    assert found[1] == "- Mend and send again: 3 rows refused (count is negative)."
    assert found[2].startswith("- Look at ")


def test_place_without_a_backtest_does_not_claim_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite_risk(tmp_path, lambda risk: risk.assign(skill=np.nan, no_better=True))
    text = shown(open_app(tmp_path, monkeypatch, page="place"))
    assert texts.UNSCORED in text
    assert texts.NO_ERROR_LINE in text
    assert texts.NO_BETTER not in text
