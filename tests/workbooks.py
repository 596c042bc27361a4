"""Small workbooks of every kind, written byte by byte: nothing here but this writes .xls, .xlsb or .ods."""

import io
import struct
import zipfile
from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path

Cell = str | float | date | None
Rows = Sequence[Sequence[Cell]]
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
    "<office:spreadsheet>"
)


def write_ods(path: Path, rows: Rows, *, sheet: str = "Sheet1", more: str = "") -> Path:
    """An OpenDocument workbook of one sheet; `more` is XML of further rows."""
    body = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    table = f'<table:table table:name="{escape(sheet)}">{body}{more}</table:table>'
    content = f"{_ODS_HEAD}{table}</office:spreadsheet></office:body></office:document-content>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell:%Y-%m-%d}"/>'
    if isinstance(cell, str):
        text = f"<text:p>{escape(cell)}</text:p>"
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
    return (
        f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    )


def write_xlsb(path: Path, rows: Rows, *, first_row: int = 0) -> Path:
    """Excel's binary workbook of one sheet; text and numbers alone."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    name, link = "Sheet1".encode("utf-16-le"), "rId1".encode("utf-16-le")
    bundle = struct.pack("<III", 0, 1, 4) + link + struct.pack("<I", 6) + name
    book = b"".join([_record(131), _record(143), _record(156, bundle), _record(144), _record(132)])
    sheet = [_record(129), _record(148, struct.pack("<IIII", 0, first_row + len(rows), 0, 9)), _record(145)]
    for n, row in enumerate(rows, first_row):
        sheet.append(_record(0, struct.pack("<IIHHBI", n, 0, 300, 0, 0, 0)))
        sheet += [_xlsb_cell(column, cell) for column, cell in enumerate(row) if cell is not None]
    sheet += [_record(146), _record(130)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="bin" '
            'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{relations}/officeDocument" Target="xl/workbook.bin"/></Relationships>',
        )
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{relations}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
        )
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", b"".join(sheet))
    return path


def _record(kind: int, payload: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, out = len(payload), bytearray()
    while True:
        out.append(size & 0x7F | (0x80 if size > 0x7F else 0))
        size >>= 7
        if not size:
            return head + bytes(out) + payload


def _xlsb_cell(column: int, cell: Cell) -> bytes:
    place = struct.pack("<II", column, 0)
    if isinstance(cell, str):
        return _record(6, place + struct.pack("<I", len(cell)) + cell.encode("utf-16-le"))
    assert isinstance(cell, float | int)
    return _record(5, place + struct.pack("<d", cell))


def write_xls(path: Path, rows: Rows) -> Path:
    """Excel's workbook of before 2007, of one sheet; text and numbers alone."""
    name = "Sheet1".encode("latin-1")
    head = _biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    bundle = struct.pack("<HBB", 0, len(name), 0) + name
    start = len(head) + 4 + 4 + len(bundle) + 4
    book = head + _biff(0x85, struct.pack("<I", start) + bundle) + _biff(0x0A)
    sheet = _biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for n, row in enumerate(rows):
        for column, cell in enumerate(row):
            place = struct.pack("<HHH", n, column, 0)
            if isinstance(cell, str):
                text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                sheet += _biff(0x204, place + text)
            elif cell is not None:
                assert isinstance(cell, float | int)
                sheet += _biff(0x203, place + struct.pack("<d", cell))
    path.write_bytes(_compound(book + sheet + _biff(0x0A)))
    return path


def _biff(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(payload)) + payload


def _compound(stream: bytes) -> bytes:
    """The container of an .xls with one stream: header, table of sectors, directory, stream."""
    size = max(len(stream), 4096)  # smaller ones would go to a table of their own
    sectors = -(-size // 512)
    assert sectors <= 126
    table = [_FAT, _END, *range(3, sectors + 2), _END]
    out = io.BytesIO()
    out.write(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6))
    out.write(struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0))
    out.write(struct.pack("<109I", 0, *[_FREE] * 108))
    out.write(struct.pack("<128I", *table, *[_FREE] * (128 - len(table))))
    for name, kind, child, first, length in (("Root Entry", 5, 1, _END, 0), ("Workbook", 2, _FREE, 2, size)):
        text = name.encode("utf-16-le") + b"\0\0"
        entry = (
            text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1) + struct.pack("<III", _FREE, _FREE, child)
        )
        out.write((entry + bytes(36) + struct.pack("<IQ", first, length)).ljust(128, b"\0"))
    out.write(bytes(256))
    out.write(stream.ljust(sectors * 512, b"\0"))
    return out.getvalue()
