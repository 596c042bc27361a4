"""A quick look at daily rows: those that are surely in order, decided on their distinct values alone.

What is not surely in order is left to `pipelines.ingest.door.validate`: there is one set of rules, and one of reasons.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.locate.crosswalk import INTERNAL
from geo.locate.lookup import segment_index
from geo.locate.places import resolve_place
from geo.region.region import Region
from pipelines.ingest.door.validate import FIRST_DAY, MAX_COUNT
from pipelines.ingest.reading.nationalities import nationality_code
from pipelines.ingest.reading.numbers import NumberRule, number_rule
from pipelines.ingest.reading.tables import days
from pipelines.observations.schema import MISSING_REASONS, OTHER_ROUTE, STATUSES, TOTAL
from pipelines.store.periods import day_numbers

KINDS = ("point", "crossing_point", "segment")  # what daily figures are known for
_NAT = np.iinfo(np.int32).min


@dataclass(frozen=True)
class Screened:
    """Rows in order, as columns of the store's layout but `line`, and which rows they are."""

    columns: dict[str, pa.Array]
    fine: np.ndarray  # (row,) bool


def number_rules(table: pa.Table, *, file: str) -> dict[str, NumberRule]:
    """How each column of numbers is written, decided on its distinct values."""
    rules = {}
    for name in ("count", "count_upper", "lon", "lat"):
        typed = name not in table.column_names or pa.types.is_primitive(table.column(name).type)
        values = pd.Series([] if typed else _dictionary(table, name, "", len(table))[0], dtype=object)
        degrees = "" if name in ("lon", "lat") else None
        rules[name] = number_rule(values, thousands=degrees, where=f"{file}, column '{name}'")
    return rules


def screen(table: pa.Table, region: Region, *, today: int, rules: Mapping[str, NumberRule]) -> Screened:
    """Pick the rows that are surely in order and put them in the store's terms.

    Args:
        table: Text columns in the canonical names, dictionary-encoded (numbers and dates may come typed).
        region: The pack.
        today: Days since 1970.
        rules: How numbers are written.
    """
    rows = len(table)
    fine = np.ones(rows, dtype=bool)

    def mapped(name: str, meaning: Callable[[str], str | None], default: str) -> pa.DictionaryArray:
        """A column with each of its values replaced by what it means."""
        values, index = _dictionary(table, name, default, rows)
        meant = [meaning(v.strip()) for v in values]
        known = np.array([m is not None for m in meant], dtype=bool)
        if not known.all():
            fine[:] &= known[index]
        return _recoded(index, [m or "" for m in meant])

    flows = {i.id for i in region.indicators.values() if i.kind == "flow"}
    nationalities = _nationalities(table, rows, fine)
    indicator = mapped("indicator", lambda v: v if v in flows else None, "")
    mapped("period", lambda v: v if v == "D" else None, "")
    status = mapped("status", lambda v: v if v in STATUSES else (None if v else "final"), "final")
    route = mapped("route", lambda v: _route(v, region), "")
    reason = mapped("missing_reason", lambda v: v if v in ("", *MISSING_REASONS) else None, "")
    start = _day_numbers(table, "period_start", rows)
    first = int(day_numbers(pd.DatetimeIndex([FIRST_DAY]))[0])
    fine &= (start >= first) & (start <= today)
    count = _counts(table, rows, fine, rules["count"])
    silent = np.isnan(count)
    reasons = np.array(reason.dictionary.to_pylist(), dtype=object)
    stated = (reasons != "")[reason.indices.to_numpy()]
    fine &= silent | ~stated
    reason = _not_reported(reason, silent & ~stated)
    as_of, assumed = _dates(table, rows, start, indicator=indicator, region=region)
    fine &= assumed | ((as_of >= start) & (as_of <= today))
    kind, place = _places(table, rows, fine, region, rules)
    columns = {
        "indicator": indicator,
        "place_kind": kind,
        "place": place,
        "route": route,
        "nationality": nationalities,
        "period_start": pa.array(start).cast(pa.date32()),
        "count": pa.array(count),
        "missing_reason": reason,
        "count_upper": pa.array(np.full(rows, -1, dtype=np.int64)),
        "status": status,
        "as_of": pa.array(as_of).cast(pa.date32()),
        "as_of_assumed": pa.array(assumed),
    }
    return Screened(columns, fine)


def _dictionary(table: pa.Table, name: str, default: str, rows: int) -> tuple[list[str], np.ndarray]:
    """Distinct values as text, and each row's position among them."""
    if name not in table.column_names:
        return [default], np.zeros(rows, dtype=np.int32)
    column = table.column(name)
    if pa.types.is_temporal(column.type):
        column = pc.cast(column, pa.date32())
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries().combine_chunks()
    column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    values = ["" if v is None else str(v) for v in column.dictionary.to_pylist()]
    index = column.indices
    if index.null_count:
        values = [*values, ""]
        index = index.fill_null(len(values) - 1)
    return values, index.to_numpy()


def _recoded(index: np.ndarray, names: Sequence[str]) -> pa.DictionaryArray:
    """A dictionary column of the distinct names (several values may mean the same)."""
    distinct = list(dict.fromkeys(names))
    code = {name: i for i, name in enumerate(distinct)}
    codes = np.array([code[name] for name in names] or [0], dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(np.take(codes, index)), pa.array(distinct or [""], pa.string()))


def _nationalities(table: pa.Table, rows: int, fine: np.ndarray) -> pa.DictionaryArray:
    values, index = _dictionary(table, "nationality", TOTAL, rows)
    codes = [nationality_code(v) if v.strip() else TOTAL for v in values]
    known = np.array([c is not None for c in codes], dtype=bool)
    if not known.all():
        fine &= known[index]
    return _recoded(index, [c or "" for c in codes])


def _route(name: str, region: Region) -> str | None:
    if name in ("", INTERNAL, OTHER_ROUTE):
        return name
    return resolve_place(region, "route", name).id


def _day_numbers(table: pa.Table, name: str, rows: int) -> np.ndarray:
    """Days since 1970 as int32; the least number where it is no date."""
    if name in table.column_names and pa.types.is_temporal(table.column(name).type):
        column = pc.cast(table.column(name), pa.date32()).cast(pa.int32())
        return np.array(column.fill_null(_NAT).combine_chunks().to_numpy())
    values, index = _dictionary(table, name, "", rows)
    parsed = pd.DatetimeIndex(days(pd.Series(values, dtype=object).str.strip()))
    numbered = np.where(parsed.isna(), _NAT, day_numbers(parsed.fillna(FIRST_DAY)))
    return np.take(numbered.astype(np.int32), index)


def _counts(table: pa.Table, rows: int, fine: np.ndarray, rule: NumberRule) -> np.ndarray:
    """Counts as float64, NaN where none is given; what is no plain number is not fine."""
    column = table.column("count")
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        count = np.array(pc.cast(column, pa.float64()).fill_null(np.nan).combine_chunks().to_numpy())
        fine &= ~(count < 0) & ~(count > MAX_COUNT)
        return count
    values, index = _dictionary(table, "count", "", rows)
    texts = pd.Series(values, dtype=object).str.strip()
    parsed = rule.read(texts).to_numpy(dtype=float)
    good = ((parsed >= 0) & (parsed <= MAX_COUNT)) | (texts == "").to_numpy()
    if not good.all():
        fine &= good[index]
    return np.take(parsed, index)


def _not_reported(reason: pa.DictionaryArray, silent: np.ndarray) -> pa.DictionaryArray:
    if not silent.any():
        return reason
    names = [*reason.dictionary.to_pylist(), "not_reported"]
    index = np.where(silent, len(names) - 1, reason.indices.to_numpy())
    return _recoded(index, names)


def _dates(
    table: pa.Table, rows: int, start: np.ndarray, *, indicator: pa.DictionaryArray, region: Region
) -> tuple[np.ndarray, np.ndarray]:
    """`as_of` (days since 1970, int32), and whether it is the period's end plus delay because none is stated."""
    known = {i.id: i.delay_days for i in region.indicators.values()}
    delays = np.array([known.get(n, 0) for n in indicator.dictionary.to_pylist()], dtype=np.int32)
    due = start + np.take(delays, indicator.indices.to_numpy())
    if "as_of" not in table.column_names:
        return due, np.ones(rows, dtype=bool)
    values, index = _dictionary(table, "as_of", "", rows)
    blank = np.array([not v.strip() for v in values], dtype=bool)[index]
    return np.where(blank, due, _day_numbers(table, "as_of", rows)), blank


def _places(
    table: pa.Table, rows: int, fine: np.ndarray, region: Region, rules: Mapping[str, NumberRule]
) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
    """Kind and id of each row's place; a point is put on its segment."""
    kinds, kind = _dictionary(table, "place_kind", "", rows)
    names, name = _dictionary(table, "place", "", rows)
    kinds = [k.strip() for k in kinds]
    pair = kind.astype(np.int64) * len(names) + name
    seen = np.bincount(pair, minlength=len(kinds) * len(names)) > 0
    ids = np.zeros(len(seen), dtype=np.int32)  # 0 = none
    found: dict[str, int] = {"": 0}
    for code in np.flatnonzero(seen):
        k, n = kinds[code // len(names)], names[code % len(names)].strip()
        place = resolve_place(region, k, n).id if k in KINDS[1:] and n else None
        ids[code] = found.setdefault(place or "", len(found))
    index = np.take(ids, pair)
    is_point = np.array([k == "point" for k in kinds], dtype=bool)[kind]
    good = index > 0
    if is_point.any():
        segments = _locate(table, is_point, region, rules)
        index = np.where(is_point, segments + len(found), index).astype(np.int32)
        good = np.where(is_point, segments >= 0, good)
        index[~good] = 0
        found |= {f"\0{s.id}": len(found) + i for i, s in enumerate(region.segments)}
    fine &= good
    place = _recoded(index, [n.lstrip("\0") for n in found])
    return _recoded(kind, [k if k in KINDS else "" for k in kinds]), place


def _locate(table: pa.Table, is_point: np.ndarray, region: Region, rules: Mapping[str, NumberRule]) -> np.ndarray:
    """Position of each point's segment; -1 where there is none, or coordinates that want a second look."""
    out = np.full(len(is_point), -1, dtype=np.int64)
    if not region.has_geometry or not {"lon", "lat"} <= set(table.column_names):
        return out
    lon, lat = (_degrees(table, axis, rules[axis]) for axis in ("lon", "lat"))
    usable = is_point & np.isfinite(lon) & np.isfinite(lat) & ((lon != 0) | (lat != 0))
    whole = usable.all()
    found = segment_index(region).locate(lon if whole else lon[usable], lat if whole else lat[usable])
    out[usable] = found
    return out


def _degrees(table: pa.Table, name: str, rule: NumberRule) -> np.ndarray:
    column = table.column(name)
    if not pa.types.is_floating(column.type):
        try:
            column = pc.cast(column, pa.float64())
        except pa.ArrowInvalid:  # decimal commas, blanks
            return rule.read(pd.Series(column.to_pylist(), dtype=object)).to_numpy(dtype=float)
    return np.array(column.fill_null(np.nan).combine_chunks().to_numpy())
