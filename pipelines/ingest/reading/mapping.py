"""A mapping: how a provider's table is read, as one small YAML file (docs/sources.md names every key).

A mapping is also a source: `pipelines/ingest/sources/<id>.yaml`. The reading itself stands in `mapped_table.py`.
"""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from babel import Locale, UnknownLocaleError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from geo.pack.entries import YamlDocument, read_yaml_text
from pipelines.ingest.reading.dates import MONTH_LANGUAGES, Form, Order
from pipelines.observations.schema import (
    MISSING_REASONS,
    PERIODS,
    PLACE_KINDS,
    STATUSES,
    Absence,
    DataRefusedError,
)

OWN = ("@sheet", "@file", "@heading", "@value", "@line")  # what stands in no column: names of columns in a mapping
OPEN = "?"  # what a proposal leaves to be filled in
SKIP = "skip"  # in `values`: rows that are left out
KNOWN = "known"  # in `wide`: all headings that the region or the dates know
TARGETS = tuple(
    "place place_kind nationality indicator route period_start period count lon lat as_of status count_upper "
    "missing_reason".split()
)
PAIRS = {"lat_lon": ("lat", "lon"), "lon_lat": ("lon", "lat")}
_FIXED = {"place_kind": PLACE_KINDS, "period": PERIODS, "status": STATUSES, "missing_reason": MISSING_REASONS}
_STRICT = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple | dict | BaseModel) else [value]


def _as_text(value: object) -> object:
    """YAML reads `1`, `true` and `2024-01-01` as no text, but a cell is text."""
    return "" if value is None else str(value) if isinstance(value, bool | int | float | date) else value


def _not_open(value: object) -> object:
    if value == OPEN:
        raise ValueError("'?' stands for what the table does not say: write the first day of the period number 1")
    return value


Text = Annotated[str, BeforeValidator(_as_text)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_list)]
Heading = Annotated[tuple[Text, ...], BeforeValidator(_as_list), Field(min_length=1)]  # the first that is there


class Excluded(BaseModel):
    """A filter that takes all but some values."""

    model_config = _STRICT
    is_not: Texts = Field(alias="not")


class Wide(BaseModel):
    """Which columns hold figures, each of one place, group or period: they become `@heading` and `@value`."""

    model_config = _STRICT
    columns: Texts = (KNOWN,)  # headings, with `*` for any text; `known`: those that the region or the dates know
    but: Texts = ()  # headings that are not meant, with `*`


class Dates(BaseModel):
    """How dates and periods are written."""

    model_config = _STRICT
    form: Form = "any"
    order: Order = "ymd"
    number_one: Annotated[date | None, BeforeValidator(_not_open)] = (
        None  # first day of the period number 1, where the form is `number`
    )
    day_is: Literal["first", "last", "any"] = "first"  # of its period, where the period is longer than a day
    year: Heading | None = None  # columns that say it together, in place of `period_start`
    quarter: Heading | None = None
    month: Heading | None = None
    week: Heading | None = None
    day: Heading | None = None
    fiscal_year_begins: Annotated[int, Field(ge=1, le=12)] = 1  # month
    fiscal_year_named: Literal["start", "end"] = "end"  # FY2024 from October: 2023-10 to 2024-09 is "end"
    languages: Texts = MONTH_LANGUAGES  # of names of months

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if any((self.quarter, self.month, self.week, self.day)) and not self.year:
            raise ValueError("month, quarter, week and day in columns of their own need 'year'")
        if self.day and not self.month:
            raise ValueError("'day' needs 'month'")
        if (self.form == "number") != (self.number_one is not None):
            raise ValueError("form 'number' and 'number_one', the first day of the period number 1, need each other")
        for language in self.languages:
            try:
                Locale.parse(language)
            except (UnknownLocaleError, ValueError) as error:
                raise ValueError(f"languages: expected codes such as en, sr_Latn, mk; got '{language}'") from error
        return self

    @property
    def headings(self) -> tuple[Heading, ...]:
        """Columns that say the date together."""
        return tuple(h for h in (self.year, self.quarter, self.month, self.week, self.day) if h)


class Layout(BaseModel):
    """How one form of a provider's table is read."""

    model_config = _STRICT

    # the file
    sheet: Text | None = None  # a name, with `*`; None: the sheets that have the columns
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    header_row: Annotated[int, Field(ge=1)] | None = None  # None: the first row that has the columns
    header_rows: Annotated[int, Field(ge=1, le=4)] = 1  # of a heading told over several rows
    footer_rows: Annotated[int, Field(ge=0)] = 0
    fill_down: Texts = ()  # columns in which an empty cell means the one above

    # what stands where
    columns: dict[str, Heading] = {}
    wide: Wide | None = None
    dates: Dates = Dates()
    constants: dict[str, Text] = {}

    # which rows, and what their cells mean
    filters: dict[str, Texts | Excluded] = {}
    leave_out: dict[str, Texts] = {}
    meanings: dict[str, dict[Text, Text]] = Field(default={}, alias="values")  # column → cell → what it means
    add_up_over: Texts = ()
    year_to_date: bool = False  # a figure is the sum since its year began

    elsewhere: Literal["refuse", "leave_out"] = "refuse"  # figures of places that are known, but not the region's

    # numbers
    point_decimals: Annotated[int, Field(ge=0, le=6)] = 6  # of coordinates; 1 is about 10 km
    thousands: str | None = None
    decimal: str | None = None
    multiply: Annotated[float, Field(gt=0)] = 1.0
    not_reported: Texts = ("", ":", "-", "–", "..", "...", "…", "n/a", "na", "N/A", "NA")
    suppressed: Texts = ()
    zero: Texts = ()
    flags_in: Text | None = None  # a column with the figures' flags, where they don't stand behind the figure
    flags: dict[Text, Literal["final", "preliminary", "estimated", "suppressed", "ignore"]] = {}

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: object) -> object:
        if isinstance(given, dict) and isinstance(given.get("wide"), str | list):
            return {**given, "wide": {"columns": given["wide"]}}
        return given

    @model_validator(mode="after")
    def _says_enough(self) -> Self:
        if self.is_empty:
            return self  # of a file with several layouts: they are checked
        self._require_known_names()
        self._require_possible_values()
        self._require_targets()
        return self

    @property
    def is_empty(self) -> bool:
        """Whether nothing says what stands where."""
        return not self.columns and self.wide is None

    def _require_known_names(self) -> None:
        known = {n.casefold() for n in (*self.declared, *self.by_target)}
        if wrong := [n for n in self.meanings if n.casefold() not in known]:
            raise ValueError(f"values: expected one of the mapping's columns, got '{wrong[0]}'")
        allowed = (*TARGETS, *PAIRS)
        for where, names in (("columns", self.columns), ("constants", self.constants)):
            if wrong := [n for n in names if n not in allowed]:
                raise ValueError(f"{where}: expected {', '.join(allowed)}; got '{wrong[0]}'")
        if both := sorted(set(self.columns) & set(self.constants)):
            raise ValueError(f"constants: '{both[0]}' stands under columns, too; leave one out")
        own = [h for h in self.declared if h.startswith("@")]
        if wrong := [h for h in own if h not in OWN]:
            raise ValueError(f"expected one of {', '.join(OWN)}; got '{wrong[0]}'")
        if self.wide is None and (wrong := [h for h in own if h in ("@heading", "@value")]):
            raise ValueError(f"'{wrong[0]}' needs 'wide': which columns hold figures")

    def _require_possible_values(self) -> None:
        said = {**self.constants, **{target: heading[0] for target, heading in self.columns.items()}}
        if left_open := [name for name, value in said.items() if value == OPEN]:
            raise ValueError(f"'?' stands for what the table does not say: write {', '.join(left_open)}")
        for column, allowed in _FIXED.items():
            value = self.constants.get(column)
            if value is not None and value not in allowed:
                raise ValueError(f"constants: {column}: expected {', '.join(allowed)}; got '{value}'")
        if "as_of" in self.constants and not _is_day(self.constants["as_of"]):
            raise ValueError(f"constants: as_of: expected YYYY-MM-DD, got '{self.constants['as_of']}'")
        if self.thousands is not None and self.thousands == self.decimal:
            raise ValueError(f"thousands and decimal can't both be '{self.decimal}'")

    def _require_targets(self) -> None:
        said = {*self.columns, *self.constants, *(t for pair in PAIRS if pair in self.columns for t in PAIRS[pair])}
        if self.dates.year:
            said.add("period_start")
        if self.wide is not None:
            said.add("count")
        lacking = [t for t in ("indicator", "period_start", "count") if t not in said]
        if self.dates.form == "number" and "period" not in said:
            lacking.append("period (numbers of days, weeks, …)")
        if "place" not in said and not {"lon", "lat"} <= said:
            lacking.append("place (or lon and lat)")
        if "place" in said and "place_kind" not in said:
            lacking.append(f"place_kind ({', '.join(PLACE_KINDS)})")
        if lacking:
            raise ValueError(f"columns or constants: expected {', '.join(lacking)} too")

    @property
    def count_heading(self) -> Heading:
        """Where the figure stands."""
        return self.columns.get("count", ("@value",))

    @property
    def by_target(self) -> dict[str, Heading]:
        """Target column → headings, the figure's column among them."""
        return {**self.columns, "count": self.count_heading}

    def meaning_of(self, target: str) -> dict[str, str]:
        """Cell, in small letters → what it means, of the column that a target stands in."""
        named = (target, *self.by_target.get(target, ()))
        tables = [table for name, table in self.meanings.items() if name.casefold() in [n.casefold() for n in named]]
        return {cell.casefold(): meaning for table in tables for cell, meaning in table.items()}

    @property
    def declared(self) -> tuple[str, ...]:
        """Every heading that the mapping names: nothing else of the file is read."""
        many = (*self.columns.values(), *self.dates.headings)
        flags = (self.flags_in,) if self.flags_in else ()
        plain = (*flags, *self.filters, *self.leave_out, *self.add_up_over, *self.fill_down)
        return tuple(dict.fromkeys([*(h for heading in many for h in heading), *plain]))


class Mapping(Layout):
    """A whole mapping file: whose table it is, and one layout, or several of which the first that fits is taken.

    Keys beside `layouts` hold for each of them; a layout's own win, in `columns`, `constants`, … name by name.
    """

    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "table"
    title: str = "A table described by a mapping file."
    licence: str = "as agreed with the sender"
    absence: Absence = "missing"
    indicators: Texts = ()  # what it reports; by default the constant
    layouts: tuple[Layout, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, given: object) -> object:
        if not isinstance(given, dict) or not isinstance(given.get("layouts"), list):
            return given
        shared = {k: v for k, v in given.items() if k in Layout.model_fields or k == "values"}
        layouts = [_merged(shared, own) if isinstance(own, dict) else own for own in given["layouts"]]
        return {**{k: v for k, v in given.items() if k not in shared}, "layouts": layouts}

    @model_validator(mode="after")
    def _has_layouts(self) -> Self:
        if not self.is_empty or self.layouts:
            return self
        raise ValueError("columns: expected which column holds place, period_start, count, …")

    @property
    def forms(self) -> tuple[Layout, ...]:
        """The layouts to try, in order."""
        return self.layouts or (self,)

    @property
    def reported(self) -> tuple[str, ...]:
        """Indicators that it can report; empty: whatever the region has."""
        constant = {form.constants.get("indicator") for form in self.forms}
        return self.indicators or (() if None in constant else tuple(sorted(c for c in constant if c)))


def _merged(shared: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {k: {**shared[k], **own[k]} for k in own if isinstance(own[k], dict) and isinstance(shared.get(k), dict)}
    return {**shared, **own, **both}


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        DataRefusedError: it is absent or no YAML, or a key can't be meant; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataRefusedError(
            f"{path}: expected a mapping file, there is none. Make one with 'routecast map FILE --out {path.name}'."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataRefusedError(
            f"{path.name}: expected a mapping file in UTF-8, it can't be read. Save it so."
        ) from error
    return parse_mapping(text, where=path.name)


def parse_mapping(text: str, *, where: str) -> Mapping:
    """A mapping from the text of its file; `where` is its name in messages.

    Raises:
        DataRefusedError: it is no YAML, or a key can't be meant; names the line.
    """
    document = read_yaml_text(text, file=where)
    if document.problems:
        raise DataRefusedError(f"{'; '.join(map(str, document.problems[:4]))} Mend it.")
    if not isinstance(document.value, dict):
        raise DataRefusedError(f"{where}: expected keys such as 'columns:', got none. See docs/sources.md for all.")
    try:
        return Mapping.model_validate(document.value)
    except ValidationError as error:
        problems = [
            _problem(e["loc"], e["msg"], document) for e in error.errors(include_input=False, include_url=False)[:4]
        ]
        raise DataRefusedError(
            f"{where}, {'; '.join(dict.fromkeys(problems))}. See docs/sources.md for every key."
        ) from error


def _problem(loc: tuple[Any, ...], message: str, document: YamlDocument) -> str:
    """`line 7 (columns.nationality): expected …`."""
    parts = [part for part in loc if not re.fullmatch(r"function-\w+.*|tuple\[.*|Excluded|\[key\]", str(part))]
    said = message.removeprefix("Value error, ")
    said = {"Extra inputs are not permitted": "there is no such key"}.get(said, said)
    place = f" ({'.'.join(map(str, parts))})" if parts else ""
    return f"line {document.line(parts) or 1}{place}: {said}"
