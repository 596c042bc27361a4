"""When a figure was known, whether it is news (design §4.1), and what its source has changed since."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.region.region import Region
from pipelines.observations.schema import COLUMNS, CONFIRMED_SCHEMA, KEY, SCHEMA
from pipelines.store.periods import period_ends

YOUNG_DAYS = 180  # from a figure's first day; later confirmations teach nothing that is asked
_VALUE = ("count", "missing_reason", "count_upper", "status")


def state_as_of(observations: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Fill a missing `as_of` with the end of the period plus the indicator's delay, flagged."""
    out = observations.copy()
    assumed = out["as_of"].isna()
    out["as_of_assumed"] = assumed
    delays = out["indicator"].map({i.id: i.delay_days for i in region.indicators.values()})
    for period in out.loc[assumed, "period"].unique():
        rows = assumed & (out["period"] == period)
        ends = period_ends(out.loc[rows, "period_start"], str(period))
        out.loc[rows, "as_of"] = ends + pd.to_timedelta(delays[rows].to_numpy(), unit="D")
    return _arrow(out).to_pandas(date_as_object=False)  # the same types as what comes back from the store


def only_news(incoming: pd.DataFrame, stored: pd.DataFrame, *, today: date) -> pd.DataFrame:
    """The rows that say something new.

    An equal value under a new date adds nothing. A changed value whose `as_of` is only assumed takes the day of its
    ingestion, because that is when the change is first known.

    Args:
        incoming: Rows with `as_of` and `as_of_assumed` filled.
        stored: What the store holds.
        today: Day of ingestion.
    """
    if stored.empty:
        both = incoming.assign(_new=True)
    else:
        whole = pa.concat_tables([_arrow(stored), _arrow(incoming)]).to_pandas(date_as_object=False)
        both = whole.assign(_new=np.arange(len(whole)) >= len(stored))
    both["_figure"] = both.groupby(list(KEY), dropna=False, sort=False, observed=True).ngroup()
    both = _date_changes(both, pd.Timestamp(today))
    both = both.sort_values(["_figure", "as_of", "_new"], kind="stable")
    before = both.groupby("_figure")[list(_VALUE)].shift()
    first = ~both["_figure"].duplicated()
    same = np.logical_and.reduce([_equal(both[c], before[c]) for c in _VALUE])
    news = both["_new"] & (first | ~same)
    return both[news].sort_index()[list(incoming.columns)]


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


def confirmations(incoming: pd.DataFrame, news: pd.DataFrame) -> pd.DataFrame:
    """Which unchanged figures a report told again, while they were young enough to be revised.

    Args:
        incoming: Rows offered, `as_of` filled.
        news: Those of them that were new.

    Returns:
        Columns of `CONFIRMED_SCHEMA`. A day of knowledge that is only assumed confirms nothing.
    """
    again = incoming.loc[~incoming.index.isin(news.index) & ~incoming["as_of_assumed"]]
    age = again["as_of"] - again["period_start"]
    return again.loc[age <= pd.Timedelta(days=YOUNG_DAYS), CONFIRMED_SCHEMA.names].drop_duplicates()


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
    out = both[differs].assign(change=right - left)
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


def _arrow(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(table[list(COLUMNS)], schema=SCHEMA, preserve_index=False)


def _date_changes(both: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """An incoming assumed date that meets an earlier vintage of its figure becomes today."""
    held = set(both.loc[~both["_new"], "_figure"])
    revises = both["_new"] & both["as_of_assumed"] & both["_figure"].isin(held)
    return both.assign(as_of=both["as_of"].where(~revises, today))


def _equal(left: pd.Series, right: pd.Series) -> np.ndarray:
    gaps = (left.isna() & right.isna()).to_numpy()
    return gaps | (left.to_numpy() == right.to_numpy())


def _known_on(observations: pd.DataFrame, day: date) -> pd.DataFrame:
    seen = observations[observations["as_of"] <= pd.Timestamp(day)].sort_values("as_of", kind="stable")
    newest = seen.drop_duplicates(list(KEY), keep="last")
    index = pd.MultiIndex.from_frame(newest[list(KEY)].astype(object).where(newest[list(KEY)].notna(), None))
    return pd.DataFrame({c: newest[c].to_numpy() for c in ("count", "as_of")}, index=index)
