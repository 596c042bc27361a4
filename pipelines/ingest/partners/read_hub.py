"""Read a partner's hub file into a table of texts, dates and numbers; nothing is judged here but its shape."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.ingest.reading.files import MAX_BYTES, check_file
from pipelines.ingest.reading.personal_data import require_no_persons
from pipelines.ingest.reading.tables import days, read_csv_text
from pipelines.observations.schema import DataRefusedError

COLUMNS = ("origin_date", "target", "horizon", "location", "target_end_date", "output_type", "output_type_id", "value")
OPTIONAL = ("nationality",)
MAX_ROWS = 5_000_000
MAX_TEXT = 500  # characters of a cell
SUFFIXES = (".csv", ".parquet")
_NAME = re.compile(
    r"(?P<nationality>\d{4}-\d{2}-\d{2})-(?P<team>[A-Za-z0-9_]+)-(?P<model>[A-Za-z0-9_]+)\.(csv|parquet)"
)
_WORD = re.compile(r"[A-Za-z0-9_]+")
_DATES = ("origin_date", "target_end_date")
_FIRST, _LAST = pd.Timestamp("1950-01-01"), pd.Timestamp("2200-01-01")
_NUMBERS = ("horizon", "output_type_id", "value")


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
        raise DataRefusedError(f"{path}: expected model output (.parquet or .csv) in this folder, got none.")
    return found


def _named(path: Path, team: str | None) -> HubFile:
    match = _NAME.fullmatch(path.name)
    if match is None or not _is_day(match["nationality"]):
        raise DataRefusedError(
            f"{path.name}: expected a name like 2026-11-16-team-model.parquet (or .csv), as hubs write it: the first "
            "day of the last period seen, the team and the model, in letters, digits and underscores. Rename the file."
        )
    return HubFile(path, match["nationality"], team or match["team"], match["model"])


def _is_day(text: str) -> bool:
    return bool(pd.notna(pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")))


def read_hub_file(path: Path) -> pd.DataFrame:
    """A hub file's rows, with `line` (line of a CSV, row of a Parquet file, from 1); unreadable cells are NaT or NaN.

    Raises:
        DataRefusedError: it is no such file, has other columns, or person-level fields.
    """
    if path.suffix == ".csv":
        check_file(path)
        table = read_csv_text(path, required=COLUMNS)
    else:
        table = _read_parquet(path)
    _require_columns(path, [c for c in table.columns if c != "line"])
    if table.empty:
        raise DataRefusedError(f"{path.name}: expected forecasts, the table has no rows. Ask the partner for the file.")
    table = table.astype(dict.fromkeys(table.select_dtypes("category"), object))
    for column in _DATES:
        table[column] = _dates(table[column])
    for column in _NUMBERS:
        table[column] = _numbers(table[column])
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
            # names first: a file about persons is refused before its cells are looked at
            require_no_persons(path, {n: [] for n in file.schema_arrow.names})
            _require_plain(path, file)
            read = file.read()
            _require_short(path, read)
            table = read.to_pandas(date_as_object=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataRefusedError(f"{path.name}: expected a Parquet file, it can't be read ({reason}).") from error
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
        raise DataRefusedError(f"{path.name}: expected texts, dates and numbers, got lists in {', '.join(nested[:6])}.")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _require_short(path: Path, table: pa.Table) -> None:
    """Refuse texts that are none of a hub's words."""
    for name in table.column_names:
        for chunk in table[name].chunks:
            values = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
            if _is_text(values.type) and pc.any(pc.greater(pc.utf8_length(values), MAX_TEXT)).as_py():
                raise DataRefusedError(
                    f"{path.name}: expected words of at most {MAX_TEXT} characters, got longer ones in '{name}'. Send "
                    "the hub's model output."
                )


def _require_columns(path: Path, columns: Sequence[str]) -> None:
    lacking = [c for c in COLUMNS if c not in columns]
    other = [c for c in columns if c not in (*COLUMNS, *OPTIONAL)]
    if lacking or other or len(set(columns)) < len(columns):
        raise DataRefusedError(
            f"{path.name}: expected the columns {', '.join(COLUMNS)} (and, if wanted, {', '.join(OPTIONAL)}), once "
            f"each; missing: {', '.join(lacking) or 'none'}; not known: {', '.join(map(str, other[:6])) or 'none'}. "
            "Send the hub's model output."
        )


def _dates(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(cells):
        plain = cells if cells.dt.tz is None else cells.dt.tz_localize(None)
        whole = (plain == plain.dt.normalize()) & (plain > _FIRST) & (plain < _LAST)
        return plain.where(whole).astype("datetime64[ns]")
    return days(cells.astype(object).where(cells.notna(), "").astype(str)).astype("datetime64[ns]")


def _numbers(cells: pd.Series) -> pd.Series:
    """Numbers as a program writes them; a decimal comma or a unit is no number here."""
    return pd.to_numeric(cells, errors="coerce").astype(float)
