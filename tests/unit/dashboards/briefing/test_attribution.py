"""The sentence that says why a forecast moves: each case reads well, and small counts stay hidden."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboards.briefing.attribution import attribution_sentence, sentence_of, upstream_borders, worth_naming
from dashboards.briefing.document import briefing_document
from dashboards.briefing.model import Figure
from dashboards.edition_view.facts import Attribution, Facts
from dashboards.figures.attribution import attribution_figure, bars
from dashboards.wording.palette import LIGHT
from forecasting.base.attribution import DRIVERS
from geo.region.region import Edge
from pipelines.editions.edition import Edition
from tests.editions import write_edition

DAY = pd.Timestamp("2026-11-30")
ROW = pd.Series({"indicator": "irregular_crossings", "unit": "segment:HUN-SRB-02", "horizon": 3, "target_start": DAY})


def make_attribution(reference: float = 100.0, **parts: float) -> Attribution:
    return Attribution(reference, reference + sum(parts.values()), parts)


def said(found: Attribution, *, freq: str = "W", upstream: Sequence[str] = (), horizon: int = 3) -> str:
    last_mean = found.reference + found.parts.get("late_reports", 0.0)
    row = pd.Series({**ROW, "horizon": horizon, "q50": found.median, "last_mean": last_mean})
    return sentence_of(found, row, freq=freq, upstream=upstream).text


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return Facts(Edition(write_edition(tmp_path_factory.mktemp("store"))))


def test_withheld_figures_are_not_said_to_be_unknown(tmp_path: Path) -> None:
    edition = Edition(write_edition(tmp_path, n_segments=3, indicators=("irregular_crossings",)))
    whole = edition.forecast
    blank = {name: whole[name] * np.nan for name in ("reason_counts", "reference")}
    withheld = whole["history"].isel(nationality=0, drop=True) >= 0
    edition.__dict__["forecast"] = whole.assign(**blank, withheld=withheld)
    facts = Facts(edition)
    row = facts.row("total")
    assert row is not None
    assert attribution_sentence(facts, row).text.startswith("Figures of the last four weeks are withheld here")
    edition.__dict__["forecast"] = whole.assign(**blank, withheld=withheld & False)
    assert attribution_sentence(facts, row).text.startswith("No figure of the last four weeks is known")


def test_rise_names_what_speaks_for_it_and_what_against() -> None:
    found = make_attribution(season=18.0, neighbours=11.0, common=5.0, level=-4.0)
    assert said(found, upstream=["MKD-SRB"]) == (
        "Expected to rise by about 30 % in week 49 (from 30 Nov), against the last four weeks: mostly the season "
        "(+18 %) and the flow upstream at MKD-SRB (+11 %); its own level (−4 %) speaks against it."
    )


def test_fall_names_what_pulls_it_down() -> None:
    assert said(make_attribution(level=-40.0, season=6.0, volatility=4.0), freq="M", horizon=1) == (
        "Expected to fall by about 30 % in November 2026, against the last four months: its own level (−40 %); the "
        "season (+6 %) and its unsteadiness (+4 %) speak against it."
    )


def test_one_reason_alone_is_not_said_to_be_mostly_it() -> None:
    assert said(make_attribution(level=12.0)).endswith("against the last four weeks: its own level (+12 %).")


def test_change_of_a_few_per_cent_is_no_change_and_large_parts_stand_against_each_other() -> None:
    assert said(make_attribution(season=18.0, level=-17.0)) == (
        "Expected to stay about where it was in the last four weeks: the season (+18 %) against its own level (−17 %)."
    )


def test_nothing_is_named_when_nothing_moves() -> None:
    assert (
        said(make_attribution(season=0.4, level=0.0)) == "Expected to stay about where it was in the last four weeks."
    )


def test_equal_parts_stand_in_the_editions_order() -> None:
    found = make_attribution(level=9.0, season=9.0)
    assert [name for name, _ in worth_naming(found)] == ["level", "season"]
    assert "its own level (+9 %) and the season (+9 %)." in said(found)


def test_change_is_against_the_same_mean_as_on_page_one() -> None:
    """Ten of a hundred still come in: from 110 to 94 is 15 % fewer, and late reports are no movement."""
    text = said(make_attribution(late_reports=10.0, season=-16.0))
    assert (
        text
        == "Expected to fall by about 15 % in week 49 (from 30 Nov), against the last four weeks: the season (−15 %)."
    )


def test_place_with_small_counts_gets_words_and_no_numbers() -> None:
    text = said(make_attribution(4.0, season=6.0, level=-1.0))
    assert text == (
        "Expected to rise in week 49 (from 30 Nov), against the last four weeks: the season; its own level speaks "
        "against it."
    )


@pytest.mark.parametrize(
    ("season", "text"),
    [
        (12.0, "Expected to rise from none in the last four weeks: the season."),
        (0.2, "Expected to stay at none, as in the last four weeks."),
    ],
)
def test_place_without_counts_is_said_to_have_had_none(season: float, text: str) -> None:
    assert said(make_attribution(0.0, season=season)) == text


def test_unknown_reference_is_said_and_gives_no_reason() -> None:
    unknown = Attribution(math.nan, 30.0, {})
    assert said(unknown) == "No figure of the last four weeks is known, so no reasons for a change can be given."


def test_every_part_of_the_forecast_has_its_words() -> None:
    for part in set(DRIVERS) - {"late_reports"}:
        assert re.search(r"[a-z]", said(make_attribution(**{part: 30.0})).partition(": ")[2])
    drawn = attribution_figure(make_attribution(**dict.fromkeys(DRIVERS, 10.0)), LIGHT)
    assert len(drawn.data[0].y) == len(DRIVERS) + 1


def test_edition_without_reasons_says_nothing(facts: Facts) -> None:
    bare = Facts(facts.edition)
    bare.edition.__dict__["forecast"] = facts.edition.forecast.drop_vars(["reason_counts", "reason"])
    assert attribution_sentence(bare, facts.ranked.iloc[0]).text == ""
    del bare.edition.__dict__["forecast"]


def test_briefing_says_why_under_each_fan(facts: Facts) -> None:
    fans = [b for b in briefing_document(facts.edition).blocks if isinstance(b, Figure) and b.name.startswith("fan")]
    assert len(fans) == 3
    assert all("Expected to " in fan.caption.text for fan in fans)


def test_every_number_of_the_sentence_has_its_place_in_the_edition(facts: Facts) -> None:
    sentence = attribution_sentence(facts, facts.ranked.iloc[0])
    stated = re.findall(r"\d[\d,]* %", sentence.text)
    assert len(stated) == len(sentence.numbers) > 1
    assert {n.table for n in sentence.numbers} == {"risk", "forecast"}


def test_upstream_borders_are_those_that_the_flow_comes_from(facts: Facts) -> None:
    row = facts.row("segment:HUN-SRB-02")
    links = [Edge("MKD-SRB-01", "HUN-SRB-02", 2), Edge("BGR-SRB-02", "HUN-SRB-02", 1), Edge("HUN-SRB-02", "X", 1)]
    assert row is not None
    assert upstream_borders(facts, row, links) == ["BGR-SRB", "MKD-SRB"]
    assert upstream_borders(facts, row, []) == []


def test_bars_add_up_to_the_whole_change() -> None:
    drawn = bars(make_attribution(200.0, season=40.0, level=-6.0, common=0.7, other=0.6))
    assert [name for name, _ in drawn] == ["season", "level", "small", "together"]
    assert sum(value for _, value in drawn[:-1]) == pytest.approx(drawn[-1][1])


def test_bars_are_per_cents_of_the_reference() -> None:
    figure = attribution_figure(make_attribution(200.0, season=40.0, level=-6.0), LIGHT)
    assert list(figure.data[0].x) == pytest.approx([0.2, -0.03, 0.17])
    assert list(figure.data[0].text) == ["+20 %", "−3 %", "+17 %"]


def test_figure_is_drawn_when_nothing_moved() -> None:
    assert list(attribution_figure(make_attribution(season=0.0), LIGHT).data[0].text) == ["±0 %"]
