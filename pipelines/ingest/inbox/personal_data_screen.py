"""A refused file stays in the drop folder for whoever sent it, unless it may hold data on persons."""

import csv
import io
from pathlib import Path

from pipelines.ingest.reading.files import check_file, delimiter_of
from pipelines.ingest.reading.personal_data import require_no_persons
from pipelines.observations.schema import PersonalDataError

_HEAD_BYTES = 2**20
_ROWS = 500
_WHOLE_BYTES = 256 * 2**20  # larger files are looked at by their first rows alone


def may_hold_persons(path: Path) -> bool:
    """Whether a file has columns or values of persons, whatever else it was refused for.

    Files in another encoding, or of no known form, are read as well as can be: in doubt for the persons.
    """
    try:
        if path.stat().st_size <= _WHOLE_BYTES:
            check_file(path)
            return False
    except PersonalDataError:
        return True
    except Exception:  # noqa: BLE001 - whatever the file is, its first rows decide
        return _head_holds_persons(path)
    return _head_holds_persons(path)


def _head_holds_persons(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
    # the csv module ends at a null byte, and a cut last character is of no matter
    text = head.decode(encoding, errors="replace").replace("\x00", "")
    for delimiter in {delimiter_of(text), ",", ";", "\t"}:
        rows = _rows(text, delimiter)
        names = rows[0] if rows else []
        columns = {name: [r[i] for r in rows[1:] if i < len(r)] for i, name in enumerate(names)}
        try:
            require_no_persons(path, columns)
        except PersonalDataError:
            return True
    return False


def _rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > _ROWS:
                break
    except csv.Error:  # no table, or a cell of 128 KiB
        pass
    return rows
