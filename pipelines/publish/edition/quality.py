"""The quality report of an edition: sources, coverage, quarantine, anomalies, nowcast, and where the counts went."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from forecasting.adjust.nowcast import MIN_PAIRS
from geo.region.region import Region
from pipelines.grid.cube import BuiltCube, totals
from pipelines.grid.nowcast import MAX_AGE_DAYS, AgeClass
from pipelines.grid.unit_histories import FULL_COVERAGE
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.schema import KEY, MISSING_REASONS
from pipelines.observations.vintages import known_by, revision_summary
from pipelines.publish.edition.tables import REPORT_PERIODS
from pipelines.store.periods import period_ends

# anomalies
JUMP_SCORE = 5.0  # robust standard deviations of the changes from one period to the next
MIN_CHANGE = 20.0  # counts; smaller ones are the noise of small places
SHIFT_FACTOR = 2.0
SHIFT_SCORE = 4.0
WINDOW = 8  # periods on either side of a level shift
_TO_SD = 1.4826  # median absolute deviation to standard deviation of a normal
NEWEST_STEPS = 52  # between a source's figures, by which its usual silence goes
# why recent figures of a source are completed or left as they were reported
COMPLETED = "completed"
ASSUMED = "as reported: on which day they were known is only assumed"
FEW = "as reported: too few earlier figures of their age were told again"
NOT_NEARER = "as reported: completing has not brought earlier ones nearer to their final counts"


def quality_report(
    built: BuiltCube,
    observations: pd.DataFrame,
    quarantine: pd.DataFrame,
    *,
    region: Region,
    origin_date: pd.Timestamp,
    as_of: pd.Timestamp,
) -> dict[str, Any]:
    """Machine-readable quality of what the edition rests on; every list in a fixed order.

    Args:
        built: The cube and its account.
        observations: All vintages; those that were not known on `as_of` are left out.
        quarantine: Refused rows.
        region: The pack.
        origin_date: First day of the last period that the edition sees.
        as_of: The day of knowledge.
    """
    observations = known_by(observations, region, as_of)
    cube = built.cube.sel(time=slice(None, origin_date))
    return {
        "sources": _sources(observations, as_of),
        "segments": segment_reports(cube, region),
        "anomalies": _anomalies(cube, region),
        "quarantine": _quarantine(quarantine),
        "unallocated": built.unallocated.sort_values(["indicator", "reason"]).to_dict("records"),
        "conservation": _conservation(built, quarantine),
        "revisions": revision_summary(observations),
        "nowcast": nowcast_classes(built.nowcast),
        "nowcast_sources": nowcast_sources(observations, built.nowcast, as_of),
        "censored": _censored(observations),
        "nationalities_above_total": built.negative_rest,
    }


def _sources(observations: pd.DataFrame, as_of: pd.Timestamp) -> list[dict[str, Any]]:
    found = []
    for (source, indicator), rows in observations.groupby(["source", "indicator"], sort=True):
        provider = SOURCES.get(str(source))
        found.append(
            {
                "source": source,
                "indicator": indicator,
                "rows": len(rows),
                "first": _day(rows["period_start"].min()),
                "last": _day(rows["period_start"].max()),
                "as_of_newest": _day(rows["as_of"].max()),
                "silent_days": int((as_of - rows["as_of"].max()).days),  # when the edition's newest figure was known
                "as_of_assumed_share": float(rows["as_of_assumed"].mean()),
                "usual_silence_days": usual_silence(rows),
                **delays(rows),
                "absence": provider.absence if provider else "missing",
                "description": provider.description if provider else "",
                "licence": provider.licence if provider else "",
            }
        )
    return found


def usual_silence(figures: pd.DataFrame) -> int:
    """Days within which a source is usually heard again: the step of its figures and their delay; past that it is late.

    The step is the one from a figure's period to the next: the period's length, or more where figures of events do not
    come for every day.

    >>> weeks = pd.date_range("2026-08-03", "2026-11-16", freq="7D")
    >>> usual_silence(pd.DataFrame({"period_start": weeks, "period": "W", "as_of": weeks, "as_of_assumed": True}))
    7
    """
    starts = figures["period_start"].drop_duplicates().sort_values().tail(NEWEST_STEPS + 1)
    steps = starts.diff().dt.days.dropna()
    newest = figures.loc[[figures["period_start"].idxmax()]]
    length = int((_ends(newest) - newest["period_start"]).dt.days.iloc[0]) + 1
    return int(max(length, steps.quantile(0.9) if len(steps) else 0) + (delays(figures)["delay_days_90"] or 0))


def delays(figures: pd.DataFrame) -> dict[str, float | None]:
    """Days from the end of a period to the first report of it, of the newest 1,000 figures with a real date.

    Of a period that was over before the source's first report nobody knows when it was first told: it is left out.
    """
    dated = figures[~figures["as_of_assumed"]].sort_values("as_of").drop_duplicates(list(KEY))
    days = (dated["as_of"] - _ends(dated)).dt.days
    days = days[dated["as_of"] - pd.to_timedelta(days, unit="D") >= dated["as_of"].min()].tail(1000)
    if days.empty:
        return {"delay_days_median": None, "delay_days_90": None}
    return {"delay_days_median": float(days.median()), "delay_days_90": float(days.quantile(0.9))}


def _anomalies(cube: xr.Dataset, region: Region) -> list[dict[str, Any]]:
    """Sudden jumps and level shifts of the last year, per (segment, indicator); cells of a segment together."""
    counts, names = totals(cube).to_numpy(), cube["segment"].to_numpy()
    counts = np.where(cube["coverage"].to_numpy() >= FULL_COVERAGE, counts, np.nan)
    times, recent = pd.DatetimeIndex(cube["time"].to_numpy()), REPORT_PERIODS[region.freq]
    found = []
    for segment in sorted(set(names)):
        for i, indicator in enumerate(cube["indicator"].to_numpy()):
            cells = counts[i, names == segment]
            known = cells[~np.isnan(cells).all(axis=1)]
            flags = flag_anomalies(known.sum(axis=0), times, recent=recent) if len(known) else []
            found += [{"segment": str(segment), "indicator": str(indicator), **flag} for flag in flags]
    return found


def segment_reports(cube: xr.Dataset, region: Region) -> list[dict[str, Any]]:
    """Per (segment, indicator): share of the last year reported, last period reported, share spread by weights.

    Partners and the public get these shares too: all are of figures, whatever was counted, for a share of counts would
    give sums of withheld ones away.
    """
    recent = cube.isel(time=slice(-REPORT_PERIODS[region.freq], None))
    told = ~np.isnan(totals(cube).to_numpy())
    told_lately = told[..., -recent.sizes["time"] :]
    spread = (recent["allocated"].to_numpy() > 0) & told_lately
    names = cube["segment"].to_numpy()
    found = []
    for segment in sorted(set(names)):
        cells = np.flatnonzero(names == segment)
        for i, indicator in enumerate(cube["indicator"].to_numpy()):
            known = told[i, cells].any(axis=0)
            if not known.any():
                continue
            found.append(
                {
                    "segment": str(segment),
                    "indicator": str(indicator),
                    "reported_share": float(known[-REPORT_PERIODS[region.freq] :].mean()),
                    **_missing_shares(recent["missing"].to_numpy()[i, cells]),
                    "last_period": _day(cube["time"].to_numpy()[np.flatnonzero(known)[-1]]),
                    "spread_share": float(spread[i, cells].sum() / max(told_lately[i, cells].sum(), 1)),
                }
            )
    return found


def _missing_shares(reasons: np.ndarray) -> dict[str, float]:
    """Share of the last year's (cell, period) that is missing, by stated reason."""
    return {f"{name}_share": float((reasons == code).mean()) for code, name in enumerate(MISSING_REASONS, start=1)}


def _censored(observations: pd.DataFrame) -> list[dict[str, Any]]:
    """Figures of which only an upper bound is known, as last told; they count as unknown and never as zero."""
    newest = _newest(observations)
    hidden = newest[newest["count"].isna() & newest["count_upper"].notna()]
    return [
        {"source": source, "indicator": indicator, "figures": len(rows), "at_most": int(rows["count_upper"].sum())}
        for (source, indicator), rows in hidden.groupby(["source", "indicator"], sort=True)
    ]


def _conservation(built: BuiltCube, quarantine: pd.DataFrame) -> list[dict[str, Any]]:
    """The account by indicator, with how many rows were refused and of how many of them the count can't be read."""
    found = []
    for entry in built.conservation:
        refused = quarantine.loc[quarantine["indicator"].fillna("") == entry.indicator, "count"]
        rows = {"refused_rows": len(refused), "unreadable_rows": int(refused.isna().sum())}
        found.append({**asdict(entry), **rows})
    return found


def _quarantine(quarantine: pd.DataFrame) -> list[dict[str, Any]]:
    if quarantine.empty:
        return []
    grouped = quarantine.groupby(["source", "reason"], sort=True)["count"]
    table = grouped.agg(rows="size", count="sum").reset_index()
    return table.to_dict("records")


def _newest(observations: pd.DataFrame) -> pd.DataFrame:
    """Every figure as last told."""
    return observations.sort_values("as_of", kind="stable").drop_duplicates(list(KEY), keep="last")


def _ends(figures: pd.DataFrame) -> pd.Series:
    """Last day of each figure's period, by row."""
    groups = figures.groupby("period", sort=False)
    ends = [pd.Series(period_ends(g["period_start"], str(p)), g.index) for p, g in groups]
    return pd.concat(ends).reindex(figures.index) if ends else pd.Series(dtype="datetime64[ns]")


def _day(value: object) -> str:
    return f"{pd.Timestamp(value):%Y-%m-%d}"


def flag_anomalies(counts: np.ndarray, times: pd.DatetimeIndex, *, recent: int) -> list[dict[str, Any]]:
    """Jumps and the largest level shift of one series.

    A jump is a change of log1p counts beyond `JUMP_SCORE` robust standard deviations (median absolute deviation) of the
    series' changes. A level shift is a change of the median over `WINDOW` periods by `SHIFT_FACTOR` at least
    and by `SHIFT_SCORE` times the spread within the two windows.

    Args:
        counts: Reported counts (time,), NaN unknown.
        times: First days of the periods.
        recent: How many of the newest periods are looked at.

    Returns:
        `kind, period, before, after`, oldest first.
    """
    logs = np.log1p(counts)
    first = max(len(counts) - recent, 1)
    changes = np.diff(logs)
    spread = max(_TO_SD * _median(np.abs(changes - _median(changes))), 0.1)
    jumps = [
        _flag("jump", times[t], counts[t - 1], counts[t])
        for t in range(first, len(counts))
        if abs(changes[t - 1]) > JUMP_SCORE * spread and abs(counts[t] - counts[t - 1]) >= MIN_CHANGE
    ]
    return [*jumps, *_level_shift(counts, times, first=first)]


def _level_shift(counts: np.ndarray, times: pd.DatetimeIndex, *, first: int) -> list[dict[str, Any]]:
    at = np.arange(max(first, WINDOW), len(counts) - WINDOW + 1)
    if not len(at):
        return []
    windows = np.lib.stride_tricks.sliding_window_view(np.log1p(counts), WINDOW)
    before, after = windows[at - WINDOW], windows[at]
    told = [np.isnan(w).sum(axis=1) <= WINDOW // 4 for w in (before, after)]
    old, new = _medians(before), _medians(after)
    within = np.hstack([np.abs(before - old[:, None]), np.abs(after - new[:, None])])
    step = np.abs(new - old)
    score = step / np.maximum(_TO_SD * _medians(within), 0.1)
    counted = np.abs(np.expm1(new) - np.expm1(old)) >= MIN_CHANGE
    shifted = told[0] & told[1] & counted & (step >= np.log(SHIFT_FACTOR)) & (score >= SHIFT_SCORE)
    if not shifted.any():
        return []
    t = int(at[np.where(shifted, score, -np.inf).argmax()])
    return [_flag("level shift", times[t], _median(counts[t - WINDOW : t]), _median(counts[t : t + WINDOW]))]


def _medians(windows: np.ndarray) -> np.ndarray:
    """Median of what is known in each window (window, period), 0 where nothing is."""
    ordered, known = np.sort(windows, axis=1), np.isfinite(windows).sum(axis=1)  # unknown ones go last
    row = np.arange(len(windows))
    middle = (
        ordered[row, np.maximum(known - 1, 0) // 2] + ordered[row, np.minimum(known // 2, windows.shape[1] - 1)]
    ) / 2
    return np.where(known > 0, middle, 0.0)


def _median(values: np.ndarray) -> float:
    return float(_medians(values[None])[0]) if len(values) else 0.0


def _flag(kind: str, period: pd.Timestamp, before: float, after: float) -> dict[str, Any]:
    return {"kind": kind, "period": f"{period:%Y-%m-%d}", "before": float(before), "after": float(after)}


def nowcast_classes(classes: Sequence[AgeClass]) -> list[dict[str, Any]]:
    """Per class of recent figures: how complete they usually are, whether they are completed, and what it saves."""
    return [
        {
            "source": c.source,
            "indicator": c.indicator,
            "told_after_days": c.told_after_days,
            "age_days": c.age_days,
            "figures": c.figures,
            "earlier": c.completion.pairs,
            "usual_share": c.completion.share,
            "completed": c.completion.strength is not None,
            "error_saved": c.completion.gain,
        }
        for c in classes
        if c.completion.pairs
    ]


def nowcast_sources(
    observations: pd.DataFrame, classes: Sequence[AgeClass], as_of: pd.Timestamp
) -> list[dict[str, Any]]:
    """Per source and indicator with recent figures: how many, how many of them are completed, and if none, why.

    Args:
        observations: All vintages known on the day.
        classes: What the nowcast looked at.
        as_of: The day of knowledge.
    """
    newest = _newest(observations)
    newest = newest[newest["count"].notna()]
    recent = newest[(as_of - _ends(newest)).dt.days.between(0, MAX_AGE_DAYS)]
    report = []
    for (source, indicator), figures in recent.groupby(["source", "indicator"], sort=True):
        looked_at = [c for c in classes if (c.source, c.indicator) == (source, indicator)]
        done = sum(c.figures for c in looked_at if c.completion.strength is not None)
        report.append(
            {
                "source": source,
                "indicator": indicator,
                "figures": len(figures),
                "completed": done,
                "outcome": _outcome(looked_at, done, dated=bool((~figures["as_of_assumed"]).any())),
            }
        )
    return report


def _outcome(looked_at: Sequence[AgeClass], done: int, *, dated: bool) -> str:
    if done:
        return COMPLETED
    if not dated:
        return ASSUMED
    return NOT_NEARER if any(c.completion.pairs >= MIN_PAIRS for c in looked_at) else FEW
