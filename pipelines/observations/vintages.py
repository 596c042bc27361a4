"""When a figure was known, and whether it is news (design §4.1)."""

from datetime import date

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
        mine = assumed & (out["period"] == period)
        ends = period_ends(out.loc[mine, "period_start"], str(period))
        out.loc[mine, "as_of"] = ends + pd.to_timedelta(delays[mine].to_numpy(), unit="D")
    return _canonical(out)


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
    told = observations["as_of"] <= day
    if told.all():
        return observations
    later = observations[~told].sort_values("as_of", kind="stable").drop_duplicates(list(KEY))
    known = pd.concat([observations[told], later]).drop_duplicates(list(KEY), keep="first")
    due = state_as_of(later.assign(as_of=pd.NaT), region)["as_of"] <= day
    stand_ins = later[due.to_numpy() & later.index.isin(known.index)]
    return pd.concat([observations[told], stand_ins]).sort_index()


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


def _canonical(table: pd.DataFrame) -> pd.DataFrame:
    """The same types as what comes back from the store, so that values compare."""
    return _arrow(table).to_pandas(date_as_object=False)


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
