"""Read a table as a mapping says it: the columns that it names, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.locate.places import KINDS, place_id
from geo.names.folding import fold
from geo.region.region import Region
from pipelines.ingest.reading.add_up import add_up, since_year_began
from pipelines.ingest.reading.count_checks import why_no_part
from pipelines.ingest.reading.dates import month_number, read_period, year_number
from pipelines.ingest.reading.elsewhere import elsewhere
from pipelines.ingest.reading.figure_cells import read_figures
from pipelines.ingest.reading.headings import (
    Header,
    cell_text,
    find_heading,
    heading_key,
    wide_positions,
    without_marks,
)
from pipelines.ingest.reading.mapped_periods import INSIDE, read_periods
from pipelines.ingest.reading.mapping import PAIRS, SKIP, Excluded, Heading, Layout, Mapping
from pipelines.ingest.reading.nationalities import nationality_code
from pipelines.ingest.reading.numbers import NO_THOUSANDS, NumberRule, number_rule
from pipelines.ingest.reading.personal_data import sheet_for_message, unread_columns
from pipelines.ingest.reading.raw_table import Sheet, sheets_of
from pipelines.ingest.reading.tables import split_rows
from pipelines.ingest.reading.workbooks import open_formulas
from pipelines.observations.schema import TOTAL, DataRefusedError, NumberForm, Reading, empty_observations

_NAMES = ("place", "place_kind", "nationality", "indicator", "route", "status", "missing_reason")


@dataclass(frozen=True)
class FoundTable:
    """A sheet, the layout that fits it, and where its header stands."""

    sheet: Sheet
    layout: Layout
    header: Header


def read_with(mapping: Mapping, path: Path, region: Region, form: NumberForm | None = None) -> Reading:
    """Read a table as a mapping says it.

    Args:
        mapping: What stands where.
        path: The table: text, workbook or Parquet.
        region: Its places, groups and indicators tell which columns of a wide table are meant by `known`.
        form: How the file writes numbers, where it was stated beside the mapping.

    Returns:
        Observations with `line`; rows of which a cell can't be read, with the reason; and what was not read.

    Raises:
        DataRefusedError: no layout fits the file, or several sheets do and none is named.
    """
    tables, unread = find_tables(mapping, path)
    stated = {k: v for k, v in (form or {}).items() if v is not None}
    tables = [replace(t, layout=t.layout.model_copy(update=stated)) for t in tables]
    readings = [_read_table(table, path, region) for table in tables]
    frames = [r.observations for r in readings if not r.observations.empty]
    rejected = [r.rejected for r in readings if not r.rejected.empty]
    return Reading(
        pd.concat(frames, ignore_index=True) if frames else empty_observations().assign(line=[]),
        pd.concat(rejected, ignore_index=True) if rejected else readings[0].rejected,
        tuple(dict.fromkeys([*unread, *(u for r in readings for u in r.unread), *open_formulas(path)])),
    )


def find_tables(mapping: Mapping, path: Path) -> tuple[list[FoundTable], list[str]]:
    """The sheets that a mapping reads, each with its header; and the sheets that it does not."""
    misses: list[tuple[Layout, Sheet, Header]] = []
    names: tuple[str, ...] = ()
    for layout in mapping.forms:
        sheets = sheets_of(path, encoding=layout.encoding, delimiter=layout.delimiter)
        meant = [s for s in sheets if layout.sheet is None or _is_named(s.name, layout.sheet)]
        names = tuple(s.name for s in sheets)
        headers = [(s, find_heading(s, layout)) for s in meant]
        fitting = [FoundTable(s, layout, h) for s, h in headers if not h.lacking]
        if len(fitting) > 1 and layout.sheet is None:
            raise DataRefusedError(
                f"{path.name}: expected one sheet with these columns, got {len(fitting)}: "
                f"{', '.join(sheet_for_message(t.sheet.name) for t in fitting)}. Say in the mapping which is meant "
                "('sheet: NAME'), or 'sheet: each' where no figure stands on two of them."
            )
        if fitting:
            named = {t.sheet.name for t in fitting}
            return fitting, _unread_sheets([name for name in names if name not in named])
        misses += [(layout, s, h) for s, h in headers]
    if not misses:
        wanted = ", ".join(dict.fromkeys(f"'{form.sheet}'" for form in mapping.forms))
        raise DataRefusedError(
            f"{path.name}: expected a sheet {wanted}, there are {', '.join(map(sheet_for_message, names))}. "
            "Say another 'sheet' in the mapping."
        )
    raise DataRefusedError(_no_header(path, misses))


def _unread_sheets(names: Sequence[str]) -> list[str]:
    shown = [f"sheet {text}" for name in names if (text := sheet_for_message(name)).startswith("'")]
    hidden = len(names) - len(shown)
    return [*shown, *([f"{hidden} other sheet{'s' * (hidden > 1)}"] if hidden else [])]


def _is_named(name: str, pattern: str) -> bool:
    return pattern == "each" or fnmatchcase(name.casefold(), pattern.casefold())


def _no_header(path: Path, misses: Sequence[tuple[Layout, Sheet, Header]]) -> str:
    _, sheet, header = min(misses, key=lambda miss: len(miss[2].lacking))
    where = f", sheet {sheet_for_message(sheet.name)}" if sheet.name else ""
    there = f"; there are {', '.join(header.positions)}" if header.positions else ""
    return (
        f"{path.name}{where}: expected a row with the columns of the mapping, not found: {', '.join(header.lacking)}"
        f"{there}. Correct the names in the mapping or in the file, or say 'header_row'."
    )


def _read_table(table: FoundTable, path: Path, region: Region) -> Reading:
    layout = table.layout
    frame, unread = _frame(table, path, region)
    frame, left_out = _chosen_rows(frame, layout)
    unread += left_out
    out = _named_columns(frame, layout, region)
    where = f"{path.name}, sheet {sheet_for_message(table.sheet.name)}" if table.sheet.name else path.name
    cells = _column(frame, layout.count_heading)
    if layout.flags_in is not None:
        cells = (cells.map(cell_text) + " " + frame[layout.flags_in].map(cell_text)).str.strip()
    figures = read_figures(cells, layout, where=where)
    upper = pd.to_numeric(out["count_upper"]) if "count_upper" in out else np.nan
    out = out.assign(count=figures["count"], count_upper=figures["count_upper"].fillna(upper).astype(float))
    for column in ("missing_reason", "status"):
        stated = out[column] if column in out else pd.Series(None, index=out.index, dtype=object)
        out[column] = figures[column].where(figures[column].notna(), stated)
    dated = read_periods(frame, layout)
    if layout.year_to_date and (dated["reason"] == INSIDE).any():
        ends = dated["reason"] != INSIDE
        unread.append(f"{(~ends).sum():,} sums since the year began whose day is not the last of its period")
        frame, out, figures, dated = frame[ends], out[ends], figures[ends], dated[ends]
    out["period_start"], out["period"] = dated["period_start"], dated["period"]
    out["line"] = frame["@line"].astype("int64")
    silent_notes = _is_note(out, region)
    if silent_notes.any():
        unread.append(f"{silent_notes.sum()} rows without a figure or a known place")
    reasons = dated["reason"].where(dated["reason"] != "", _unreadable(frame, out, figures["wrong"], layout))
    other = elsewhere(out, layout, region) & ~silent_notes
    if other.any():
        unread.append(f"{other.sum():,} figures of places that region '{region.id}' does not have")
    keep = ~(silent_notes | other)
    out, reasons, frame = out[keep], reasons[keep], frame[keep]
    if layout.add_up_over:
        parts = pd.DataFrame({h: frame[h].map(cell_text) for h in layout.add_up_over}, index=out.index)
        out, reasons = add_up(out, reasons, parts)
    if layout.year_to_date:
        out, reasons = since_year_began(out, reasons, begins=layout.dates.fiscal_year_begins)
    kept, rejected = split_rows(out, reasons)
    silent = kept["missing_reason"].astype(object)
    kept = kept.assign(
        count_upper=kept["count_upper"].astype("Int64"),
        status=kept["status"].fillna("final"),
        missing_reason=silent.where(silent.notna(), None),
    )
    return Reading(kept, rejected, tuple(unread))


def _frame(table: FoundTable, path: Path, region: Region) -> tuple[pd.DataFrame, list[str]]:
    """The declared columns as they stand; wide ones below each other as `@heading` and `@value`."""
    layout, header = table.layout, table.header
    wide = wide_positions(header, layout, _known_headings(layout, region))
    if layout.wide is not None and not wide:
        raise DataRefusedError(
            f"{path.name}: expected columns with figures ({', '.join(layout.wide.columns)}), got none of them. "
            "Name them under 'wide' in the mapping."
        )
    names = list(header.positions)
    positions = [*header.positions.values(), *wide]
    taken: list[list[Any]] = []
    lines: list[int] = []
    for line, cells in table.sheet.rows(None):
        if line < header.first_row:
            continue
        _require_width(path, line, cells, header)
        kept = [cells[i] if i < len(cells) else None for i in positions]
        if any(cell is not None and cell != "" for cell in kept):
            taken.append(kept)
            lines.append(line)
    end = len(taken) - layout.footer_rows
    frame = pd.DataFrame(taken[:end], columns=range(len(positions)), dtype=object)
    frame = frame.rename(columns=dict(enumerate(names)))
    frame["@line"], frame["@sheet"], frame["@file"] = lines[:end], table.sheet.name, path.stem
    for heading in layout.fill_down:
        frame[heading] = frame[heading].map(lambda c: None if cell_text(c) == "" else c).ffill()
    unread = list(unread_columns(header.unnamed(positions)))
    if not wide:
        return frame, unread
    headings = {len(names) + n: header.cells[position] for n, position in enumerate(wide)}
    long = frame.melt(
        id_vars=[*names, "@line", "@sheet", "@file"],
        value_vars=list(headings),
        var_name="@heading",
        value_name="@value",
    )
    return long.assign(**{"@heading": long["@heading"].map(headings).astype(object)}), unread


def _require_width(path: Path, line: int, cells: Sequence[Any], header: Header) -> None:
    beyond = cells[len(header.cells) :]
    if any(cell is not None and str(cell).strip() for cell in beyond):
        raise DataRefusedError(
            f"{path.name}, line {line}: expected {len(header.cells)} cells as in the header, got {len(cells)}. "
            "Put cells that hold the separator in quotes, or say 'delimiter' or 'header_row' in the mapping."
        )


def _known_headings(layout: Layout, region: Region) -> Callable[[object], bool]:
    """Whether a heading is what `@heading` stands for: a date, a place, a group or an indicator."""
    used_for = [target for target, headings in layout.columns.items() if "@heading" in headings]
    kind = layout.constants.get("place_kind", "")
    mapped = {heading_key(cell) for target in layout.columns for cell in layout.meaning_of(target)}

    def known(heading: object) -> bool:
        """Whether a heading is mapped, or a date, place, group or measure of its own."""
        text = without_marks(cell_text(heading))
        if heading_key(heading) in mapped or _is_date(heading, layout, used_for):
            return True
        return (
            ("nationality" in used_for and nationality_code(text) is not None)
            or ("indicator" in used_for and indicator_id(text, region) in region.indicators)
            or ("place" in used_for and kind in KINDS and place_id(region, kind, text) is not None)
        )

    return known


def _is_date(heading: object, layout: Layout, used_for: Sequence[str]) -> bool:
    dates = layout.dates
    if "@heading" in (dates.month or ()):
        return month_number(heading, dates.languages) is not None
    if "@heading" in (dates.year or ()):
        return year_number(heading, begins=dates.fiscal_year_begins) is not None
    if "period_start" not in used_for:
        return False
    return read_period(heading, dates.form, order=dates.order, languages=dates.languages) is not None


def indicator_id(name: str, region: Region) -> str:
    """Id of an indicator by its id or name; the name itself where the region has none of it."""
    known = {fold(i.name): i.id for i in region.indicators.values() if i.name}
    known |= {fold(i): i for i in region.indicators}
    return known.get(fold(name), name)


def _chosen_rows(frame: pd.DataFrame, layout: Layout) -> tuple[pd.DataFrame, list[str]]:
    """Rows that pass the filters and are not left out; and what was left out, for the reader."""
    told: list[str] = []
    for heading, wanted in layout.filters.items():
        excluded = isinstance(wanted, Excluded)
        words = wanted.is_not if isinstance(wanted, Excluded) else wanted
        keep = _is_among(frame[heading], words) ^ excluded
        if not keep.any() and len(frame):
            raise DataRefusedError(
                f"expected rows in which '{heading}' is {'not ' * excluded}{' or '.join(words)}, got none. "
                "Correct 'filters' in the mapping."
            )
        frame = _kept(frame, keep, f"'{heading}' is another than asked for", told)
    skipped = [
        (
            next(h for h in heading if h in frame),
            [c for c, meaning in layout.meaning_of(target).items() if meaning == SKIP],
        )
        for target, heading in layout.columns.items()
    ]
    for heading, unwanted in [*layout.leave_out.items(), *skipped]:
        what = "the figure" if heading == "@value" else f"'{heading}'"
        frame = _kept(frame, ~_is_among(frame[heading], unwanted), f"{what} is left out by the mapping", told)
    return frame.reset_index(drop=True), told


def _is_among(cells: pd.Series, words: Sequence[str]) -> pd.Series:
    wanted = {cell_text(w).casefold() for w in words}
    return cells.map(lambda c: cell_text(c).casefold() in wanted or heading_key(c) in wanted)


def _kept(frame: pd.DataFrame, keep: pd.Series, why: str, told: list[str]) -> pd.DataFrame:
    if keep.all():
        return frame
    told.append(f"{(~keep).sum():,} rows of which {why}")
    return frame[keep]


def _column(frame: pd.DataFrame, heading: Heading) -> pd.Series:
    """The first of the alternatives that is there."""
    return frame[next(h for h in heading if h in frame)]


def _named_columns(frame: pd.DataFrame, layout: Layout, region: Region) -> pd.DataFrame:
    """The canonical columns but date and count, by the mapping's columns, constants and values."""
    stated = NumberForm(thousands=layout.thousands, decimal=layout.decimal)
    forms = {"lon": NO_THOUSANDS, "lat": NO_THOUSANDS, "count_upper": stated}
    out = pd.DataFrame(index=frame.index)
    for target, value in layout.constants.items():
        if target not in ("period_start", "period"):
            out[target] = value
    for target, heading in layout.columns.items():
        cells = _column(frame, heading)
        if target in _NAMES:
            out[target] = _names(cells, layout.meaning_of(target))
        elif target in forms:
            out[target] = number_rule(cells, **forms[target], where=f"'{target}'").read(cells)
        elif target == "as_of":
            out[target] = _days(cells, layout)
        elif target in PAIRS:
            out = out.assign(**_coordinates(cells, PAIRS[target]))
    axes = [axis for axis in ("lon", "lat") if axis in out]
    return _completed(out.assign(**{axis: out[axis].round(layout.point_decimals) for axis in axes}), region)


def _completed(out: pd.DataFrame, region: Region) -> pd.DataFrame:
    """Points where no place is named, ids of indicators, and what a table need not say."""
    if "place" not in out:
        out["place_kind"], out["place"] = "point", None
    if "indicator" in out:
        ids = {name: indicator_id(name, region) for name in out["indicator"].dropna().unique()}
        out["indicator"] = out["indicator"].map(ids)
    if "nationality" not in out:
        out["nationality"] = TOTAL
    codes = {name: nationality_code(name) or name for name in out["nationality"].dropna().unique()}
    out["nationality"] = out["nationality"].map(codes)
    kinds = out[["place_kind", "place"]].drop_duplicates()
    ids = {(k, p): _place_id(region, k, p) for k, p in kinds.itertuples(index=False)}
    out["place"] = [ids[pair] for pair in zip(out["place_kind"], out["place"], strict=True)]
    out["as_of"] = pd.to_datetime(out["as_of"]) if "as_of" in out else pd.NaT
    return out


def _place_id(region: Region, kind: Any, name: Any) -> Any:  # noqa: ANN401 - cells of a table
    """Id of a place; the name itself where the region does not know it, for the door to say so."""
    known = place_id(region, str(kind), str(name)) if kind in KINDS and isinstance(name, str) else None
    return known or name


def _coordinates(cells: pd.Series, axes: tuple[str, str]) -> dict[str, pd.Series]:
    halves = cells.map(cell_text).str.strip("()[] ").str.split(r"[,;]\s*|\s+", regex=True)
    two = halves.where(halves.str.len() == 2, None)
    rule = NumberRule(None, ".")
    return {axis: rule.read(two.str[n]) for n, axis in enumerate(axes)}


def _names(cells: pd.Series, mapped: dict[str, str]) -> pd.Series:
    def name_of(cell: object) -> str | None:
        """What a cell is called in the mapping, else its own text."""
        text = cell_text(cell)
        plain = without_marks(text)
        return mapped.get(text.casefold(), mapped.get(plain.casefold(), plain)) or None

    known = {c: name_of(c) for c in cells.drop_duplicates()}
    return cells.map(known).astype(object)


def _days(cells: pd.Series, layout: Layout) -> pd.Series:
    read = {c: read_period(c, "day", order=layout.dates.order) for c in cells.drop_duplicates()}
    return pd.to_datetime(cells.map({c: day[0] for c, day in read.items() if day}))


def _unreadable(frame: pd.DataFrame, out: pd.DataFrame, wrong: pd.Series, layout: Layout) -> pd.Series:
    reasons = why_no_part(out["count"], told=wrong)
    if "as_of" in layout.columns:
        given = _column(frame, layout.columns["as_of"]).map(cell_text) != ""
        reasons[out["as_of"].isna() & given] = "impossible date in as_of"
    return reasons


def _is_note(out: pd.DataFrame, region: Region) -> pd.Series:
    """Rows of a footer: no figure, and nothing that the region knows as a place."""
    silent = out["count"].isna() & (out["missing_reason"] == "not_reported")
    if not silent.any() or (out["place_kind"] == "point").all():
        return silent & out["period_start"].isna()
    kinds = ("segment", "border", "crossing_point", "country", "route", "region")
    pairs = out.loc[silent, ["place_kind", "place"]].drop_duplicates()
    known = {
        (k, p) for k, p in pairs.itertuples(index=False) if k in kinds and p and place_id(region, k, p) is not None
    }
    unknown = [(k, p) not in known for k, p in zip(out["place_kind"], out["place"], strict=True)]
    return silent & (np.array(unknown) | out["period_start"].isna())
