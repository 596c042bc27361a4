"""A block's rows added up, what one Dask task does: totals by place and day with their vintages, and nationalities."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from distributed import Future

from geo.region.region import Region
from pipelines.grid.group_totals import Adder, GroupSums, Knowledge, Vintages, add_up, reason_codes
from pipelines.grid.row_blocks import CodedRows, RowBlock, RowSeries, read_block
from pipelines.observations.schema import TOTAL, UNKNOWN

FIGURE = ("series", "figure", "nationality", "start", "end", "as_of", "assumed", "count", "missing", "draft", "lacking")
Table = dict[str, np.ndarray]
_DENSE = 8  # codes a row, up to which a table of all codes is faster than a list of those that occur


@dataclass(frozen=True)
class NationalitySums:
    """What was known of single nationalities of a block, by series and period; entries of shape (entry,)."""

    edges: tuple[int, ...]  # first day of each period and the day after the last, days since 1970
    names: tuple[RowSeries, ...]
    nationalities: tuple[str, ...]  # TOTAL first
    key: np.ndarray  # (series × periods + period) × nationalities + nationality, ascending
    count: np.ndarray

    @property
    def a_series(self) -> int:
        """How many keys a series has."""
        return (len(self.edges) - 1) * len(self.nationalities)

    def of(self, indicator: str) -> "NationalitySums":
        """The series of one indicator."""
        mine = np.array([n.indicator == indicator for n in self.names])
        ends = np.arange(len(mine) + 1, dtype=np.int64) * self.a_series
        size = np.diff(np.searchsorted(self.key, ends.astype(self.key.dtype)))  # keys lie by series
        chosen = np.repeat(mine, size)
        shift = (np.flatnonzero(mine) - np.arange(mine.sum())) * self.a_series  # as others before it go
        key = self.key[chosen] - np.repeat(shift, size[mine]).astype(self.key.dtype)
        names = tuple(n for n in self.names if n.indicator == indicator)
        return replace(self, names=names, key=key, count=self.count[chosen])


@dataclass(frozen=True)
class BlockSums:
    """Where the sums of one indicator of a block are."""

    indicator: str
    first: int  # first day of the block
    end: int  # the day after its last
    sums: Future  # of `NationalitySums`


@dataclass(frozen=True)
class BlockFigures:
    """What a block's rows say."""

    figures: Table  # columns `FIGURE`: totals (nationality 0) and single nationalities that were asked for
    names: tuple[RowSeries, ...]
    nationalities: tuple[str, ...]
    others: pa.Table  # rows that are not added up here
    sums: NationalitySums | None
    negative_rest: float  # by how much nationalities exceed their published totals


@dataclass(frozen=True)
class AddedUp:
    """What blocks of a store say, put together."""

    figures: pd.DataFrame  # columns `FIGURE`
    series: tuple[RowSeries, ...]
    nationalities: tuple[str, ...]  # TOTAL first
    negative_rest: float = 0.0


NOTHING_ADDED = AddedUp(pd.DataFrame(columns=list(FIGURE)), (), ())


@dataclass(frozen=True)
class _Groups:
    """What one source says of one indicator, place and day."""

    codes: Sequence[np.ndarray]  # (row,) of each piece
    series: np.ndarray  # (group,)
    day: np.ndarray  # (group,) since 1970
    due: np.ndarray  # (group,) day from which it is known, if not before

    @property
    def size(self) -> int:
        """How many there are, with those that no row names."""
        return len(self.series)


@dataclass(frozen=True)
class _Standing:
    """The rows that stand on the day of knowledge, and what their groups say by them."""

    pieces: Sequence[CodedRows]
    codes: Sequence[np.ndarray]
    rest: np.ndarray  # (group,) of a published total over its nationalities


def block_figures(
    block: RowBlock, region: Region, *, known: Knowledge, nationalities: bool = True, alone: Sequence[str] = ()
) -> BlockFigures:
    """Add a block up.

    Args:
        block: Periods and partitions.
        region: The pack.
        known: What counts as known, for the nationalities' sums and the stand-ins of vintages.
        nationalities: Whether the nationalities' sums are wanted.
        alone: Nationalities whose own figures are wanted, with their vintages.
    """
    pieces, others = read_block(block, region)
    if not pieces:
        return BlockFigures({c: np.zeros(0, np.int64) for c in FIGURE}, (), (TOTAL,), others, None, 0.0)
    groups = _grouped(pieces, block, region)
    table, standing, mixed = _told_at_once(pieces, groups, known)
    labels = pieces[0]
    tables, stands = [_whole_periods(table, block, labels.names, known)], [standing]
    if mixed.any():
        table, standing = _told_in_parts(pieces, groups, mixed, known)
        tables.append(table)
        stands.append(standing)
    tables += [_alone(pieces, groups, o) for o in alone if o in labels.nationalities]
    figures = {c: np.concatenate([t[c] for t in tables]) if len(tables) > 1 else tables[0][c] for c in FIGURE}
    sums = None
    if nationalities and len(labels.nationalities) > 1:
        sums = _by_nationality(stands, groups, block, labels)
    negative = float(-sum(s.rest[s.rest < 0].sum() for s in stands))
    return BlockFigures(figures, labels.names, labels.nationalities, others, sums, negative)


def _grouped(pieces: Sequence[CodedRows], block: RowBlock, region: Region) -> _Groups:
    """Groups by series and day; points of a segment are one, unless totals, nationalities or gaps meet there."""
    names = pieces[0].names
    first, days = block.edges[0], block.edges[-1] - block.edges[0]
    delay = np.array([region.indicators[n.indicator].delay_days for n in names], np.int64)
    codes = [p.code for p in pieces]
    size = len(names) * days
    series, offset = np.divmod(np.arange(size), days)
    if _has_delicate_points(pieces):
        rows = CodedRows.joined(pieces)
        table = pd.DataFrame({"code": np.concatenate(codes), "lon": rows.lon, "lat": rows.lat})
        grouped = table.groupby(["code", "lon", "lat"], dropna=False, sort=True)
        found, firsts = grouped.ngroup().to_numpy(np.int64), grouped["code"].first().to_numpy()
        series, offset = series[firsts], offset[firsts]
        codes = np.split(found, np.cumsum([len(p) for p in pieces])[:-1])
    elif size > _DENSE * sum(len(p) for p in pieces) + 1000:
        seen, found = np.unique(np.concatenate(codes), return_inverse=True)
        series, offset = series[seen], offset[seen]
        codes = np.split(found, np.cumsum([len(p) for p in pieces])[:-1])
    day = first + offset
    return _Groups(tuple(codes), series, day, day + delay[series])


def _has_delicate_points(pieces: Sequence[CodedRows]) -> bool:
    points = np.array([n.place_kind == "point" for n in pieces[0].names], dtype=bool)
    if not points.any():
        return False
    seen: set[bool] = set()
    for piece in pieces:
        some = points[piece.series]
        if piece.missing[some].any():
            return True
        seen |= set((piece.nationality[some] == 0).tolist())
    return len(seen) > 1


def _told_at_once(
    pieces: Sequence[CodedRows], groups: _Groups, known: Knowledge
) -> tuple[Table, _Standing, np.ndarray]:
    """Groups all of whose rows became known together: one state each; and which ones did not."""
    adder = Adder(groups.size)
    for piece, code in zip(pieces, groups.codes, strict=True):
        adder.add(piece, code, due=groups.due)
    sums, mixed = adder.sums(), adder.mixed
    told = sums.told & ~mixed
    seen = told
    if known.day is not None:
        in_time = sums.as_of <= known.day
        if not known.strict:
            in_time |= groups.due <= known.day
        seen = told & in_time & (groups.day <= known.day)
    standing = _Standing(pieces, groups.codes, np.where(seen, sums.rest, 0.0))
    if seen.sum() < sums.told.sum():
        chosen = [seen[code] for code in groups.codes]
        standing = _Standing(
            [p.only(c) for p, c in zip(pieces, chosen, strict=True)],
            [code[c] for code, c in zip(groups.codes, chosen, strict=True)],
            np.where(seen, sums.rest, 0.0),
        )
    at = np.flatnonzero(told)
    return _table(sums.only(at), groups, at), standing, mixed


def _told_in_parts(
    pieces: Sequence[CodedRows], groups: _Groups, mixed: np.ndarray, known: Knowledge
) -> tuple[Table, _Standing]:
    """Groups that have several states: one for each day on which a row of them became known."""
    told = _vintages(pieces, groups, [mixed[code] for code in groups.codes])
    at = told.events(strict=known.strict)
    position, event = told.known(at, strict=known.strict)
    states = add_up(told.rows.only(position), event, len(at))
    table = _table(replace(states, as_of=at["day"].to_numpy()), groups, at["group"].to_numpy())
    day = np.iinfo(np.int32).max if known.day is None else known.day
    last = np.unique(told.group)
    last = last[groups.day[last] <= day]
    position, event = told.known(pd.DataFrame({"group": last, "day": day}), strict=known.strict)
    now = told.rows.only(position)
    rest = np.zeros(groups.size)
    rest[last] = add_up(now, event, len(last)).rest
    return table, _Standing([now], [last[event]], rest)


def _vintages(pieces: Sequence[CodedRows], groups: _Groups, chosen: Sequence[np.ndarray]) -> Vintages:
    """The vintages of some rows of each piece."""
    rows = CodedRows.joined([p.only(c) for p, c in zip(pieces, chosen, strict=True)])
    group = np.concatenate([code[c] for code, c in zip(groups.codes, chosen, strict=True)])
    return Vintages.of(rows, group, groups.due[group])


def _table(sums: GroupSums, groups: _Groups, group: np.ndarray) -> Table:
    """States of groups as figures of single days."""
    return {
        "series": groups.series[group],
        "figure": group,
        "nationality": np.zeros(len(group), np.int64),
        "start": groups.day[group],
        "end": groups.day[group],
        "as_of": sums.as_of,
        "assumed": sums.assumed,
        "count": sums.count,
        "missing": reason_codes(sums.missing),
        "draft": sums.draft.astype(np.int64),
        "lacking": sums.lacking,
    }


def _whole_periods(table: Table, block: RowBlock, names: Sequence[RowSeries], known: Knowledge) -> Table:
    """A period whose days were all told, each once and on a day that is only assumed, becomes one figure.

    Nothing is lost by it: such days teach the nowcast nothing, and whoever asks at the end of a period or later knows
    all of them or none. Where any day of the indicator and period is a lower bound, its days stay as they are.

    Args:
        table: Figures of single days by series and day.
        block: The block.
        names: What series mean.
        known: The day of knowledge.
    """
    if not len(table["start"]):
        return table
    edges = np.array(block.edges)
    periods = len(edges) - 1
    period = np.searchsorted(edges, table["start"], side="right") - 1
    indicators = {name: code for code, name in enumerate(sorted({n.indicator for n in names}))}
    of_series = np.array([indicators[n.indicator] for n in names], np.int64)
    where = of_series[table["series"]] * periods + period
    bound = np.zeros(len(indicators) * periods, dtype=bool)
    bound[where[table["lacking"] | (np.isnan(table["count"]) & (table["missing"] > 0))]] = True
    clean = table["assumed"] & (table["missing"] == 0) & ~bound[where]
    if known.day is not None:  # some of a period's days may be known, and others not yet
        clean &= np.maximum(table["as_of"], edges[period + 1] - 1) <= known.day
    at = table["series"] * periods + period
    first = np.flatnonzero(np.r_[True, at[1:] != at[:-1]])
    whole = np.logical_and.reduceat(clean, first) & (np.diff(np.r_[first, len(at)]) == np.diff(edges)[period[first]])
    whole &= table["start"][np.r_[first[1:], len(at)] - 1] - table["start"][first] + 1 == np.diff(edges)[period[first]]
    if not whole.any():
        return table
    joins = np.repeat(whole, np.diff(np.r_[first, len(at)]))
    sums = {c: np.maximum.reduceat(v, first) if c != "count" else np.add.reduceat(v, first) for c, v in table.items()}
    sums["start"] = table["start"][first]
    order = np.argsort(np.concatenate([table["figure"][~joins], sums["figure"][whole]]), kind="stable")
    return {c: np.concatenate([v[~joins], sums[c][whole]])[order] for c, v in table.items()}


def _alone(pieces: Sequence[CodedRows], groups: _Groups, nationality: str) -> Table:
    """The figures of one nationality with their vintages."""
    code = pieces[0].nationalities.index(nationality)
    told = _vintages(pieces, groups, [p.nationality == code for p in pieces])
    mine = told.rows
    return {
        "series": groups.series[told.group],
        "figure": (code << 40) + told.figure,
        "nationality": np.full(len(mine), code),
        "start": groups.day[told.group],
        "end": groups.day[told.group],
        "as_of": mine.as_of.astype(np.int64),
        "assumed": mine.assumed,
        "count": mine.count,
        "missing": reason_codes(mine.missing),
        "draft": mine.draft.astype(np.int64),
        "lacking": np.zeros(len(mine), dtype=bool),
    }


def _by_nationality(
    stands: Sequence[_Standing], groups: _Groups, block: RowBlock, labels: CodedRows
) -> NationalitySums:
    """Sums by series, period and nationality of the rows that stand; a positive rest of a total is `UNK`."""
    nationalities = labels.nationalities
    if UNKNOWN not in nationalities:
        nationalities = (*nationalities, UNKNOWN)
    edges, width = np.array(block.edges), len(nationalities)
    periods = len(edges) - 1
    period = np.searchsorted(edges, groups.day, side="right") - 1
    base = (groups.series * periods + period) * width
    size = len(labels.names) * periods * width
    entries = []
    for s in stands:
        over = np.flatnonzero(s.rest > 0)
        entries.append((base[over] + nationalities.index(UNKNOWN), s.rest[over]))
        for piece, code in zip(s.pieces, s.codes, strict=True):
            key, count = base[code], piece.count
            key += piece.nationality
            if piece.with_totals or piece.missing.strides != (0,) or piece.missing[:1].any():
                own = (piece.nationality > 0) & ~np.isnan(count)
                key, count = key[own], count[own]
            entries.append((key, count))
    sums: np.ndarray
    if size > _DENSE * sum(len(k) for k, _ in entries) + 1000:
        seen, key = np.unique(np.concatenate([k for k, _ in entries]), return_inverse=True)
        sums = np.bincount(key, np.concatenate([c for _, c in entries]), len(seen))
    else:
        sums, told = np.zeros(size), np.zeros(size, dtype=bool)
        for key, count in entries:
            np.add.at(sums, key, count)
            told[key] = True
        seen = np.flatnonzero(told)
        sums = sums[seen]
    kind = np.int32 if size < np.iinfo(np.int32).max else np.int64
    return NationalitySums(block.edges, labels.names, nationalities, seen.astype(kind), sums)
