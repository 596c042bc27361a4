"""What the key judgements say where a figure is none, small, level with another, or no better than a simple method."""

from pathlib import Path

import numpy as np
import pytest

from dashboards.briefing.judgements import key_judgements
from dashboards.edition_view.facts import Facts
from tests.unit.dashboards.briefing.test_briefing_document import changed


def test_judgement_claims_no_likelihood_when_there_is_no_capacity(tmp_path: Path) -> None:
    columns = {
        "exceedance_probability": np.nan,
        "capacity": np.nan,
        "pressure_band": "high",
        "surge_probability": np.nan,
    }
    first = key_judgements(Facts(changed(tmp_path, **columns)))[0]
    assert "relative to its own last years" in first.statement.text
    assert "likely" not in first.statement.text


@pytest.mark.parametrize(
    ("last", "share", "told"),
    [
        (0.0, 1.0, "Why none: none was counted there in the last four months."),
        (2.0, 1.0, "Why none: so few were counted there of late that none is as likely as not."),
        (np.nan, 0.4, "and earlier ones were few; 40 % of the last 24 months was reported."),
    ],
)
def test_judgement_of_none_says_why(tmp_path: Path, last: float, share: float, told: str) -> None:
    edition = changed(tmp_path, q10=0.0, q50=0.0, q90=0.0, last_mean=last, reported_share=share)
    assert told in key_judgements(Facts(edition))[1].statement.text


@pytest.mark.parametrize(("base", "said"), [(100.0, "Pressure eases: 0"), (0.4, "below the last four months")])
def test_judgement_gives_no_per_cent_of_a_count_that_is_not_printed(tmp_path: Path, base: float, said: str) -> None:
    edition = changed(tmp_path, q10=0.0, q50=0.0, q90=1.0, last_mean=base, trend_percent=-100.0)
    whole = key_judgements(Facts(edition))[1]
    assert said in whole.statement.text
    assert ("100 % below" in whole.statement.text + whole.evidence.text) is (base == 100.0)


def test_judgement_names_the_tie_when_two_points_stand_level(tmp_path: Path) -> None:
    columns = {"exceedance_probability": 0.61, "pressure_band": "very_high"}
    first = key_judgements(Facts(changed(tmp_path, **columns)))[0]
    assert "stands level with it" in first.evidence.text


def test_judgement_has_low_confidence_and_says_no_better_when_no_model_was_better(tmp_path: Path) -> None:
    first = key_judgements(Facts(changed(tmp_path, no_better=True)))[0]
    assert first.confidence.text.startswith("Analytical confidence: low.")
    assert "no better than a simple method" in first.evidence.text


def test_judgement_reads_well_when_a_place_is_named_by_its_ends(tmp_path: Path) -> None:
    first = key_judgements(Facts(changed(tmp_path, name="between Alpha and Beta")))[0]
    assert "detections between Alpha and Beta exceed" in first.statement.text
