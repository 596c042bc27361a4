"""What the rows of a delivery say together, and what of it is new to the store: all of it, or a group of periods.

Rows are compared by whole numbers; only the few that meet others go through the rules of `whole_figures`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from geo.region.region import Region
from pipelines.ingest.door.whole_figures import LOST, REFUSED, lost_parts, mended, settle_copies
from pipelines.observations.partitions import (
    CODED,
    Partition,
    between,
    days_of,
    joined,
    read_partitions,
    to_coded,
    to_frame,
)
from pipelines.observations.schema import KEY
from pipelines.observations.vintages import confirmations, figure_codes, find_news, repeated, state_as_of

FIGURE = (*KEY, "as_of", "as_of_assumed")
LINED = pa.schema([*CODED, pa.field("line", pa.int64())])  # rows with their line in the file; 0 = added by the door
_GROUP = tuple(k for k in KEY if k != "nationality")  # one figure over all nationalities


_KINDS = dict.fromkeys(REFUSED, "object") | dict.fromkeys(("count", "lon", "lat"), "float64")
_KINDS |= {"line": "int64", "lost": "bool", "as_of": "datetime64[ns]", "period_start": "datetime64[ns]"}
_NONE_REFUSED = pd.DataFrame({c: pd.Series(dtype=kind) for c, kind in _KINDS.items()})


@dataclass(frozen=True)
class Delivered:
    """What is known of a delivery."""

    region: Region
    today: date
    unread: tuple[str, ...] = ()  # phrases of what of it was not read
    taken_before: date | None = None  # the day on which the same file was taken first


@dataclass(frozen=True)
class Settled:
    """What became of rows that passed the checks one by one."""

    news: pa.Table  # `CODED`
    confirmed: pa.Table
    rejected: pd.DataFrame  # `REFUSED`: what stood against each other
    accepted: int  # rows of the file among the news
    offered: int  # rows of the file that could have been news
    unchanged: bool  # whether all rows are news, as they came


def settle(rows: pa.Table, refused: pd.DataFrame, stored: Sequence[Partition], about: Delivered) -> Settled:
    """Refuse what contradicts itself, say what lacks a part, and find what is new.

    Args:
        rows: `LINED`, of one source; all of a delivery's rows of the figures in it.
        refused: Rows that were refused one by one, `REFUSED`.
        stored: Where the store may hold figures of the source.
        about: Of the delivery.
    """
    rows, contradicting = _without_copies(rows, about)
    settled = _with_lost_parts(rows, join_refused([refused, contradicting]), about)
    days = days_of(settled) if len(settled) else (0, -1)
    held = [p for p in stored if len(settled) and p.touches(*days)]
    before = between(read_partitions(held), *days) if held else CODED.empty_table()
    settled = _with_mended(settled, before)
    incoming, told = settled.select(CODED.names), settled.column("line").to_numpy() > 0
    offered, untouched = int(told.sum()), settled is rows and contradicting.empty
    if not len(before):
        nothing = confirmations(incoming, np.ones(len(incoming), dtype=bool))
        return Settled(incoming, nothing, contradicting, offered, offered, unchanged=untouched)
    found = find_news(incoming, before, today=about.today, taken_before=about.taken_before)
    same = found.new.all() and (found.as_of == incoming.column("as_of").cast(pa.int32()).to_numpy()).all()
    dates = pa.array(found.as_of.astype(np.int32)).cast(pa.date32())
    dated = incoming.set_column(CODED.get_field_index("as_of"), CODED.field("as_of"), dates)
    return Settled(
        news=dated.filter(pa.array(found.new)),
        confirmed=confirmations(incoming, found.new),
        rejected=contradicting,
        accepted=int((found.new & told).sum()),
        offered=offered,
        unchanged=bool(same) and untouched,
    )


def join_refused(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Refused rows (`REFUSED`) one after the other, in the order of their lines."""
    filled = [f.assign(lost=f["lost"].fillna(False).astype(bool)).astype(_KINDS) for f in frames if len(f)]
    if not filled:
        return _NONE_REFUSED.copy()
    return pd.concat(filled).sort_values("line", kind="stable", ignore_index=True)


def lined(observations: pd.DataFrame, lines: pd.Series) -> pa.Table:
    """Figures of pandas, their `as_of` filled, as rows with their lines."""
    return to_coded(observations).append_column(LINED.field("line"), pa.array(lines.to_numpy("int64")))


def _frame(rows: pa.Table) -> pd.DataFrame:
    """Rows as the rules take them: an `as_of` that is only assumed is none."""
    frame = to_frame(rows).assign(line=rows.column("line").to_numpy())
    frame["as_of"] = frame["as_of"].mask(frame["as_of_assumed"])
    kinds = {"count_upper": "Int64", "as_of": "datetime64[ns]", "period_start": "datetime64[ns]"}
    return frame.assign(as_of_assumed=False).astype(kinds)


def _replaced(rows: pa.Table, old: np.ndarray, new: pd.DataFrame, about: Delivered) -> pa.Table:
    """Rows without some, and with others after them."""
    return joined([rows.filter(pa.array(~old)), lined(state_as_of(new, about.region), new["line"])])


def _without_copies(rows: pa.Table, about: Delivered) -> tuple[pa.Table, pd.DataFrame]:
    code = figure_codes(rows, FIGURE)
    if not repeated(code):
        return rows, join_refused([])
    _, which, times = np.unique(code, return_inverse=True, return_counts=True)
    copies = times[which] > 1
    among = _frame(rows.filter(pa.array(copies))).sort_values("line", kind="stable", ignore_index=True)
    kept, refused = settle_copies(among, about.unread)
    return _replaced(rows, copies, kept, about), refused


def _with_lost_parts(rows: pa.Table, refused: pd.DataFrame, about: Delivered) -> pa.Table:
    lost = refused[refused["lost"]]
    if lost.empty:
        return rows
    theirs = lost.assign(as_of_assumed=False, count_upper=pd.NA, missing_reason=None, status="final")
    asked = to_coded(state_as_of(theirs, about.region))
    both = joined([rows.select(_GROUP), asked.select(_GROUP)])
    group = figure_codes(both, _GROUP)
    touched = np.isin(group[: len(rows)], group[len(rows) :])
    return _replaced(rows, touched, lost_parts(_frame(rows.filter(pa.array(touched))), refused), about)


def _with_mended(rows: pa.Table, stored: pa.Table) -> pa.Table:
    """Rows, and with them those that end what earlier deliveries left unknown."""
    reasons = stored.column("missing_reason").combine_chunks()
    pending = np.asarray([*reasons.dictionary.to_pylist(), None], dtype=object)[
        reasons.indices.fill_null(len(reasons.dictionary)).to_numpy()
    ]
    pending = (pending == LOST) & stored.column("count").is_null().to_numpy()
    if not pending.any():
        return rows
    both = joined([stored.select(_GROUP), rows.select(_GROUP)])
    group = figure_codes(both, _GROUP)
    touched = np.isin(group, group[: len(stored)][pending])
    ours, theirs = touched[len(stored) :], touched[: len(stored)]
    incoming = to_frame(rows.filter(pa.array(ours)))
    added = mended(incoming, to_frame(stored.filter(pa.array(theirs))))
    return joined([rows, lined(added, pd.Series(0, index=added.index))]) if len(added) else rows
