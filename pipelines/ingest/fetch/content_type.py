"""Is a fetched file what its name says? Portals answer with a log-in page where a table should be."""

import zipfile
from pathlib import Path

_HEAD = 4096
_WORKBOOK, _PARQUET, _GZIP = b"PK\x03\x04", b"PAR1", b"\x1f\x8b"


class WrongContentError(Exception):
    """What came is not what was asked for: it is not kept."""


def require_kind(path: Path, name: str) -> None:
    """Compare a file's bytes with what its name promises.

    Args:
        path: The bytes, under any name.
        name: The name it shall have: `.xlsx`, `.csv`, `.txt`, `.parquet`, `.gz`; of others only web pages are refused.

    Raises:
        LyingAnswerError: it is empty, or something else.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
        if not head:
            raise WrongContentError("expected a file, got an empty answer")
        stream.seek(-min(4, path.stat().st_size), 2)
        tail = stream.read()
    got, wanted = _kind(head), name.lower().rpartition(".")[2]
    expected = {"xlsx": "a workbook", "csv": "text", "txt": "text", "parquet": "a Parquet table", "gz": "gzip"}
    if got == "a web page" or (wanted in expected and got != expected[wanted]):
        raise WrongContentError(f"expected {expected.get(wanted, 'a file')}, got {got}")
    if wanted == "xlsx" and not zipfile.is_zipfile(path):
        raise WrongContentError("expected a workbook, got one that is cut off")
    if wanted == "parquet" and tail != _PARQUET:
        raise WrongContentError("expected a Parquet table, got one that is cut off")


def _kind(head: bytes) -> str:
    for start, kind in ((_WORKBOOK, "a workbook"), (_PARQUET, "a Parquet table"), (_GZIP, "gzip"), (b"%PDF", "a PDF")):
        if head.startswith(start):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"<":
        return "a web page"
    if text[:1] in (b"{", b"["):
        return "JSON"
    return "binary data" if b"\x00" in head else "text"
