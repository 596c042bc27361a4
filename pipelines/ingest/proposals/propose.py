"""A mapping proposed for a table, from what its cells show; each key has its reason in plain words."""

from collections import Counter
from collections.abc import Mapping as Named
from pathlib import Path

import pandas as pd

from geo.locate.places import place_id
from geo.region.region import Region
from pipelines.ingest.proposals.breakdowns import propose_breakdowns
from pipelines.ingest.proposals.cells import propose_cells
from pipelines.ingest.proposals.choice import Choice
from pipelines.ingest.proposals.dates import propose_dates
from pipelines.ingest.proposals.draft import Draft
from pipelines.ingest.proposals.evidence import (
    PLACES,
    date_evidence,
    indicator_named,
    is_total,
    looks_like_id,
    nationality_share,
    place_share,
    speaks_of,
)
from pipelines.ingest.proposals.look import SeenColumn, SeenTable, look_at
from pipelines.ingest.reading.files import check_file
from pipelines.ingest.reading.mapped_table import indicator_id
from pipelines.ingest.reading.mapping import OPEN, Dates
from pipelines.ingest.reading.nationalities import nationality_code
from pipelines.ingest.reading.personal_data import nothing_quoted

_WIDE = 3  # columns of figures from which a table is wide


def propose(path: Path, region: Region, *, sheet: str | None = None, said: Named[str, str] | None = None) -> Draft:
    """Propose how a table is read.

    Args:
        path: The file.
        region: Whose places, groups and indicators are looked for.
        sheet: Which sheet; None: the one that looks most like figures.
        said: Constants that the table does not say (`place`, `indicator`, …); they win.

    Raises:
        PersonalDataError: it looks like data on persons; nothing of it is told.
        DataRefusedError: it can't be read, or holds no table of figures.
    """
    with nothing_quoted([path]):
        check_file(path)
        return _proposed(look_at(path, sheet=sheet), region, said or {})


def _proposed(table: SeenTable, region: Region, said: Named[str, str]) -> Draft:
    choice = Choice(table, region)
    _say_file(choice)
    _propose_wide(choice)
    propose_dates(choice)
    _propose_coordinates(choice)
    _propose_groups(choice)
    _propose_place(choice, said)
    _propose_indicator(choice, said)
    _propose_count(choice)
    for name, value in said.items():
        part = "dates" if name in Dates.model_fields else "constants"
        choice.draft.say(part, name, value=value, why="as you said")
    columns, dates = (choice.draft.keys.get(part, {}) for part in ("columns", "dates"))
    if not choice.says("period_start") and "year" not in dates:
        _leave_open(
            choice, "period_start", "no column of dates was found: write the day, or the column under 'columns'"
        )
    if not choice.wide and "count" not in columns:
        choice.draft.say("columns", "count", value=OPEN, why="no column of figures was found: write its heading")
    propose_cells(choice)
    propose_breakdowns(choice)
    return choice.draft


def _say_file(choice: Choice) -> None:
    table, draft = choice.table, choice.draft
    draft.notes.append(f"Proposed for region '{choice.region.id}' from {table.rows:,} rows. Read it before you use it.")
    draft.say("source", value="table", why="name it after the provider: small letters, digits, _")
    if table.encoding != "utf-8":
        draft.say("encoding", value=table.encoding, why="in it the letters beyond A to Z make words")
    if len(table.alike) > 1 and all(_sheet_meaning(name, choice.region) for name in table.alike):
        role = _sheet_meaning(table.alike[0], choice.region)
        draft.say("sheet", value="each", why=f"{len(table.alike)} sheets with the same columns, named after the {role}")
        draft.say("columns", role, value="@sheet", why="the sheets' names are known")
    elif len(table.sheets) > 1:
        draft.say("sheet", value=table.sheet, why=f"of {len(table.sheets)} sheets the one that looks most like figures")
    if table.header_row > 1:
        draft.say("header_row", value=table.header_row, why="the first row that names the columns below it")
    if table.header_rows > 1:
        draft.say("header_rows", value=table.header_rows, why="the headings are told over several rows")


def _sheet_meaning(name: str, region: Region) -> str:
    return "indicator" if indicator_id(name, region) in region.indicators else ""


def _propose_wide(choice: Choice) -> None:
    """Columns of figures whose headings are dates, places, groups or indicators."""
    figures = [c for c in choice.free if c.figures >= 0.8 or not c.is_filled]
    figures += [c for c in choice.table.columns if not c.is_filled]
    dated = [c for c in figures if date_evidence([c.name]) is not None]
    if len(dated) >= _WIDE:
        choice.take_wide(dated, "period_start", f"{len(dated)} columns of figures have dates as headings")
        return
    shared = _shared_beginning([c.name for c in figures])
    kinds = {kind: [c for c in figures if _place_named(c, shared, choice.region, kind)] for kind in PLACES}
    kind = max(kinds, key=lambda k: len(kinds[k]))
    groups = [c for c in figures if nationality_code(c.name) is not None and not c.name.isdigit()]
    indicators = [c for c in figures if indicator_id(c.name, choice.region) in choice.region.indicators]
    if len(kinds[kind]) >= 2 and len(kinds[kind]) >= len(groups):
        choice.take_wide(kinds[kind], "place", f"{len(kinds[kind])} columns of figures are named after a {kind}")
        choice.draft.say("constants", "place_kind", value=kind, why="as the headings are")
        meant = {
            c.name: place for c in kinds[kind] if (place := _place_named(c, shared, choice.region, kind)) != c.name
        }
        if shared:
            choice.draft.say("values", "place", value=meant, why=f"the places that the headings name after '{shared}'")
    elif len(groups) >= _WIDE:
        choice.take_wide(groups, "nationality", f"{len(groups)} columns of figures are named after nationalities")
    elif len(indicators) >= 2:
        choice.take_wide(indicators, "indicator", f"{len(indicators)} columns of figures are named after indicators")


def _place_named(column: SeenColumn, beginning: str, region: Region, kind: str) -> str | None:
    """The place that a heading names, as it stands or after the words with which several headings begin."""
    found = place_id(region, kind, column.name)
    rest = column.name[len(beginning) :].strip()
    if found is None and beginning and column.name.startswith(beginning) and rest:
        found = place_id(region, kind, rest)
    return found


def _shared_beginning(headings: list[str]) -> str:
    """Words with which at least three headings begin, as 'Arrivals to'."""
    often = Counter(" ".join(words[:n]) for h in headings if (words := h.split()) for n in range(1, len(words)))
    return max((text for text, n in often.items() if n >= _WIDE), key=lambda t: (often[t], len(t)), default="")


def _propose_coordinates(choice: Choice) -> None:
    if not choice.region.has_geometry or "place" in choice.draft.keys.get("columns", {}):
        return
    named = {c.name.casefold(): c for c in choice.free if c.figures >= 0.8}
    for lat, lon in (("latitude", "longitude"), ("lat", "lon"), ("lat", "lng"), ("y", "x")):
        if lat in named and lon in named:
            choice.take("lat", named[lat], "degrees, and the region has a map")
            choice.take("lon", named[lon], "degrees, and the region has a map")
            choice.draft.say("point_decimals", value=1, why="about 10 km: no single event can be found again")
            return


def _propose_groups(choice: Choice) -> None:
    if "nationality" in choice.draft.keys.get("columns", {}):
        return
    shares = {c.position: nationality_share(c) for c in choice.free if len(c.often) > 1 or speaks_of(c, "nationality")}
    rivals = [c for c in choice.free if shares.get(c.position, 0) >= 0.5]
    named = [c for c in rivals if speaks_of(c, "nationality")]
    elsewhere = [c for c in rivals if not speaks_of(c, "place")]
    best = max(named or elsewhere, key=lambda c: (shares[c.position], -c.position), default=None)
    if best is not None:
        share = shares[best.position]
        why = f"{share:.0%} of its cells are nationalities".replace("%", " %")
        choice.take("nationality", best, why + (", its heading says so" if named else ""))


def _propose_place(choice: Choice, said: Named[str, str]) -> None:
    columns = choice.draft.keys.get("columns", {})
    if "place" in columns or "lat" in columns or "place" in said:
        return
    found = [
        (place_share(column, choice.region, kind), kind, column)
        for column in choice.free
        for kind in (*PLACES, "region")
        if column.figures < 0.8 or speaks_of(column, "place")
    ]
    share, kind, column = max(found, key=lambda f: (round(f[0], 2), speaks_of(f[2], "place")), default=(0.0, "", None))
    if column is None or share < 0.05:
        _leave_open(choice, "place", "no column names a place of the region: write its id or name")
        _leave_open(choice, "place_kind", "and its kind: " + ", ".join((*PLACES, "region")))
        return
    why = f"{share:.0%} of its cells are names of a {kind} of the region".replace("%", " %")
    choice.take("place", column, why)
    choice.draft.say("constants", "place_kind", value=kind, why="as the column's cells are")
    totals = [t for t in column.often if is_total(t)]
    if totals:
        choice.draft.say("leave_out", column.name, value=totals, why="a sum of the other places")
    empty = (column.texts == "").mean()
    if empty > 0.3 and column.texts.iloc[0] != "":
        choice.draft.say(
            "fill_down", value=[column.name], why=f"{empty:.0%} of its cells are empty below a name".replace("%", " %")
        )


def _propose_indicator(choice: Choice, said: Named[str, str]) -> None:
    region = choice.region
    if "indicator" in choice.draft.keys.get("columns", {}) or "indicator" in said:
        return
    for column in choice.free:
        if len(column.often) > 4 * len(region.indicators) + 20:
            continue  # as many things are not counted
        names = [t for t in column.often if indicator_id(t, region) in region.indicators]
        if names and len(names) >= 0.5 * len(column.often):
            choice.take(
                "indicator", column, f"{len(names)} of its {len(column.often)} values are indicators of the region"
            )
            return
    about = [choice.table.path.stem, choice.table.sheet, choice.table.title, *(c.name for c in choice.table.columns)]
    named = indicator_named([c.name for c in choice.wide or choice.free if c.figures >= 0.8], about, region)
    if len(region.indicators) == 1:
        choice.draft.say(
            "constants", "indicator", value=next(iter(region.indicators)), why="the region has only this one"
        )
    elif named is not None:
        why = "file, title or headings speak of it: check that it is what is counted"
        choice.draft.say("constants", "indicator", value=named, why=why)
    else:
        _leave_open(choice, "indicator", "write what is counted: " + ", ".join(region.indicators))


def _leave_open(choice: Choice, name: str, why: str) -> None:
    choice.draft.say("constants", name, value=OPEN, why=why)


def _propose_count(choice: Choice) -> None:
    if choice.wide:
        return
    rivals = [c for c in choice.free if c.figures >= 0.5 and not looks_like_id(c)]
    if not rivals:
        return
    texts = {c.position: c.texts.str.replace(r"[^\d.-]", "", regex=True) for c in rivals}
    values = {position: pd.to_numeric(cells, errors="coerce") for position, cells in texts.items()}
    for column in rivals:
        parts = [(a, b) for a in rivals for b in rivals if a.position < b.position and column not in (a, b)]
        for a, b in parts:
            both = values[a.position].fillna(0) + values[b.position].fillna(0)
            filled = (
                values[column.position].notna()
                & (values[a.position].fillna(0) > 0)
                & (values[b.position].fillna(0) > 0)
            )
            if filled.sum() >= 3 and (values[column.position] == both)[filled].mean() >= 0.95:
                choice.take("count", column, f"it is the sum of '{a.name}' and '{b.name}'")
                return
    named = [c for c in rivals if speaks_of(c, "count")] or rivals
    best = max(named, key=lambda c: (round(c.figures, 1), len(c.often), -c.position))
    others = len(rivals) - 1
    choice.take("count", best, "figures" + (f"; {others} other columns hold figures, too: check it" if others else ""))
