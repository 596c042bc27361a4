"""What people stated, held against an edition: what came, whose ranges held, errors beside model and baseline."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboards.edition_view.facts import Facts
from dashboards.edition_view.shared_tables import PEOPLE
from pipelines.observations.schema import TOTAL
from records.judgements import StatedJudgement

PROMISED = 0.8  # of the range from 10 to 90 %
ENOUGH = 5  # outcomes; of fewer nothing is said in words
LEAN = 0.1  # by which the mean rank of what came may miss a half, and still lean to neither side
KEYS = ["location", "horizon", "origin_date"]


class Calibration(NamedTuple):
    """How an owner's ranges did."""

    outcomes: int
    inside: float  # share of outcomes from 10 to 90 %
    above: float  # share above the middle; one at it counts half
    ranges: str  # "wide", "narrow", "right", "few"
    leaning: str  # "high", "low", "even", "few"


def settled_counts(facts: Facts) -> pd.Series:
    """What came of the indicator by (unit, period): as reported, without what the nowcast still completes."""
    one = facts.edition.forecast[["history", "nowcast"]].sel(indicator=facts.indicator, nationality=TOTAL)
    table = one.to_dataframe()[["history", "nowcast"]].reorder_levels(["unit", "time"]).dropna()
    return table["history"][table["history"].round() == table["nowcast"].round()]


def outcome(settled: pd.Series, one: StatedJudgement) -> float:
    """What came of one judgement's period (of `settled_counts`); NaN while it is not known."""
    return float(settled.get((one.unit, pd.Timestamp(one.period)), float("nan")))


def held(one: StatedJudgement, came: float) -> str:
    """Where what came lay: "inside", "below" or "above" the range, or still "open"."""
    if not np.isfinite(came):
        return "open"
    return "below" if came < one.q10 else "above" if came > one.q90 else "inside"


def calibration(stated: Sequence[tuple[StatedJudgement, float]]) -> Calibration | None:
    """How ranges did against what came (NaN: not known yet); None where nothing is known."""
    known = [(j, came) for j, came in stated if np.isfinite(came)]
    if not known:
        return None
    inside = float(np.mean([held(j, came) == "inside" for j, came in known]))
    above = float(np.mean([(came > j.q50) + 0.5 * (came == j.q50) for j, came in known]))
    return Calibration(len(known), inside, above, _ranges(inside, len(known)), leaning(above, len(known)))


def _ranges(inside: float, n: int) -> str:
    """What the share inside says, by two standard errors of a range that keeps its promise."""
    if n < ENOUGH:
        return "few"
    spare = 2 * np.sqrt(PROMISED * (1 - PROMISED) / n)
    return "narrow" if inside < PROMISED - spare else "wide" if inside > PROMISED + spare else "right"


def leaning(rank: float, n: int) -> str:
    """Which way expectations err, by the mean rank of what came among them (share above the middle does as well).

    >>> leaning(0.2, 10), leaning(0.8, 10), leaning(0.55, 10), leaning(0.8, 4)
    ('high', 'low', 'even', 'few')
    """
    if n < ENOUGH:
        return "few"
    return "high" if rank < 0.5 - LEAN else "low" if rank > 0.5 + LEAN else "even"


def record(scores: pd.DataFrame) -> pd.DataFrame:
    """One row per judgement member, the best first, each beside model and baseline on the very same forecasts.

    Args:
        scores: Rows of an edition's scores of one indicator, those of people's judgements among them.

    Returns:
        Columns `member, error, ours` (mean WIS of log counts ÷ the baseline's), `covered_50, covered_95, leaning, n`.
    """
    known = scores.dropna(subset=["wis_log1p"])
    ours, base = (known[known["model"].eq(m)].set_index(KEYS)["wis_log1p"] for m in ("routecast", "baseline"))
    rows = []
    for member, own in known[known["model"].str.startswith(PEOPLE)].groupby("model"):
        both = own.join(ours.rename("ours"), on=KEYS).join(base.rename("base"), on=KEYS).dropna(subset=["ours", "base"])
        if len(both) and both["base"].mean() > 0:
            means, n = both[["wis_log1p", "ours", "base", "covered_50", "covered_95", "mid_rank"]].mean(), len(both)
            ratios = (means["wis_log1p"] / means["base"], means["ours"] / means["base"])
            told = (means["covered_50"], means["covered_95"], leaning(means["mid_rank"], n), n)
            rows.append((str(member), *ratios, *told))
    columns = ["member", "error", "ours", "covered_50", "covered_95", "leaning", "n"]
    return pd.DataFrame(rows, columns=columns).sort_values("error", ignore_index=True)


def weights(facts: Facts) -> dict[tuple[str, str, pd.Timestamp], float]:
    """(member, unit, first day of the period) → weight in the published median of the indicator."""
    table = facts.edition.table("judged")
    if table.empty:
        return {}
    mine = table[table["indicator"].eq(facts.indicator)]
    starts = facts.edition.forecast["target_start"].to_series()
    return {
        (str(r.member), str(r.unit), pd.Timestamp(starts[r.horizon])): float(r.weight)
        for r in mine.itertuples(index=False)
    }
