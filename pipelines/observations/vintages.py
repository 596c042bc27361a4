"""When a figure was known, whether it is news (design §4.1), and what its source has changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.region.region import Region
from pipelines.observations.partitions import to_coded, to_frame
from pipelines.observations.schema import CONFIRMED_SCHEMA, KEY, PERIODS
from pipelines.store.periods import day_number, day_numbers, period_ends

YOUNG_DAYS = 180  # from a figure's first day; later confirmations teach nothing that is asked
_VALUE = ("count", "missing_reason", "count_upper", "status")


def state_as_of(observations: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Fill a missing `as_of` with the end of the period plus the indicator's delay, flagged."""
    out = observations.copy()
    assumed = out["as_of"].isna()
    out["as_of_assumed"] = assumed
    delays = out["indicator"].map({i.id: i.delay_days for i in region.indicators.values()})
    due = due_days(day_numbers(out["period_start"]), out["period"].to_numpy()) + delays.fillna(0).to_numpy(int)
    out["as_of"] = out["as_of"].where(~assumed, pd.Series(due.astype("datetime64[D]"), index=out.index))
    return to_frame(to_coded(out))  # the same types as what comes back from the store


def due_days(starts: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """Last day of each period, days since 1970; what is no period (its start is the least number) is left as it is."""
    out = np.array(starts)
    for period in PERIODS:
        rows = periods == period
        if rows.any():
            days = pd.DatetimeIndex(out[rows].astype("datetime64[D]").astype("datetime64[ns]"))
            out[rows] = day_numbers(period_ends(days, period))
    return out


@dataclass(frozen=True)
class News:
    """Which rows of a delivery say something new; of all of them, when they were known."""

    new: np.ndarray  # (row,) bool
    as_of: np.ndarray  # (row,) days since 1970


def find_news(incoming: pa.Table, stored: pa.Table, *, today: date, taken_before: date | None = None) -> News:
    """The rows that say something new.

    An equal value under a new date adds nothing. A changed value whose `as_of` is only assumed takes the day of its
    ingestion, because that is when the change is first known. A file that was taken before, byte for byte, says what it
    said then: news are what the store does not hold in any vintage, dated that day. Old figures never return as the
    newest.

    Args:
        incoming: Rows with `as_of` and `as_of_assumed` filled, of one source.
        stored: What the store holds of it.
        today: Day of ingestion.
        taken_before: Day on which the same file was taken first.
    """
    columns = list(dict.fromkeys([*KEY, "as_of", "as_of_assumed", *_VALUE]))
    both = pa.concat_tables([stored.select(columns), incoming.select(columns)]).unify_dictionaries().combine_chunks()
    figure, is_new = figure_codes(both), np.arange(len(both)) >= len(stored)
    as_of = both.column("as_of").cast(pa.int32()).to_numpy().astype(np.int64)
    order = np.argsort(figure, kind="stable")
    begins = np.flatnonzero(np.diff(figure[order], prepend=-1))
    held = np.empty(len(both), dtype=bool)  # whether the store has the figure: its rows come first
    held[order] = np.repeat(~is_new[order][begins], np.diff(begins, append=len(both)))
    as_of[is_new & held & both.column("as_of_assumed").to_numpy()] = day_number(taken_before or today)
    order = np.lexsort((as_of, figure))
    before = np.r_[order[:1], order[:-1]]
    same = figure[order] == figure[before]
    same[:1] = False
    for name in _VALUE:
        value = _value_codes(both.column(name))
        same &= value[order] == value[before]
    news = np.empty(len(both), dtype=bool)
    news[order] = ~same
    if taken_before is not None:
        value = figure_codes(both, (*KEY, *_VALUE))
        news &= ~np.isin(value, value[: len(stored)])
    return News(news[len(stored) :], as_of[len(stored) :])


def figure_codes(rows: pa.Table, columns: Sequence[str] = KEY) -> np.ndarray:
    """A number for each row that rows of the same figure share, int64; texts must have one dictionary a column."""
    code, size = np.zeros(len(rows), dtype=np.int64), 1
    for name in columns:
        if rows.column(name).null_count == len(rows):
            continue
        values, distinct = _column_codes(rows.column(name))
        if distinct <= 1:
            continue
        if size > 2**62 // distinct:
            code = np.unique(code, return_inverse=True)[1]
            size = int(code.max(initial=0)) + 1
        code *= distinct
        code += values
        size *= distinct
    return code


def repeated(code: np.ndarray) -> bool:
    """Whether a code stands for two rows."""
    if not len(code) or (code[1:] > code[:-1]).all():
        return False
    low, high = int(code.min()), int(code.max())
    if high - low > 16 * len(code) + 2**20:
        ordered = np.sort(code)
        return bool((ordered[1:] == ordered[:-1]).any())
    seen = np.zeros(high - low + 1, dtype=bool)
    seen[code - low] = True
    return int(np.count_nonzero(seen)) < len(code)


def _column_codes(column: pa.ChunkedArray) -> tuple[np.ndarray, int]:
    """Codes from 0 of a column's values (a gap is a value), and how many there may be."""
    column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        known = len(column.dictionary)
        index = column.indices.fill_null(known) if column.null_count else column.indices
        return index.to_numpy(), known + bool(column.null_count)
    if pa.types.is_date(column.type) and not column.null_count:
        days = column.cast(pa.int32()).to_numpy()
        return days - days.min(), int(days.max()) - int(days.min()) + 1
    codes, distinct = pd.factorize(column.to_numpy(zero_copy_only=False), use_na_sentinel=False)
    return codes, len(distinct)


def _value_codes(column: pa.ChunkedArray) -> np.ndarray:
    """Values that are equal where the figures are; a gap equals a gap."""
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return column.cast(pa.float64()).fill_null(-1.0).to_numpy()
    return _column_codes(column)[0]


def known_by(observations: pd.DataFrame, region: Region, day: pd.Timestamp) -> pd.DataFrame:
    """The vintages known on a day, and the first one of figures that were due but whose vintages are all later.

    Args:
        observations: All vintages.
        region: The pack, for the indicators' delays.
        day: The day of knowledge.
    """
    seen = observations["as_of"] <= day
    if seen.all():
        return observations
    later = observations[~seen].sort_values("as_of", kind="stable").drop_duplicates(list(KEY))
    known = pd.concat([observations[seen], later]).drop_duplicates(list(KEY), keep="first")
    due = state_as_of(later.assign(as_of=pd.NaT), region)["as_of"] <= day
    stand_ins = later[due.to_numpy() & later.index.isin(known.index)]
    return pd.concat([observations[seen], stand_ins]).sort_index()


def confirmations(incoming: pa.Table, news: np.ndarray) -> pa.Table:
    """Which unchanged figures a report told again, while they were young enough to be revised.

    Args:
        incoming: Rows offered, `as_of` filled.
        news: Which of them were new, bool.

    Returns:
        Columns of `CONFIRMED_SCHEMA`. A day of knowledge that is only assumed confirms nothing.
    """
    known, start = (incoming.column(c).cast(pa.int32()).to_numpy() for c in ("as_of", "period_start"))
    again = ~news & ~incoming.column("as_of_assumed").to_numpy() & (known - start <= YOUNG_DAYS)
    return incoming.select(CONFIRMED_SCHEMA.names).filter(pa.array(again))


def revised_between(observations: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    """Figures known on both days whose value differs, the largest change first.

    Args:
        observations: Canonical table with all vintages.
        first: The earlier day of knowledge.
        last: The later one.

    Returns:
        The columns of the key, `count_before, as_of_before, count_after, as_of_after, change` (NaN where one of the
        two counts is missing).
    """
    before, after = (_known_on(observations, day) for day in (first, last))
    both = before.join(after, lsuffix="_before", rsuffix="_after", how="inner").reset_index()
    left, right = both["count_before"], both["count_after"]
    differs = ~((left == right) | (left.isna() & right.isna()))
    out = both.assign(change=right - left)[differs]  # in this order: an empty table would take the column's rows
    order = out["change"].abs().fillna(np.inf).sort_values(ascending=False, kind="stable").index
    columns = [*KEY, "count_before", "as_of_before", "count_after", "as_of_after", "change"]
    return out.loc[order, columns].reset_index(drop=True)


def revision_summary(observations: pd.DataFrame) -> list[dict[str, Any]]:
    """Per source and indicator: figures, how many were revised, and by how much between first and last telling.

    `median_relative_change` has a sign (a bias of first figures), `median_relative_size` has none, `largest_change` is
    in counts.
    """
    ordered = observations.sort_values("as_of", kind="stable")
    code = ordered.groupby(list(KEY), dropna=False, sort=False, observed=True).ngroup().to_numpy()
    figures = ordered.drop_duplicates(list(KEY))[["source", "indicator", "count"]].rename(columns={"count": "first"})
    last = np.zeros(len(figures))
    last[code] = ordered["count"].to_numpy(dtype=float)  # a later vintage overwrites, also by "taken back"
    figures = figures.assign(last=last, size=np.bincount(code, minlength=len(figures)))
    return [
        _revisions_of(source, indicator, rows) for (source, indicator), rows in figures.groupby(["source", "indicator"])
    ]


def _revisions_of(source: str, indicator: str, figures: pd.DataFrame) -> dict[str, Any]:
    revised = figures[figures["size"] > 1]
    change = revised["last"] - revised["first"]
    relative = (change / revised["first"]).replace([np.inf, -np.inf], np.nan).dropna()
    changes = change.dropna()
    return {
        "source": source,
        "indicator": indicator,
        "figures": len(figures),
        "revised": len(revised),
        "median_relative_change": float(relative.median()) if len(relative) else None,
        "median_relative_size": float(relative.abs().median()) if len(relative) else None,
        "largest_change": float(changes.loc[changes.abs().idxmax()]) if len(changes) else None,
    }


def _known_on(observations: pd.DataFrame, day: date) -> pd.DataFrame:
    seen = observations[observations["as_of"] <= pd.Timestamp(day)].sort_values("as_of", kind="stable")
    newest = seen.drop_duplicates(list(KEY), keep="last")
    index = pd.MultiIndex.from_frame(newest[list(KEY)].astype(object).where(newest[list(KEY)].notna(), None))
    return pd.DataFrame({c: newest[c].to_numpy() for c in ("count", "as_of")}, index=index)
