"""Judgements as members: from the day they were known, for what they speak of, groups by their median."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from pipelines.forecasts.judgement_members import judgement_weights, judgements_digest, with_judgements
from pipelines.forecasts.member_tasks import AtCutoff
from records.judgements import StatedJudgement
from tests.regions import make_region
from tests.unit.pipelines.ingest.test_partners import cutoff

REGION = make_region()
CUTOFF = "2026-11-09"  # its week ends on the 15th
ANA = StatedJudgement("irregular_crossings", "segment:a-1", date(2026, 11, 23), 5, 9, 20, "why", "ana")


def stated(day: int, one: StatedJudgement = ANA) -> StatedJudgement:
    return replace(one, at=datetime(2026, 11, day, 23, 59, tzinfo=UTC))


def members(at: AtCutoff) -> list[str]:
    return [str(m) for m in at.members.quantiles["member"].to_numpy()]


def spoken(at: AtCutoff, name: str = "ana") -> np.ndarray:
    """What a judgement says at 10, 50 and 90 % (horizon, quantile)."""
    mine = at.members.quantiles.sel(member=f"judgement:{name}", unit="segment:a-1")
    return mine.sel(quantile=[0.1, 0.5, 0.9], method="nearest").to_numpy()


def test_it_speaks_for_its_unit_and_period_alone_with_all_levels() -> None:
    (at,) = with_judgements([cutoff(CUTOFF)], [stated(12)], REGION)
    assert members(at) == ["baseline", "judgement:ana"]
    np.testing.assert_allclose(spoken(at)[1], [5, 9, 20])
    assert np.isnan(spoken(at)[[0, 2]]).all()
    assert np.isnan(at.members.quantiles.sel(member="judgement:ana", unit="total")).all()
    assert np.isfinite(at.members.quantiles.sel(member="judgement:ana", unit="segment:a-1", horizon=2)).all()
    (other,) = with_judgements([cutoff(CUTOFF, "smuggling_cases")], [stated(12)], REGION)
    assert members(other) == ["baseline"]


def test_nothing_known_later_than_the_cutoff_enters() -> None:
    delay = REGION.indicators["irregular_crossings"].delay_days
    last_day = (pd.Timestamp("2026-11-15") + pd.Timedelta(days=delay)).day
    for day, heard in ((last_day, True), (last_day + 1, False)):
        (at,) = with_judgements([cutoff(CUTOFF)], [stated(day)], REGION)
        assert ("judgement:ana" in members(at)) is heard
    changed = [stated(last_day), stated(last_day + 1, replace(ANA, q50=19.0))]
    (at,) = with_judgements([cutoff(CUTOFF)], changed, REGION)
    assert spoken(at)[1][1] == pytest.approx(9.0)


def test_the_runs_own_cutoff_knows_all_that_was_stated_by_its_day() -> None:
    changed = [stated(12), stated(25, replace(ANA, q50=19.0))]
    past, now = with_judgements(
        [cutoff("2026-11-09"), cutoff("2026-11-16")], changed, REGION, live=pd.Timestamp("2026-11-16")
    )
    assert spoken(past)[1][1] == pytest.approx(9.0)
    assert spoken(now)[0][1] == pytest.approx(19.0)


def test_period_that_the_cutoff_has_seen_is_not_spoken_of() -> None:
    (at,) = with_judgements([cutoff("2026-11-23")], [stated(12)], REGION)
    assert members(at) == ["baseline"]


def test_group_is_the_median_of_its_members_last_words() -> None:
    desk = [
        stated(10, replace(ANA, owner=owner, group="desk", q10=low, q50=mid, q90=high))
        for owner, low, mid, high in (("ana", 1, 2, 3), ("ana", 4, 9, 30), ("ben", 6, 12, 14), ("eva", 8, 10, 20))
    ]
    (at,) = with_judgements([cutoff(CUTOFF)], desk, REGION)
    assert members(at) == ["baseline", "judgement:desk"]
    np.testing.assert_allclose(spoken(at, "desk")[1], [6, 10, 20])


def test_without_judgements_nothing_is_touched() -> None:
    at = cutoff(CUTOFF)
    assert with_judgements([at], [], REGION)[0] is at
    assert judgements_digest([]) == {}
    assert judgement_weights(at.members.quantiles, at.members.quantiles.sel(quantile=0.5)).empty


def test_weights_are_told_for_what_was_spoken_of() -> None:
    (at,) = with_judgements([cutoff(CUTOFF)], [stated(12)], REGION)
    quantiles = at.members.quantiles
    shares = quantiles.sel(quantile=0.5, drop=True) * 0 + 0.25
    assert judgement_weights(quantiles, shares).to_dict("records") == [
        {"member": "judgement:ana", "unit": "segment:a-1", "horizon": 2, "weight": 0.25}
    ]
    assert judgements_digest([stated(12)]) != judgements_digest([stated(13)])
