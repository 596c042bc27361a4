"""A piece of a long table checked by its distinct values: rows that stand for many go through the one set of rules.

A rule looks at few columns of a row. So where a row passes, whatever it holds in one of `GROUPS` passes in every other
row as well, and means the same there; rows of which something is not proven this way are checked one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.locate.lookup import segment_index
from geo.region.region import Region
from pipelines.ingest.door.settle import LINED, join_refused, lined
from pipelines.ingest.reading.numbers import NumberRule
from pipelines.ingest.reading.pieces import PieceRows
from pipelines.observations.partitions import joined
from pipelines.observations.schema import MAX_COUNT, Reading
from pipelines.observations.vintages import due_days, state_as_of
from pipelines.store.periods import day_numbers

# columns that rules look at together
GROUPS = (
    ("indicator",),
    ("nationality",),
    ("status",),
    ("place_kind", "place", "route", "coordinates"),
    ("period", "period_start", "as_of"),
    ("count", "missing_reason", "count_upper"),
)
_AXES = ("lon", "lat")
_RANGED = ("count", *_AXES)  # numbers of which the rules look at the range alone
_ROUNDS = 3  # of looking for rows that stand for others
_SLOW_ROWS = 100_000  # checked one by one at a time
_NO_DAY = np.iinfo(np.int32).min
_NO_COORDINATES, _NEAR_SEGMENT, _UNSURE = range(3)
Check = Callable[[pd.DataFrame, Mapping[str, NumberRule]], Reading]  # text cells → figures in order, and others


@dataclass(frozen=True)
class CodedColumn:
    """A column as its distinct values and each row's position among them."""

    names: tuple[str, ...]
    index: np.ndarray  # (row,) int32
    numbers: np.ndarray | None = None  # (row,) float64 where the column holds numbers; `names` are then of ranges

    def cells(self, rows: np.ndarray) -> np.ndarray:
        """Texts of some rows, as a person would write them."""
        if self.numbers is None:
            return np.array(self.names, dtype=object)[self.index[rows]]
        return np.array(["" if np.isnan(v) else f"{v:.17g}" for v in self.numbers[rows]], dtype=object)

    def given(self, numbers: np.ndarray) -> np.ndarray:
        """Whether a cell of numbers is filled, readable or not, (row,) bool."""
        if self.numbers is not None:
            return ~np.isnan(numbers)
        return np.take(np.array([name != "" for name in self.names]), self.index)

    def as_numbers(self, rule: NumberRule) -> np.ndarray:
        """Numbers of the rows; NaN where there is none."""
        if self.numbers is not None:
            return self.numbers
        texts = pa.array([v or None for v in self.names], pa.string())
        try:
            read = pc.cast(texts, pa.float64()).fill_null(np.nan).to_numpy() if rule.decimal == "." else None
        except pa.ArrowInvalid:
            read = None
        return np.take(rule.read(pd.Series(self.names)).to_numpy(float) if read is None else read, self.index)


@dataclass(frozen=True)
class Combinations:
    """What rows hold in one of `GROUPS`."""

    code: np.ndarray  # (row,)
    example: np.ndarray  # (code,) a row that passed; -1 = none yet

    @classmethod
    def of(cls, columns: Sequence[CodedColumn], rows: int) -> Self:
        """Number the combinations of some columns' values."""
        code: np.ndarray = np.zeros(rows, dtype=np.int32)
        size = 1
        for column in columns:
            if len(column.names) > 1:
                wide = code if size * len(column.names) < 2**31 else code.astype(np.int64)
                code = wide * len(column.names) + column.index if size > 1 else column.index
                size *= len(column.names)
                if size > 4 * rows + 1_000_000:
                    known, code = np.unique(code, return_inverse=True)
                    size = len(known)
        return cls(code, np.full(size, -1, dtype=np.int64))

    @property
    def proven(self) -> np.ndarray:
        """Whether what a row holds is in order, (row,) bool."""
        known = self.example >= 0
        return np.ones(len(self.code), dtype=bool) if known.all() else np.take(known, self.code)

    def examples(self, among: np.ndarray | None) -> np.ndarray:
        """A row for each combination that is not proven, of some rows (None: all)."""
        code, rows = self.code, np.arange(len(self.code)) if among is None else among
        first = np.full(len(self.example), -1, dtype=np.int64)
        first[(code if among is None else code[rows])[::-1]] = rows[::-1]
        return first[(first >= 0) & (self.example < 0)]

    def spread(self, passed: pd.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
        """What a column means in each combination (None where it is not proven), and each row's combination."""
        values = np.full(len(self.example), None, dtype=object)
        known = self.example >= 0
        values[known] = passed[column].reindex(self.example[known]).to_numpy(dtype=object)
        return values, self.code


@dataclass(frozen=True)
class CheckedPiece:
    """Rows of a piece in the store's terms, and those that were refused; lines count from the piece's first, from 0."""

    rows: pa.Table  # `LINED`
    rejected: pd.DataFrame
    lines: int
    unread: frozenset[str]  # phrases of what of the rows was not read


def check_piece(
    read: PieceRows, region: Region, *, columns: dict[str, CodedColumn], rules: Mapping[str, NumberRule], check: Check
) -> CheckedPiece:
    """Check a piece's rows and put them in the store's terms.

    Args:
        read: The rows.
        region: The pack.
        columns: The same, of `code_columns`.
        rules: How each column of numbers is written.
        check: The rules, for text cells with their `line`.
    """
    number, unread = len(read.line), set[str]()

    def checked(rows: np.ndarray) -> Reading:
        """Put some rows through the rules."""
        text = pd.DataFrame({c: columns[c].cells(rows) for c in read.table.column_names}, index=range(len(rows)))
        filled = (text != "").any(axis=1)  # a blank line is no row
        reading = check(text.assign(line=read.line[rows])[filled].reset_index(drop=True), rules)
        unread.update(reading.unread)
        return reading

    absent = CodedColumn(("",), np.zeros(number, dtype=np.int32))
    degrees = {axis: columns[axis].as_numbers(rules[axis]) for axis in _AXES if axis in columns}
    whole = columns | {"coordinates": _coordinates(columns, region, degrees)}
    groups = [Combinations.of([whole.get(c, absent) for c in names], number) for names in GROUPS]
    passed = _prove(groups, read.line, checked)
    fine = np.logical_and.reduce([whole["coordinates"].index != _UNSURE, *(g.proven for g in groups)])
    meant = _meaning(groups, passed, region, columns=columns, degrees=degrees)
    rows = pa.table({**meant, "line": pa.array(read.line)}).select(LINED.names).cast(LINED)
    slow, tables, rejected = np.flatnonzero(~fine), [rows if fine.all() else rows.filter(pa.array(fine))], []
    for first in range(0, len(slow), _SLOW_ROWS):
        reading = checked(slow[first : first + _SLOW_ROWS])
        tables.append(lined(state_as_of(reading.observations, region), reading.observations["line"]))
        rejected.append(reading.rejected)
    return CheckedPiece(joined(tables), join_refused(rejected), read.lines, frozenset(unread))


def code_columns(table: pa.Table) -> dict[str, CodedColumn]:
    """Every column by its distinct values."""
    return {name: _code_column(name, table.column(name)) for name in table.column_names}


def _code_column(name: str, column: pa.ChunkedArray) -> CodedColumn:
    kind = column.type
    if name in _RANGED and not pa.types.is_dictionary(kind) and not pa.types.is_string(kind):
        numbers = np.array(pc.cast(column, pa.float64()).fill_null(np.nan).to_numpy())
        return CodedColumn(("none", "low", "usual", "high"), _range_of(numbers), numbers)
    coded = column if pa.types.is_dictionary(kind) else column.dictionary_encode()
    coded = coded.unify_dictionaries().combine_chunks()
    names = [_as_text(v) for v in coded.dictionary.to_pylist()]
    index = coded.indices
    if index.null_count:
        index = index.fill_null(len(names))
        names.append("")
    return CodedColumn(tuple(names or [""]), index.to_numpy())


def _as_text(value: object) -> str:
    """A value of a Parquet file as a person would write it; a text without blanks around."""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.17g}"
    if isinstance(value, datetime):
        return str(value).removesuffix(" 00:00:00")
    return "" if value is None else str(value).strip()


def _range_of(numbers: np.ndarray) -> np.ndarray:
    """Numbers as ranges, int32: the rules on counts know no other."""
    out = np.full(len(numbers), 2, dtype=np.int32)
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() <= MAX_COUNT):
        out[np.isnan(numbers)] = 0
        out[numbers < 0] = 1
        out[numbers > MAX_COUNT] = 3
    return out


def _coordinates(columns: Mapping[str, CodedColumn], region: Region, numbers: Mapping[str, np.ndarray]) -> CodedColumn:
    """Whether a row has coordinates, and whether these are surely in order."""
    names = ("", "near a segment", "to be looked at")
    rows = len(columns["count"].index)
    given = [columns[axis].given(numbers[axis]) for axis in ("lon", "lat") if axis in columns]
    if len(given) < len(_AXES):
        return CodedColumn(names, np.where(given[0] if given else np.zeros(rows, bool), _UNSURE, _NO_COORDINATES))
    lon, lat = (numbers[axis] for axis in _AXES)
    usable = (np.abs(lon) <= 180) & (np.abs(lat) <= 90) & ((lon != 0) | (lat != 0))
    if region.has_geometry and usable.any():
        whole = usable.all()
        usable[usable] = segment_index(region).locate(*(a if whole else a[usable] for a in (lon, lat))) >= 0
    silent = ~(given[0] | given[1])
    return CodedColumn(names, np.where(silent, _NO_COORDINATES, np.where(usable, _NEAR_SEGMENT, _UNSURE)))


def _prove(groups: list[Combinations], line: np.ndarray, checked: Callable[[np.ndarray], Reading]) -> pd.DataFrame:
    """Put rows through the rules until what they hold is proven; the figures of those that passed, by row."""
    passed, seen = [], np.empty(0, dtype=np.int64)
    among: list[np.ndarray | None] = [None] * len(groups)
    for _ in range(_ROUNDS):
        chosen = np.unique(np.concatenate([g.examples(rows) for g, rows in zip(groups, among, strict=True)]))
        observations = checked(chosen).observations
        rows = pd.Series(chosen, index=line[chosen])[observations["line"]].to_numpy()
        for group in groups:
            group.example[group.code[rows]] = rows
        passed.append(observations.set_axis(rows))
        seen = np.union1d(seen, chosen)
        doubtful = [~g.proven for g in groups]
        doubts = np.sum(doubtful, axis=0)
        if not (doubts == 1).any():
            break
        # rows in which nothing else is in doubt speak for the one thing that is
        among = [np.setdiff1d(np.flatnonzero(d & (doubts == 1)), seen, assume_unique=True) for d in doubtful]
    return pd.concat([p for p in passed if len(p)] or passed[:1])


def _meaning(
    groups: list[Combinations],
    passed: pd.DataFrame,
    region: Region,
    *,
    columns: Mapping[str, CodedColumn],
    degrees: Mapping[str, np.ndarray],
) -> dict[str, pa.Array]:
    """All rows in the store's terms, by what their combinations mean; only rows that are proven mean anything."""
    what, who, status, where, when, how_many = groups
    rows = len(who.code)

    def numbers(group: Combinations, column: str) -> np.ndarray:
        """A column's numbers, of the rows that passed."""
        values = pd.to_numeric(pd.Series(group.spread(passed, column)[0]), errors="coerce").to_numpy(float)
        return _taken(values, group.code)

    indicators, indicator = _recode(*what.spread(passed, "indicator"))
    start = _days(when.spread(passed, "period_start")[0])
    due = due_days(start, when.spread(passed, "period")[0].astype(str))
    delays = np.array([region.indicators[i].delay_days for i in indicators] or [0], dtype=np.int32)
    stated = _taken(_days(when.spread(passed, "as_of")[0]), when.code)
    assumed = stated == _NO_DAY
    known = np.where(assumed, _taken(due, when.code) + np.take(delays, indicator), stated) if assumed.any() else stated
    count = columns["count"].numbers if columns["count"].numbers is not None else numbers(how_many, "count")
    texts = {"place_kind": where, "place": where, "route": where, "nationality": who, "status": status}
    texts |= {"period": when, "missing_reason": how_many, "source": who}
    return {name: _text(*_recode(*group.spread(passed, name))) for name, group in texts.items()} | {
        "as_of": pa.array(known).cast(pa.date32()),
        "as_of_assumed": pa.array(assumed),
        "indicator": _text(indicators, indicator),
        **{axis: _gapped(degrees.get(axis), rows) for axis in _AXES},
        "period_start": pa.array(_taken(start, when.code)).cast(pa.date32()),
        "count": _gapped(count, rows),
        "count_upper": _gapped(numbers(how_many, "count_upper"), rows).cast(pa.int64()),
    }


def _days(values: np.ndarray) -> np.ndarray:
    """Dates as days since 1970, int32."""
    index = pd.DatetimeIndex(pd.to_datetime(pd.Series(values)))
    return np.where(index.isna(), _NO_DAY, day_numbers(index.fillna(pd.Timestamp(0)))).astype(np.int32)


def _taken(values: np.ndarray, code: np.ndarray) -> np.ndarray:
    return np.full(len(code), values[0]) if len(values) == 1 else np.take(values, code)


def _recode(values: np.ndarray, code: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Distinct names, and each row's position among them (-1 = null), int32."""
    codes, names = pd.factorize(values)
    return names.tolist(), _taken(codes.astype(np.int32), code)


def _text(names: list[str], index: np.ndarray) -> pa.DictionaryArray:
    gaps = index < 0 if len(index) and index.min() < 0 else None
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=gaps), pa.array(names, pa.string()))


def _gapped(numbers: np.ndarray | None, rows: int) -> pa.Array:
    return pa.nulls(rows, pa.float64()) if numbers is None else pa.array(numbers, from_pandas=True)
