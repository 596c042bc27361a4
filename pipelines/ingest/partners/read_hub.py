"""A partner's hub file: its name, its shape, and whether its rows are what the hub's rules and the region's pack allow.

A file with one wrong row is refused as a whole, and each reason is told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forecasting.base.contracts import QUANTILE_LEVELS
from forecasting.base.quantile_functions import MIN_LEVELS
from geo.region.region import Region
from geo.region.units import location_of, unit_table
from pipelines.ingest.door.ingest import reasons_of
from pipelines.ingest.reading.files import MAX_BYTES, check_file, require_names_once
from pipelines.ingest.reading.numbers import number_rule
from pipelines.ingest.reading.person_evidence import require_no_persons
from pipelines.ingest.reading.personal_data import heading_for_message, headings_for_message, masked
from pipelines.ingest.reading.tables import days, read_csv_text
from pipelines.observations.schema import TOTAL, DataRefusedError
from pipelines.store.periods import period_ends, period_starts, target_starts

COLUMNS = ("origin_date", "target", "horizon", "location", "target_end_date", "output_type", "output_type_id", "value")
OPTIONAL = ("nationality",)
MAX_ROWS = 5_000_000
MAX_TEXT = 500  # characters of a cell
SUFFIXES = (".csv", ".parquet")
_NAME = re.compile(
    r"(?P<origin_date>\d{4}-\d{2}-\d{2})-(?P<team>[A-Za-z0-9_]+)-(?P<model>[A-Za-z0-9_]+)\.(csv|parquet)"
)
_SUM = r"^(.+) sum over \d+ (?:weeks|months)$"  # as our own hubs name it
_WORD = re.compile(r"[A-Za-z0-9_]+")
_DATES = ("origin_date", "target_end_date")
_FIRST, _LAST = pd.Timestamp("1950-01-01"), pd.Timestamp("2200-01-01")
_NUMBERS = ("horizon", "output_type_id", "value")
MAX_HORIZON = 52
TASK = ["target", "location", "horizon"]
KEPT = ["origin_date", *TASK, "level", "value"]
_REASONS_SHOWN = 8
_TOLERANCE = 1e-9  # of levels, which some write as 0.30000000000000004


@dataclass(frozen=True)
class HubFile:
    """A file of the hub, as its name says: `<origin_date>-<team>-<model>.parquet` (or `.csv`)."""

    path: Path
    origin_date: str
    team: str
    model: str

    @property
    def name(self) -> str:
        """Team and model as the hub writes them."""
        return f"{self.team}-{self.model}"


def hub_files(paths: Sequence[Path], *, team: str | None = None) -> list[HubFile]:
    """The model-output files under some paths (files, a model's folder, `model-output`, or a whole hub).

    Args:
        paths: Where to look.
        team: Name to use in place of the files' own.

    Raises:
        DataRefusedError: a path is absent, holds no such file, or a file's or team's name is not the hub's.
    """
    if team is not None and not _WORD.fullmatch(team):
        raise DataRefusedError(f"team '{team}': expected letters, digits and underscores only. Choose another --team.")
    return [_named(file, team) for path in paths for file in _under(path)]


def _under(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    folder = path / "model-output" if (path / "model-output").is_dir() else path
    found = sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.is_file())
    if not found:
        raise DataRefusedError(
            f"{path}: expected model output (.parquet or .csv) in this folder, got none. Name the hub's folder."
        )
    return found


def _named(path: Path, team: str | None) -> HubFile:
    match = _NAME.fullmatch(path.name)
    if match is None or pd.isna(pd.to_datetime(match["origin_date"], format="%Y-%m-%d", errors="coerce")):
        raise DataRefusedError(
            f"{path.name}: expected a name like 2026-11-16-team-model.parquet (or .csv), as hubs write it: the first "
            "day of the last period seen, the team and the model, in letters, digits and underscores. Rename the file."
        )
    return HubFile(path, match["origin_date"], team or match["team"], match["model"])


def read_hub_file(path: Path) -> pd.DataFrame:
    """A hub file's rows, with `line` (line of a CSV, row of a Parquet file, from 1); unreadable cells are NaT or NaN.

    Raises:
        DataRefusedError: it is no such file, has other columns, or person-level fields.
    """
    if path.suffix == ".csv":
        check_file(path)
        table = read_csv_text(path, required=COLUMNS, optional=OPTIONAL)
        if table.attrs["unread"]:
            raise _other_columns(path, [], ", ".join(table.attrs["unread"]))
    else:
        table = _read_parquet(path)
    _require_columns(path, [c for c in table.columns if c != "line"])
    if table.empty:
        raise DataRefusedError(f"{path.name}: expected forecasts, the table has no rows. Ask the partner for the file.")
    table = table.astype(dict.fromkeys(table.select_dtypes("category"), object))
    for column in _DATES:
        table[column] = _dates(table[column])
    for column in _NUMBERS:
        table[column] = number_rule(table[column], decimal=".").read(table[column])
    for column in ("target", "location", "output_type", *OPTIONAL):
        if column in table:
            table[column] = table[column].astype(object).where(table[column].notna(), "").astype(str)
    return table


def _read_parquet(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise DataRefusedError(f"{path}: expected a file, there is none. Check the path.")
    if path.stat().st_size > MAX_BYTES:
        raise DataRefusedError(f"{path.name}: expected at most {MAX_BYTES // 2**30} GiB. Split it by rounds.")
    try:
        # a text that a small file repeats a million times stays one text
        repeated = [field.name for field in pq.read_schema(path) if _is_text(field.type)]
        with pq.ParquetFile(path, read_dictionary=repeated) as file:
            require_names_once(path, file.schema_arrow.names)
            # names first: a file about persons is refused before its cells are looked at
            require_no_persons(path, {n: [] for n in file.schema_arrow.names})
            _require_plain(path, file)
            read = file.read()
            _require_short(path, read)
            table = read.replace_schema_metadata(None).to_pandas(date_as_object=False)  # theirs may be anything
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataRefusedError(
            f"{path.name}: expected a Parquet file, it can't be read ({reason}). Ask the partner for the file again."
        ) from error
    texts = table.select_dtypes(["object", "string", "category"])
    require_no_persons(path, {str(c): texts[c].dropna().astype(str).tolist() for c in texts})
    return table.assign(line=np.arange(1, len(table) + 1))


def _require_plain(path: Path, file: pq.ParquetFile) -> None:
    """Refuse what no hub file is: too many rows, or lists and structures in its columns."""
    if file.metadata.num_rows > MAX_ROWS:
        raise DataRefusedError(
            f"{path.name}: expected at most {MAX_ROWS:,} rows, got {file.metadata.num_rows:,}. Split it by rounds."
        )
    nested = [field.name for field in file.schema_arrow if pa.types.is_nested(field.type)]
    if nested:
        raise DataRefusedError(
            f"{path.name}: expected texts, dates and numbers, got lists in {headings_for_message(nested)}. "
            "Ask the partner for the hub's model output."
        )


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _require_short(path: Path, table: pa.Table) -> None:
    """Refuse texts that are none of a hub's words."""
    for name in table.column_names:
        for chunk in table[name].chunks:
            values = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
            if _is_text(values.type) and pc.any(pc.greater(pc.utf8_length(values), MAX_TEXT)).as_py():
                raise DataRefusedError(
                    f"{path.name}: expected words of at most {MAX_TEXT} characters, got longer ones in "
                    f"{heading_for_message(name)}. Send the hub's model output."
                )


def _require_columns(path: Path, columns: Sequence[str]) -> None:
    lacking = [c for c in COLUMNS if c not in columns]
    other = [c for c in columns if c not in (*COLUMNS, *OPTIONAL)]
    if lacking or other or len(set(columns)) < len(columns):
        raise _other_columns(path, lacking, headings_for_message(other))


def _other_columns(path: Path, lacking: Sequence[str], other: str) -> DataRefusedError:
    return DataRefusedError(
        f"{path.name}: expected the columns {', '.join(COLUMNS)} (and, if wanted, {', '.join(OPTIONAL)}), once each; "
        f"missing: {', '.join(lacking) or 'none'}; not known: {other}. Send the hub's model output."
    )


def _dates(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(cells):
        plain = cells if cells.dt.tz is None else cells.dt.tz_localize(None)
        whole = (plain == plain.dt.normalize()) & (plain > _FIRST) & (plain < _LAST)
        return plain.where(whole).astype("datetime64[ns]")
    return days(cells.astype(object).where(cells.notna(), "").astype(str)).astype("datetime64[ns]")


def validated(table: pd.DataFrame, file: HubFile, region: Region, *, today: date) -> pd.DataFrame:
    """The quantiles of a hub file, once every row is what the hub's rules and the region's pack allow.

    Args:
        table: `read_hub_file`.
        file: Its name says origin date, team and model.
        region: Targets are its indicators, locations its units (a segment without its prefix).
        today: No origin date lies later.

    Returns:
        Columns `origin_date, target, location, horizon, level, value`, sorted by task and level.

    Raises:
        DataRefusedError: names the file, and each reason with the number of rows and the first of them.
    """
    table = table.assign(level=_nearest_level(table["output_type_id"]))
    for checks in (_row_checks(table, file, region, pd.Timestamp(today)), _task_checks(table)):
        reasons = pd.Series("", index=table.index, dtype=object)
        for reason, wrong in checks:
            reasons[wrong & (reasons == "")] = reason
        bad = reasons != ""
        if bad.any():
            raise _refusal(file, table.loc[bad, "line"], reasons[bad], rows=len(table))
    return table.sort_values([*TASK, "level"], ignore_index=True)[KEPT]


def unread(table: pd.DataFrame, region: Region) -> dict[str, pd.Series]:
    """Which rows of `read_hub_file` are not read, by what they are: joint samples, sums of an indicator over periods.

    What they say of single periods stands in the quantiles.
    """
    samples = table["output_type"] == "sample"
    summed = table["target"].str.extract(_SUM, expand=False)
    return {"samples": samples, "quantiles of sums": summed.isin(list(region.indicators)) & ~samples}


def only_read(table: pd.DataFrame, file: HubFile, region: Region) -> pd.DataFrame:
    """The rows of `read_hub_file` that are read.

    Raises:
        DataRefusedError: there are none.
    """
    left_out = unread(table, region)
    rows = table[~np.logical_or.reduce(list(left_out.values()))].reset_index(drop=True)
    if rows.empty:
        what = " and ".join(name for name, those in left_out.items() if those.any())
        raise DataRefusedError(
            f"{file.path.name}: expected hub quantiles, got {what} alone. Ask the partner for quantiles beside them."
        )
    return rows


def _refusal(file: HubFile, lines: pd.Series, reasons: pd.Series, *, rows: int) -> DataRefusedError:
    by_reason = reasons_of(pd.DataFrame({"reason": reasons, "line": lines}))
    shown = [f"{n:,} × {reason} (first in row {line:,})" for reason, n, line in by_reason[:_REASONS_SHOWN]]
    more = f"; and {len(by_reason) - _REASONS_SHOWN} more reasons" if len(by_reason) > _REASONS_SHOWN else ""
    return DataRefusedError(
        f"{file.path.name}: expected hub quantiles, {len(lines):,} of {rows:,} rows are not: {'; '.join(shown)}{more}. "
        "Nothing of it was taken. Ask the partner to mend it."
    )


def _row_checks(
    table: pd.DataFrame, file: HubFile, region: Region, today: pd.Timestamp
) -> Iterator[tuple[str, pd.Series]]:
    origin, value, horizon = table["origin_date"], table["value"], table["horizon"]
    yield "output_type is not 'quantile', the only one that is read", table["output_type"] != "quantile"
    yield "origin_date is no date (expected YYYY-MM-DD)", origin.isna()
    yield f"origin_date is not {file.origin_date}, as the file's name says", origin != pd.Timestamp(file.origin_date)
    first = "a Monday" if region.freq == "W" else "the first of a month"
    yield f"origin_date is not {first}", origin.to_numpy() != period_starts(origin, region.freq).to_numpy()
    yield "origin_date lies in the future", origin > today
    yield from _unknown("target", table["target"], list(region.indicators))
    yield from _unknown("location", table["location"], [location_of(u) for u in unit_table(region)["unit"]])
    if "nationality" in table:
        yield f"nationality is not {TOTAL}, the only one that is forecast", table["nationality"] != TOTAL
    yield f"horizon is no whole number from 1 to {MAX_HORIZON}", ~horizon.isin(range(1, MAX_HORIZON + 1))
    yield "target_end_date is no date (expected YYYY-MM-DD)", table["target_end_date"].isna()
    yield "target_end_date is not the last day of origin_date's period + horizon", _wrong_end(table, file, region)
    yield "output_type_id is none of the 23 levels (0.01, 0.025, 0.05, … 0.95, 0.975, 0.99)", table["level"].isna()
    yield "value is no finite number", ~np.isfinite(value)
    yield "value is negative", value < 0


def _unknown(what: str, names: pd.Series, known: list[str]) -> Iterator[tuple[str, pd.Series]]:
    for name in dict.fromkeys(names):
        if name not in known:
            near = get_close_matches(name, known, n=3)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            yield f"unknown {what} {masked(name, known)}{hint}", names == name


def _wrong_end(table: pd.DataFrame, file: HubFile, region: Region) -> pd.Series:
    ends = period_ends(target_starts(pd.Timestamp(file.origin_date), MAX_HORIZON, region.freq), region.freq)
    expected = table["horizon"].map({h + 1.0: end for h, end in enumerate(ends)})
    return expected.notna() & (table["target_end_date"] != expected)


def _task_checks(table: pd.DataFrame) -> Iterator[tuple[str, pd.Series]]:
    """What the quantiles of one forecast must be together; the row is the one that breaks it."""
    yield "the same quantile stands in the file twice", table.duplicated([*TASK, "level"], keep="first")
    ordered = table.sort_values([*TASK, "level"])
    falls = ordered.groupby(TASK, sort=False)["value"].diff() < 0
    yield "value is lower than that of the level before", falls.reindex(table.index)
    levels = table.groupby(TASK)["level"]
    few = levels.transform("nunique") < MIN_LEVELS
    yield f"fewer than {MIN_LEVELS} levels for this target, location and horizon", few
    one_sided = (levels.transform("min") >= 0.5) | (levels.transform("max") <= 0.5)
    yield "the levels for this target, location and horizon lie on one side of the median only", one_sided


def _nearest_level(given: pd.Series) -> np.ndarray:
    levels, values = np.array(QUANTILE_LEVELS), given.to_numpy()
    nearest = levels[np.searchsorted(levels, values - _TOLERANCE).clip(max=len(levels) - 1)]
    return np.where(np.abs(nearest - values) <= _TOLERANCE, nearest, np.nan)
