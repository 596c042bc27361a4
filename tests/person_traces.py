"""A search for marks of made-up persons (`person_files`) in bytes of any form."""

import io
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow.parquet as pq
import zarr

from tests.person_files import DOCUMENTS, NAMES


def _patterns() -> dict[bytes, str]:
    """How the beginning of a name or document may stand in bytes."""
    stems = [*(stem for stem, _ in NAMES.values()), "Žorv", *DOCUMENTS]
    texts = {t for stem in stems for t in (stem, stem.lower(), stem.upper())}
    encodings = ("utf-8", "utf-16-le", "utf-16-be", "cp1250", "cp1251", "cp1253", "iso-8859-5")
    found: dict[bytes, str] = {}
    for text in texts:
        for encoding in encodings:
            with suppress(UnicodeEncodeError):
                found[text.encode(encoding)] = text
        found[json.dumps(text)[1:-1].encode()] = found[quote(text).encode()] = text
        found["".join(f"&#{ord(c)};" for c in text).encode()] = text
        found[text.encode("ascii", "xmlcharrefreplace")] = text  # as XML in ASCII has it
    return found


PATTERNS = _patterns()


def traces(data: bytes, where: str = "") -> list[str]:
    """What of any person stands in some bytes, with what is around it."""
    hits = ((data.find(pattern), text) for pattern, text in PATTERNS.items())
    return [f"{where}: '{text}' in {data[max(0, at - 60) : at + 60]!r}" for at, text in hits if at >= 0]


def traces_under(folder: Path) -> list[str]:
    """The same of every byte of a folder's files, unpacked too, and of their names."""
    return [t for path in sorted(folder.rglob("*")) for name, data in _unpacked(path) for t in traces(data, name)]


def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    yield f"name of {path}", path.name.encode()
    if path.is_dir():
        if (path / ".zarray").exists():
            yield str(path), repr(np.asarray(zarr.open_array(str(path), mode="r")).tolist()[:100_000]).encode()
        return
    data = path.read_bytes()
    yield str(path), data
    if data[:4] == b"PAR1" == data[-4:]:
        yield str(path), repr(pq.ParquetFile(io.BytesIO(data)).read().to_pydict()).encode()
        yield str(path), repr(pq.read_schema(io.BytesIO(data)).metadata).encode()
    elif data[:2] == b"\x1f\x8b":
        yield str(path), zlib.decompressobj(31).decompress(data)
    elif data[:4] == b"%PDF":
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
            with suppress(zlib.error):
                yield str(path), zlib.decompress(stream)
    for part in re.finditer(b"PK\x03\x04", data):  # also of an archive that is cut off
        name, extra = (int.from_bytes(data[part.start() + at : part.start() + at + 2], "little") for at in (26, 28))
        with suppress(zlib.error):
            yield str(path), zlib.decompressobj(-15).decompress(data[part.start() + 30 + name + extra :])
