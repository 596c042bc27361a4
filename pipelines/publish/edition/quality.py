"""The quality report of an edition: sources, coverage, quarantine, and where the counts went."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from geo.region.region import Region
from pipelines.grid.cube import BuiltCube, totals
from pipelines.grid.histories.unit_history import FULL_COVERAGE
from pipelines.ingest.sources.registry import SOURCES
from pipelines.observations.revisions import revision_summary
from pipelines.observations.schema import KEY, MISSING_REASONS
from pipelines.observations.vintages import known_by
from pipelines.publish.edition.anomalies import flag_anomalies
from pipelines.publish.edition.nowcast_report import nowcast_classes, nowcast_sources
from pipelines.store.periods import period_ends

REPORT_PERIODS = {"W": 52, "M": 24}


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
    return {
        "sources": _sources(observations, as_of),
        "segments": _segments(built.cube.sel(time=slice(None, origin_date)), region),
        "anomalies": _anomalies(built.cube.sel(time=slice(None, origin_date)), region),
        "quarantine": _quarantine(quarantine),
        "unallocated": _records(built.unallocated.sort_values(["indicator", "reason"])),
        "conservation": [asdict(entry) for entry in built.conservation],
        "revisions": revision_summary(observations),
        "nowcast": nowcast_classes(built.nowcast),
        "nowcast_sources": nowcast_sources(observations, built.nowcast, as_of),
        "censored": _censored(observations),
        "nationalities_above_total": built.negative_rest,
    }


def _sources(observations: pd.DataFrame, as_of: pd.Timestamp) -> list[dict[str, Any]]:
    found = []
    for (source, indicator), mine in observations.groupby(["source", "indicator"], sort=True):
        module = SOURCES.get(str(source))
        found.append(
            {
                "source": source,
                "indicator": indicator,
                "rows": len(mine),
                "first": _day(mine["period_start"].min()),
                "last": _day(mine["period_start"].max()),
                "as_of_newest": _day(mine["as_of"].max()),
                "silent_days": int((as_of - mine["as_of"].max()).days),  # when the edition's newest figure was known
                "as_of_assumed_share": float(mine["as_of_assumed"].mean()),
                **_delays(mine),
                "absence": module.ABSENCE if module else "missing",
                "description": module.DESCRIPTION if module else "",
                "licence": getattr(module, "LICENCE", "") if module else "",
            }
        )
    return found


def _delays(figures: pd.DataFrame) -> dict[str, float | None]:
    """Days from the end of a period to the first report of it, of the newest 1,000 figures with a real date.

    Of a period that was over before the source's first report nobody knows when it was first told: it is left out.
    """
    dated = figures[~figures["as_of_assumed"]].sort_values("as_of").drop_duplicates(list(KEY))
    groups = dated.groupby("period", sort=False)
    ends = [pd.Series(period_ends(g["period_start"], str(p)), g.index) for p, g in groups]
    days = (dated["as_of"] - pd.concat(ends)).dt.days if ends else pd.Series(dtype=float)
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
            mine = counts[i, names == segment]
            known = mine[~np.isnan(mine).all(axis=1)]
            flags = flag_anomalies(known.sum(axis=0), times, recent=recent) if len(known) else []
            found += [{"segment": str(segment), "indicator": str(indicator), **flag} for flag in flags]
    return found


def _segments(cube: xr.Dataset, region: Region) -> list[dict[str, Any]]:
    """Per (segment, indicator): share of the last year reported, last period reported, share spread by weights."""
    recent = cube.isel(time=slice(-REPORT_PERIODS[region.freq], None))
    counts = totals(cube).to_numpy()
    spread = recent["allocated"].to_numpy() * np.nan_to_num(totals(recent).to_numpy())
    names = cube["segment"].to_numpy()
    found = []
    for segment in sorted(set(names)):
        cells = np.flatnonzero(names == segment)
        for i, indicator in enumerate(cube["indicator"].to_numpy()):
            known = ~np.isnan(counts[i, cells]).all(axis=0)
            if not known.any():
                continue
            total = float(np.nansum(totals(recent).to_numpy()[i, cells]))
            found.append(
                {
                    "segment": str(segment),
                    "indicator": str(indicator),
                    "reported_share": float(known[-REPORT_PERIODS[region.freq] :].mean()),
                    **_missing_shares(recent["missing"].to_numpy()[i, cells]),
                    "last_period": _day(cube["time"].to_numpy()[np.flatnonzero(known)[-1]]),
                    "spread_share": float(spread[i, cells].sum() / total) if total > 0 else 0.0,
                }
            )
    return found


def _missing_shares(reasons: np.ndarray) -> dict[str, float]:
    """Share of the last year's (cell, period) that is missing, by stated reason."""
    return {f"{name}_share": float((reasons == code).mean()) for code, name in enumerate(MISSING_REASONS, start=1)}


def _censored(observations: pd.DataFrame) -> list[dict[str, Any]]:
    """Figures of which only an upper bound is known, as last told; they count as unknown and never as zero."""
    newest = observations.sort_values("as_of", kind="stable").drop_duplicates(list(KEY), keep="last")
    hidden = newest[newest["count"].isna() & newest["count_upper"].notna()]
    return [
        {"source": source, "indicator": indicator, "figures": len(mine), "at_most": int(mine["count_upper"].sum())}
        for (source, indicator), mine in hidden.groupby(["source", "indicator"], sort=True)
    ]


def _quarantine(quarantine: pd.DataFrame) -> list[dict[str, Any]]:
    if quarantine.empty:
        return []
    grouped = quarantine.groupby(["source", "reason"], sort=True)["count"]
    table = grouped.agg(rows="size", count="sum").reset_index()
    return _records(table)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _day(value: object) -> str:
    return f"{pd.Timestamp(value):%Y-%m-%d}"
