"""Page four, first half: how past forecasts did, with the largest misses named."""

import pandas as pd

from dashboards.briefing.judgements import FEW_CUTOFFS
from dashboards.briefing.model import Block, Bullets, Figure, Heading, Paragraph
from dashboards.briefing.tables import Column, table_of
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Number, Sentence, say, summary
from dashboards.figures.svg.fan import past_chart
from dashboards.wording import briefing as s, formats as words

N_MISSES = 3
MIN_DRAWN = 4  # forecasts, for a chart to show more than the sentences
MODELS = ("routecast", "baseline")
KEYS = ["location", "horizon", "origin_date"]


def record_blocks(facts: Facts) -> list[Block]:
    """Skill, coverage, misses and one chart from the edition's backtest."""
    heading = Heading(s.H_RECORD, "record")
    pairs = paired_scores(facts)
    if pairs.empty:
        return [heading, Paragraph(Sentence(s.RECORD_NONE))]
    leads = {1, facts.horizon, 6, int(pairs["horizon"].max())} & set(pairs["horizon"])
    caption = s.RECORD_CAPTION.format(level=facts.level, indicator=facts.indicator_name(facts.indicator).lower())
    table = table_of(facts, caption, BY_LEAD, [pairs[pairs["horizon"].eq(h)] for h in sorted(leads)])
    past = past_forecasts(facts)
    return [heading, Paragraph(_record(facts, pairs)), table, *_misses(facts, past), *_past_figure(facts, past)]


def paired_scores(facts: Facts) -> pd.DataFrame:
    """Scores of `routecast` and the baseline for the ranked units, one row per forecast that both made."""
    of_ranked = facts.scores[facts.scores["location"].isin(set(facts.ranked["unit"].map(location)))]
    ours, base = (of_ranked[of_ranked["model"].eq(m)] for m in MODELS)
    return ours.merge(base[[*KEYS, "wis_log1p"]], on=KEYS, suffixes=("", "_baseline")).dropna(subset=["wis_log1p"])


def location(unit: str) -> str:
    """A unit's location in scores and backtest (design §4.4): a segment's without its prefix."""
    return unit.removeprefix("segment:")


def skill_ratio(pairs: pd.DataFrame) -> float:
    """Mean WIS of log counts against the baseline's over the same forecasts."""
    base = float(pairs["wis_log1p_baseline"].mean())
    return float(pairs["wis_log1p"].mean()) / base if base > 0 else float("nan")


def _ratio(pairs: pd.DataFrame, **where: int) -> Number:
    return summary(words.ratio(skill_ratio(pairs)), "scores", "skill ratio", **where)


def _covered(pairs: pd.DataFrame, column: str, **where: int) -> Number:
    return summary(words.share(float(pairs[column].mean())), "scores", f"mean of {column}", **where)


def _lead(pairs: pd.DataFrame) -> int:
    return int(pairs["horizon"].iloc[0])


BY_LEAD = (
    Column("Ahead", lambda facts, p: facts.periods(_lead(p)), width=1.2),
    Column("Error against the baseline", lambda _, p: _ratio(p, horizon=_lead(p)), right=True, width=2.2),
    Column("50 % range held", lambda _, p: _covered(p, "covered_50", horizon=_lead(p)), right=True, width=1.8),
    Column("95 % range held", lambda _, p: _covered(p, "covered_95", horizon=_lead(p)), right=True, width=1.8),
    Column("Forecasts", lambda _, p: f"{len(p):,}", right=True, width=1.2),
)


def _record(facts: Facts, pairs: pd.DataFrame) -> Sentence:
    cutoffs = words.counted(facts.n_cutoffs, "past cutoff")
    text = say(s.RECORD_FEW, cutoffs=cutoffs) if facts.n_cutoffs < FEW_CUTOFFS else Sentence("")
    c95, c50 = (_covered(pairs, f"covered_{level}") for level in (95, 50))
    text += say(s.RECORD, cutoffs=summary(cutoffs, "scores", "cutoffs"), ratio=_ratio(pairs), c95=c95, c50=c50)
    return text + Sentence(s.RECORD_PSEUDO) if pairs["vintages"].eq("pseudo").any() else text


def past_forecasts(facts: Facts) -> pd.DataFrame:
    """The backtest's forecasts of the ranked units at the lead time whose outcome is known."""
    past = facts.backtest
    units = past["location"].map({location(u): u for u in facts.ranked["unit"]})
    chosen = past["horizon"].eq(facts.horizon) & units.notna()
    known = past.assign(unit=units, target_start=pd.to_datetime(past["target_start"]))[chosen]
    return known.dropna(subset=["observed", "q50"])


def largest_misses(past: pd.DataFrame) -> pd.DataFrame:
    """Outcomes outside their 95 % range as printed, the furthest from the median first, each unit once."""
    low, high = (past[c].map(words.two_figures) for c in ("q025", "q975"))
    outside = past[(past["observed"] < low) | (past["observed"] > high)]
    by_size = outside.assign(distance=(outside["observed"] - outside["q50"]).abs())
    ordered = by_size.sort_values(["distance", "unit", "target_start"], ascending=[False, True, True])
    return ordered.drop_duplicates("unit").head(N_MISSES)


def _misses(facts: Facts, past: pd.DataFrame) -> list[Block]:
    if past.empty:
        return []
    misses = largest_misses(past)
    if misses.empty:
        return [Paragraph(say(s.MISSES_NONE, n=len(past), ahead=facts.ahead))]
    items = tuple(_miss(facts, row) for _, row in misses.iterrows())
    return [Paragraph(say(s.MISSES, ahead=facts.ahead)), Bullets(items)]


def _miss(facts: Facts, row: pd.Series) -> Sentence:
    unit = facts.ranked[facts.ranked["unit"].eq(row["unit"])].iloc[0]
    where = (
        ("indicator", facts.indicator),
        ("location", str(row["location"])),
        ("horizon", facts.horizon),
        ("origin_date", f"{pd.Timestamp(row['origin_date']):%Y-%m-%d}"),
    )
    return say(
        s.MISS,
        place=facts.place(unit),
        period=facts.period(row["target_start"]),
        interval=Number(words.ends(row["q025"], row["q975"]), "backtest", where, ("q025", "q975"), words.ends),
        ahead=facts.ahead,
        observed=Number(words.count(row["observed"]), "backtest", where, ("observed",), words.count),
    )


def _past_figure(facts: Facts, past: pd.DataFrame) -> list[Block]:
    for _, row in facts.ranked.iterrows():
        drawn = past[past["unit"].eq(row["unit"])].sort_values("target_start")
        if len(drawn) >= MIN_DRAWN:
            one = facts.edition.forecast.sel(indicator=facts.indicator, nationality="TOTAL", unit=row["unit"])
            place = facts.place_with_direction(row)
            alt = s.PAST_ALT.format(place=place, n=words.counted(len(drawn), "forecast"))
            caption = say(s.PAST_CAPTION, place=place, ahead=facts.ahead)
            return [Figure("past", past_chart(facts, drawn, one["history"].to_series()), alt, caption)]
    return []
