"""Rows of a JSON file that holds one list of records, as portals export their tables."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.ingest.reading.files import read_text
from pipelines.observations.schema import DataRefusedError

Record = dict[str, Any]


def read_records(path: Path) -> Iterator[tuple[int, list[Any]]]:
    """A header of all keys, then one row per record; lists and objects inside a record are left out.

    Raises:
        DataRefusedError: it is no JSON, or has no list of records or several.
    """
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DataRefusedError(f"{path.name}: expected JSON, it can't be read. Download it again.") from error
    lists = [records for records in _lists(content) if records]
    if len(lists) != 1:
        raise DataRefusedError(
            f"{path.name}: expected one list of records, such as a portal's time series, got {len(lists)}. Export the "
            "table as CSV."
        )
    keys = list(dict.fromkeys(key for record in lists[0] for key, value in record.items() if _is_cell(value)))
    yield 1, keys
    for number, record in enumerate(lists[0], start=2):
        yield number, [value if _is_cell(value := record.get(key)) else None for key in keys]


def _lists(content: object) -> Iterator[list[Record]]:
    """Lists of records, however deep; those inside a record are its own affair."""
    if isinstance(content, dict):
        for value in content.values():
            yield from _lists(value)
    elif isinstance(content, list) and all(isinstance(record, dict) for record in content):
        yield content


def _is_cell(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)
