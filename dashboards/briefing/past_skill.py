"""Page four, first half: how past forecasts did, with the largest misses named."""

import pandas as pd

from dashboards.briefing.judgements import FEW_CUTOFFS, level_word, n_cutoffs
from dashboards.briefing.model import Block, Bullets, Figure, Heading, Paragraph, Table, TableCell
from dashboards.edition_view.facts import Facts, summary
from dashboards.edition_view.statements import Number, Sentence, say
from dashboards.figures.svg.fan import past_chart
from dashboards.wording import briefing as s
from dashboards.wording import formats as words

N_MISSES = 3
MIN_DRAWN = 4  # forecasts, for a chart to show more than the sentences
MODELS = ("routecast", "baseline")
KEYS = ["location", "horizon", "origin_date"]


def record_blocks(facts: Facts) -> list[Block]:
    """Skill, coverage, misses and one chart from the edition's backtest."""
    heading = Heading(s.H_RECORD)
    pairs = paired_scores(facts)
    if pairs.empty:
        return [heading, Paragraph(Sentence(s.RECORD_NONE))]
    blocks: list[Block] = [heading, Paragraph(_record(facts, pairs)), _by_lead(facts, pairs)]
    return [*blocks, *_misses(facts), *_past_figure(facts)]


def paired_scores(facts: Facts) -> pd.DataFrame:
    """Scores of `routecast` and the baseline for the ranked units, one row per forecast that both made."""
    scores = facts.edition.scores
    locations = set(facts.ranked["unit"].map(location))
    mine = scores[scores["indicator"].eq(facts.indicator) & scores["location"].isin(locations)]
    ours, base = (mine[mine["model"].eq(m)] for m in MODELS)
    return ours.merge(base[[*KEYS, "wis_log1p"]], on=KEYS, suffixes=("", "_baseline")).dropna(subset=["wis_log1p"])


def location(unit: str) -> str:
    """A unit's location in scores and backtest (design §4.4): a segment's without its prefix."""
    return unit.removeprefix("segment:")


def skill_ratio(pairs: pd.DataFrame) -> float:
    """Mean WIS of log counts against the baseline's over the same forecasts."""
    base = float(pairs["wis_log1p_baseline"].mean())
    return float(pairs["wis_log1p"].mean()) / base if base > 0 else float("nan")


def _record(facts: Facts, pairs: pd.DataFrame) -> Sentence:
    n = n_cutoffs(facts)
    cutoffs = words.counted(n, "past cutoff")
    found = Sentence("")
    if n < FEW_CUTOFFS:
        found += say(s.RECORD_FEW, cutoffs=cutoffs)
    found += say(s.RECORD, cutoffs=_of("cutoffs", cutoffs), **_figures(pairs))
    return found + Sentence(s.RECORD_PSEUDO) if pairs["vintages"].eq("pseudo").any() else found


def _figures(pairs: pd.DataFrame, **where: int) -> dict[str, Number]:
    return {
        "ratio": _of("skill ratio", words.ratio(skill_ratio(pairs)), **where),
        "c95": _of("mean of covered_95", words.share(float(pairs["covered_95"].mean())), **where),
        "c50": _of("mean of covered_50", words.share(float(pairs["covered_50"].mean())), **where),
    }


def _of(column: str, shown: str, **where: int) -> Number:
    return summary(shown, "scores", column, **where)


def _by_lead(facts: Facts, pairs: pd.DataFrame) -> Table:
    horizons = sorted(pairs["horizon"].unique())
    chosen = sorted({h for h in (1, facts.horizon, 6, max(horizons)) if h in set(horizons)})
    rows = []
    for horizon in chosen:
        mine = pairs[pairs["horizon"].eq(horizon)]
        figures = _figures(mine, horizon=int(horizon))
        cells = [TableCell(n.shown, numbers=(n,)) for n in (figures["ratio"], figures["c50"], figures["c95"])]
        rows.append((TableCell(words.periods(int(horizon), facts.freq)), *cells, TableCell(f"{len(mine):,}")))
    caption = s.RECORD_CAPTION.format(level=level_word(facts), indicator=facts.indicator_name(facts.indicator).lower())
    return Table(caption, s.RECORD_HEAD, tuple(rows), right=(1, 2, 3, 4), widths=(1.2, 2.2, 1.8, 1.8, 1.2))


def past_forecasts(facts: Facts) -> pd.DataFrame:
    """The backtest's forecasts of the ranked units at the lead time whose outcome is known."""
    past = facts.edition.backtest
    names = {location(u): u for u in facts.ranked["unit"]}
    mine = past["indicator"].eq(facts.indicator) & past["horizon"].eq(facts.horizon) & past["location"].isin(set(names))
    found = past[mine].dropna(subset=["observed", "q50"]).copy()
    return found.assign(unit=found["location"].map(names), target_start=pd.to_datetime(found["target_start"]))


def largest_misses(past: pd.DataFrame) -> pd.DataFrame:
    """Outcomes outside their 95 % range as printed, the furthest from the median first, each unit once."""
    low, high = (past[c].map(words.two_figures) for c in ("q025", "q975"))
    outside = past[(past["observed"] < low) | (past["observed"] > high)]
    by_size = outside.assign(distance=(outside["observed"] - outside["q50"]).abs())
    ordered = by_size.sort_values(["distance", "unit", "target_start"], ascending=[False, True, True])
    return ordered.drop_duplicates("unit").head(N_MISSES)


def _misses(facts: Facts) -> list[Block]:
    past = past_forecasts(facts)
    if past.empty:
        return []
    ahead = words.periods(facts.horizon, facts.freq)
    misses = largest_misses(past)
    if misses.empty:
        return [Paragraph(say(s.MISSES_NONE, n=len(past), ahead=ahead))]
    items = tuple(_miss(facts, row, ahead) for _, row in misses.iterrows())
    return [Paragraph(say(s.MISSES, ahead=ahead)), Bullets(items)]


def _miss(facts: Facts, row: pd.Series, ahead: str) -> Sentence:
    unit = facts.ranked[facts.ranked["unit"].eq(row["unit"])].iloc[0]
    where = (
        ("indicator", facts.indicator),
        ("location", str(row["location"])),
        ("horizon", facts.horizon),
        ("origin_date", f"{pd.Timestamp(row['origin_date']):%Y-%m-%d}"),
    )
    ends = Number(words.interval(row["q025"], row["q975"], 95), "backtest", where, ("q025", "q975"), "interval")
    came = Number(words.count(row["observed"]), "backtest", where, ("observed",), "count")
    day = row["target_start"]
    period = facts.period(day)
    return say(
        s.MISS, place=facts.place(unit), period=period, interval=_without_level(ends), ahead=ahead, observed=came
    )


def _without_level(ends: Number) -> Number:
    return Number(ends.shown.replace(" (95 %)", ""), ends.table, ends.where, ends.columns, ends.form)


def _past_figure(facts: Facts) -> list[Block]:
    past = past_forecasts(facts)
    for _, row in facts.ranked.iterrows():
        mine = past[past["unit"].eq(row["unit"])].sort_values("target_start")
        if len(mine) >= MIN_DRAWN:
            history = facts.edition.forecast["history"].sel(
                indicator=facts.indicator, nationality="TOTAL", unit=row["unit"]
            )
            svg = past_chart(facts, mine, history.to_series())
            place, ahead = facts.place_with_direction(row), words.periods(facts.horizon, facts.freq)
            alt = s.PAST_ALT.format(place=place, n=words.counted(len(mine), "forecast"))
            return [Figure("past", svg, alt, say(s.PAST_CAPTION, place=place, ahead=ahead))]
    return []
