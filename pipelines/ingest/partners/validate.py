"""Validate a partner's forecasts; a file with one wrong row is refused as a whole, and each reason is told."""

from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches

import numpy as np
import pandas as pd

from forecasting.base.contracts import QUANTILE_LEVELS
from forecasting.base.quantile_functions import MIN_LEVELS
from geo.region.region import Region
from geo.region.units import location_of, unit_table
from pipelines.ingest.door.ingest import reasons_of
from pipelines.ingest.partners.read_hub import HubFile
from pipelines.observations.schema import TOTAL, DataRefusedError
from pipelines.store.periods import period_ends, period_starts, target_starts

MAX_HORIZON = 52
TASK = ["target", "location", "horizon"]
KEPT = ["origin_date", *TASK, "level", "value"]
_REASONS_SHOWN = 8
_TOLERANCE = 1e-9  # of levels, which some write as 0.30000000000000004


def validated(table: pd.DataFrame, file: HubFile, region: Region, *, today: date) -> pd.DataFrame:
    """The quantiles of a hub file, once every row is what the hub's rules and the region's pack allow.

    Args:
        table: `read_hub_file`.
        file: Its name says origin date, team and model.
        region: Targets are its indicators, locations its units (a segment without its prefix).
        today: No origin date lies later.

    Returns:
        Columns `origin_date, target, location, horizon, level, value`, sorted by task and level.

    Raises:
        DataRefusedError: names the file, and each reason with the number of rows and the first of them.
    """
    table = table.assign(level=_nearest_level(table["output_type_id"]))
    reasons = pd.Series("", index=table.index, dtype=object)
    for reason, wrong in _row_checks(table, file, region, pd.Timestamp(today)):
        reasons[wrong & (reasons == "")] = reason
    if (reasons == "").all():
        for reason, wrong in _task_checks(table):
            reasons[wrong & (reasons == "")] = reason
    bad = reasons != ""
    if bad.any():
        raise _refusal(file, table.loc[bad, "line"], reasons[bad], rows=len(table))
    return table.sort_values([*TASK, "level"], ignore_index=True)[KEPT]


def _refusal(file: HubFile, lines: pd.Series, reasons: pd.Series, *, rows: int) -> DataRefusedError:
    told = reasons_of(pd.DataFrame({"reason": reasons, "line": lines}))
    shown = [f"{n:,} × {reason} (first in row {line:,})" for reason, n, line in told[:_REASONS_SHOWN]]
    more = f"; and {len(told) - _REASONS_SHOWN} more reasons" if len(told) > _REASONS_SHOWN else ""
    return DataRefusedError(
        f"{file.path.name}: expected hub quantiles, {len(lines):,} of {rows:,} rows are not: {'; '.join(shown)}{more}. "
        "Nothing of it was taken. Ask the partner to mend it."
    )


def _row_checks(
    table: pd.DataFrame, file: HubFile, region: Region, today: pd.Timestamp
) -> Iterator[tuple[str, pd.Series]]:
    origin, value, horizon = table["origin_date"], table["value"], table["horizon"]
    yield "output_type is not 'quantile', the only one that is read", table["output_type"] != "quantile"
    yield "origin_date is no date (expected YYYY-MM-DD)", origin.isna()
    yield f"origin_date is not {file.origin_date}, as the file's name says", origin != pd.Timestamp(file.origin_date)
    first = "a Monday" if region.freq == "W" else "the first of a month"
    yield f"origin_date is not {first}", origin.to_numpy() != period_starts(origin, region.freq).to_numpy()
    yield "origin_date lies in the future", origin > today
    yield from _unknown("target", table["target"], list(region.indicators))
    yield from _unknown("location", table["location"], [location_of(u) for u in unit_table(region)["unit"]])
    if "nationality" in table:
        yield f"nationality is not {TOTAL}, the only one that is forecast", table["nationality"] != TOTAL
    yield f"horizon is no whole number from 1 to {MAX_HORIZON}", ~horizon.isin(range(1, MAX_HORIZON + 1))
    yield "target_end_date is no date (expected YYYY-MM-DD)", table["target_end_date"].isna()
    yield "target_end_date is not the last day of origin_date's period + horizon", _wrong_end(table, file, region)
    yield "output_type_id is none of the 23 levels (0.01, 0.025, 0.05, … 0.95, 0.975, 0.99)", table["level"].isna()
    yield "value is no finite number", ~np.isfinite(value)
    yield "value is negative", value < 0


def _unknown(what: str, names: pd.Series, known: list[str]) -> Iterator[tuple[str, pd.Series]]:
    for name in dict.fromkeys(names):
        if name not in known:
            near = get_close_matches(name, known, n=3)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            yield f"unknown {what} '{name}'{hint}", names == name


def _wrong_end(table: pd.DataFrame, file: HubFile, region: Region) -> pd.Series:
    ends = period_ends(target_starts(pd.Timestamp(file.origin_date), MAX_HORIZON, region.freq), region.freq)
    expected = table["horizon"].map({h + 1.0: end for h, end in enumerate(ends)})
    return expected.notna() & (table["target_end_date"] != expected)


def _task_checks(table: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """What the quantiles of one forecast must be together; the row is the one that breaks it."""
    yield "the same quantile stands in the file twice", table.duplicated([*TASK, "level"], keep="first")
    ordered = table.sort_values([*TASK, "level"])
    falls = ordered.groupby(TASK, sort=False)["value"].diff() < 0
    yield "value is lower than that of the level before", falls.reindex(table.index)
    levels = table.groupby(TASK)["level"]
    few = levels.transform("nunique") < MIN_LEVELS
    yield f"fewer than {MIN_LEVELS} levels for this target, location and horizon", few
    one_sided = (levels.transform("min") >= 0.5) | (levels.transform("max") <= 0.5)
    yield "the levels for this target, location and horizon lie on one side of the median only", one_sided


def _nearest_level(given: pd.Series) -> np.ndarray:
    levels, values = np.array(QUANTILE_LEVELS), given.to_numpy()
    nearest = levels[np.searchsorted(levels, values - _TOLERANCE).clip(max=len(levels) - 1)]
    return np.where(np.abs(nearest - values) <= _TOLERANCE, nearest, np.nan)
