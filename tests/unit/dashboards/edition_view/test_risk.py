"""What pages and briefing say of risk is what the edition's tables hold."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboards.briefing.document import briefing_document
from dashboards.briefing.four_ps import four_ps
from dashboards.briefing.risk_blocks import deaths_sentence
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.wording import briefing as s, formats as words, pages as texts
from geo.region.region import Edge
from pipelines.editions.edition import Edition
from tests.editions import seal, write_edition
from tests.unit.dashboards.briefing.test_briefing_document import numbers, stated_value, texts as words_of
from tests.unit.dashboards.views.test_pages import open_app, shown

LINKS = [Edge("MKD-SRB-01", "HUN-SRB-02", 2), Edge("HUN-SRB-02", "HRV-SVN-04", 1)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    write_edition(folder)
    return folder


@pytest.fixture(scope="module")
def edition(store: Path) -> Edition:
    return Edition(next((store / "editions" / "western_balkans").glob("20*")))


def first(edition: Edition) -> pd.Series:
    row = Facts(edition).row("segment:HUN-SRB-02")
    assert row is not None
    return row


def test_briefing_states_every_number_of_risk_as_the_tables_hold_it(edition: Edition) -> None:
    tables = ("points", "protection", "prosecution", "deaths", "allocation")
    found = [
        n for n in numbers(briefing_document(edition)) if n.table in tables and n.shown != words.NO_DATA and n.form
    ]
    wrong = {n.anchor: (n.shown, again) for n in found if n.shown not in (again := stated_value(edition, n))}
    assert {n.table for n in found} == set(tables)
    assert wrong == {}


def test_briefing_shows_the_parts_side_by_side_and_the_rule(edition: Edition) -> None:
    text = words_of(briefing_document(edition))
    assert s.H_CIRAM in text
    assert "raised by one: vulnerability high (demonstration, 2026-01-31)" in text
    assert s.MISSING in text


def test_allocation_says_which_date_and_shortfall_it_speaks_of(edition: Edition) -> None:
    text = words_of(briefing_document(edition))
    assert "in week 49 (from 30 Nov). Over 12 weeks most are expected to lack then: 76 as planned" in text
    assert "(at the 3 places with a plan, each place's need above its plan, as a mean over all that may come)" in text


def test_missing_part_is_missing_and_not_low(edition: Edition) -> None:
    vulnerability, impact = risk.risk_parts(Facts(edition), first(edition))
    assert vulnerability.level == "high"
    assert vulnerability.notes == ("staff: high (demonstration, 2026-01-31)",)
    assert impact.level is None
    assert risk.level_word(impact.level) == "not stated"


def test_agencys_impact_level_is_shown_as_not_ours(edition: Edition) -> None:
    facts = Facts(edition)
    row = facts.row("segment:GRC-MKD-01")
    assert row is not None
    (line,) = risk.article_34(facts, row)
    assert "Article 34" in line
    assert "not Routecast's" in line


def test_four_ps_come_from_figures_and_graph(edition: Edition) -> None:
    said = {x.text.partition(":")[0].partition(" ")[0]: x.text for x in four_ps(Facts(edition), first(edition), LINKS)}
    assert set(said) == {"Prevention", "Protection", "Prosecution", "Partnership"}
    assert "likely above its capacity" in said["Prevention"]
    assert "Hungary" in said["Protection"]
    assert "2 weeks after crossings" in said["Prosecution"]
    assert "reports on illicit financial flows, no data" in said["Prosecution"]
    assert "North Macedonia → Serbia (2 weeks)" in said["Partnership"] or "2 weeks" in said["Partnership"]
    assert "Velika Kladuša" in said["Partnership"]


def test_figures_that_a_profile_withholds_are_told_in_words(tmp_path: Path) -> None:
    folder = write_edition(tmp_path, manifest={"profile": "partner"})
    cases = pd.read_parquet(folder / "prosecution.parquet")
    cases.assign(q10=np.nan, q50=np.nan, q90=np.nan).to_parquet(folder / "prosecution.parquet")
    seal(folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    said = " ".join(x.text for x in four_ps(Facts(Edition(folder)), first(Edition(folder)), LINKS))
    assert "smuggling cases, withheld here;" in said
    assert "reports on illicit financial flows, no data" in said  # nobody has ever counted any
    assert "no data a week" not in said
    table = words_of(briefing_document(Edition(folder)))
    assert "Smuggling cases (cases) | withheld | – | " in table


def test_cases_of_sea_areas_are_on_no_border(edition: Edition) -> None:
    assert risk.on_border(Facts(edition), "HUN-SRB").startswith("on the border ")
    assert risk.on_border(Facts(edition), "SEA") == "over all places of “SEA” together"


def test_prevention_says_since_when_of_what_is_over_as_of_today(edition: Edition) -> None:
    days = (None, date(2026, 12, 1), date(2027, 6, 1))
    said = [four_ps(Facts(edition), first(edition), LINKS, today=d)[0].text for d in days]
    assert " from week 47 (from 16 Nov) on (this week)" in said[0]
    assert " since week 47 (from 16 Nov) (over, reports open)" in said[1]
    assert " for 12 weeks from week 47 (from 16 Nov) (over, reports open);" in said[2]


def test_four_ps_differ_between_places(edition: Edition) -> None:
    facts = Facts(edition)
    said = [" ".join(x.text for x in four_ps(facts, r, LINKS)) for _, r in facts.ranked.head(5).iterrows()]
    assert len(set(said)) == 5


def test_point_without_capacity_claims_no_exceedance(edition: Edition) -> None:
    facts = Facts(edition)
    row = facts.row("segment:BGR-SRB-02")  # the fourth segment has no capacity
    assert row is not None
    assert four_ps(facts, row, LINKS)[0].text.startswith("Prevention: no planned capacity on record")


def test_sum_over_segments_claims_nothing_of_the_route_graph(edition: Edition) -> None:
    facts = Facts(edition)
    row = facts.row("border:HUN-SRB")
    assert row is not None
    assert not [s for s in four_ps(facts, row, LINKS) if s.text.startswith("Partnership")]


def test_likely_points_are_those_of_the_table_in_time(edition: Edition) -> None:
    points = pd.read_parquet(edition.folder / "points.parquet")
    mine = points[points["indicator"].eq("irregular_crossings") & points["level"].eq("segment")]
    found = risk.likely_points(Facts(edition), "segment")
    assert len(found) == int(mine["lead_periods"].notna().sum()) > 0
    assert found["lead_periods"].is_monotonic_increasing


def test_small_counts_of_deaths_are_not_printed(edition: Edition) -> None:
    text = deaths_sentence(Facts(edition)).text
    assert "41 reported in the last year, <10 in the last four weeks" in text
    assert "50 of 52" in text


def test_lead_is_told_only_where_there_is_one(edition: Edition) -> None:
    facts = Facts(edition)
    leads = {
        r["indicator"]: risk.lead_word(facts, r)
        for _, r in risk.cases(facts, "total").iterrows()
        if r["state"] == "data"
    }
    assert leads["smuggling_cases"] == "2 weeks after crossings"
    assert leads["thb_victims_identified"] == "no link in time to tell"


def test_lead_of_an_opposite_movement_says_so(edition: Edition) -> None:
    facts = Facts(edition)
    row = risk.cases(facts, "total").iloc[0].copy()
    row["lag_periods"], row["lag_correlation"] = -8.0, -0.18
    assert risk.lead_word(facts, row) == "8 weeks before crossings, the other way: up where crossings go down"


def test_alerts_name_place_chance_and_owner(edition: Edition) -> None:
    facts = Facts(edition)
    raised = risk.alerts(facts)
    assert len(raised) > 0
    line = risk.alert_line(facts, raised.iloc[0])
    assert words.percent(raised["probability"].iloc[0]) in line
    assert "(new; rule “over-capacity”, demonstration)" in line


def test_place_page_shows_the_three_parts(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch, page="place", unit="segment:HUN-SRB-02")
    assert not app.exception
    text = shown(app).replace("\\", "")
    assert texts.THREAT in text
    assert texts.NOT_STATED in text
    assert "raised by one" in text
    assert "Partnership:" in text


def test_protection_page_shows_places_deaths_alerts_and_cases(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_app(store, monkeypatch, page="protection")
    assert not app.exception
    text = shown(app).replace("\\", "")
    for heading in (s.H_PROTECTION, texts.DEATHS, texts.ALERTS, s.H_CLUSTERS, s.H_PROSECUTION, s.H_ALLOCATION):
        assert heading in text


def test_first_page_carries_protection_beside_the_map(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Mapping[str, Any]] = []
    monkeypatch.setattr(
        "dashboards.components.map_panel._draw", lambda *, data, **_: drawn.append(data) or SimpleNamespace(unit=None)
    )
    app = open_app(store, monkeypatch)
    assert not app.exception
    assert "needed" in drawn[0]["line"]
    assert "Deaths and missing" in drawn[0]["line"]


@pytest.mark.parametrize(
    ("threat", "shown", "rule", "note"),
    [
        ("high", "high", "planned capacity", ""),
        (
            "high",
            "very_high",
            "planned capacity; raised by one: vulnerability high (x, 2026-01-31)",
            "high ↑ vulnerability",
        ),
        (
            "high",
            "high",
            "planned capacity; held at high: its chance is hardly below the limit",
            "held as the last issue had it for this week",
        ),
    ],
)
def test_a_band_says_where_it_was_raised_or_held(threat: str | None, shown: str | None, rule: str, note: str) -> None:
    row = {"threat_band": threat, "pressure_band": shown, "band_rule": rule, "regime_break": False}
    assert risk.band_note(row, "week") == note


@pytest.mark.parametrize(
    ("band", "capacity", "note"),
    [
        ("high", 25.0, "by planned capacity"),
        (None, float("nan"), "no planned capacity"),
        (None, 25.0, "ranges failed"),
    ],
)
def test_after_a_regime_break_a_place_says_why_it_has_a_band_or_none(
    band: str | None, capacity: float, note: str
) -> None:
    row = {"threat_band": band, "pressure_band": band, "band_rule": "", "regime_break": True, "capacity": capacity}
    assert risk.band_note(row, "week") == note
