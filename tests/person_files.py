"""Files with a mark of a person in them, and harmless tables in the styles of the field; all of it is made up."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.comments import Comment

# headings of a name, a date of birth and a document, as people write and shorten them
FIELDS = {
    "English": ("Surname", "Date of birth", "Passport no."),
    "English, short": ("fst nm", "dob", "pp no"),
    "German": ("Nachname", "Geburtsdatum", "Reisepass-Nr."),
    "French": ("Nom de famille", "Né(e) le", "N° de passeport"),
    "Italian": ("Cognome", "Data di nascita", "Passaporto"),
    "Hungarian": ("Vezetéknév", "Születési idő", "Útlevélszám"),
    "Romanian": ("Nume de familie", "Data nașterii", "Pașaport nr"),
    "Albanian": ("Mbiemri", "Datëlindja", "Nr. i pasaportës"),
    "Serbian, Latin": ("Prezime", "Datum rođenja", "Broj pasoša"),
    "Serbian, Cyrillic": ("Презиме", "Датум рођења", "Број пасоша"),
    "Macedonian": ("Презиме", "Датум на раѓање", "Број на пасош"),
    "Bulgarian": ("Фамилия", "Дата на раждане", "Паспорт №"),
    "Greek": ("Επώνυμο", "Ημ. γέννησης", "Αρ. διαβατηρίου"),
    "Croatian": ("Prezime i ime", "Dat. rođ.", "Br. putovnice"),
    "Turkish": ("Soyadı", "Doğum tarihi", "Pasaport No"),
    "Arabic": ("اسم العائلة", "تاريخ الميلاد", "رقم الجواز"),
    "Farsi": ("نام خانوادگی", "تاریخ تولد", "شماره پاسپورت"),
    "Slovenian, of no list": ("priim.", "rojen(a)", "št. potovalne"),
}
WAYS = tuple(
    "column,three columns,heading,place,count,nationality,late row,json,note,file name,line list,second sheet,"
    "hidden sheet,comment,property,parquet column,parquet metadata,utf-16".split(",")
)
Fields = tuple[str, str, str]
HEADER = ("indicator", "place_kind", "place", "period_start", "period", "nationality", "count")
ROW = ("irregular_crossings", "segment", "a-1", "2026-11-09", "W", "TOTAL", "12")


@dataclass(frozen=True)
class Marked:
    """A file and the texts in it that may be nowhere else afterwards."""

    path: Path
    marks: tuple[str, ...]


def marked_files(folder: Path, *, every: int = 1) -> Iterator[Marked]:
    """Every way in every language; of these every n-th."""
    cases = [(language, way) for language in FIELDS for way in WAYS]
    for number, (language, way) in enumerate(cases):
        if number % every == 0:
            born = f"{number % 28 + 1:02d}.03.19{50 + number % 49}"
            marks = (f"Zorvanek{number:03d}x", born, f"QX{8_100_000 + number}")  # none is part of another
            place = folder / f"{number:03d}"
            place.mkdir()
            yield Marked(_write(place, way, FIELDS[language], marks), (marks[0], marks[2]))


def _write(folder: Path, way: str, fields: Fields, marks: Fields) -> Path:
    header, rows = _cells(way, fields, marks)
    if way in ("second sheet", "hidden sheet", "comment", "property"):
        book = openpyxl.Workbook()
        _fill_book(book, way, fields, marks, [header, *rows])
        book.save(folder / "figures.xlsx")
        return folder / "figures.xlsx"
    if way.startswith("parquet"):
        table = pa.table({h: [r[i] for r in rows] for i, h in enumerate(header)})
        pq.write_table(table.replace_schema_metadata({"author": marks[0], fields[2]: marks[2]}), folder / "f.parquet")
        return folder / "f.parquet"
    path = folder / (f"{marks[0]}_{marks[2]}.csv" if way == "file name" else "figures.csv")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    path.write_bytes(text.getvalue().encode("utf-16" if way == "utf-16" else "utf-8"))
    return path


def _cells(way: str, fields: Fields, marks: Fields) -> tuple[list[str], list[list[str]]]:
    name, born, document = marks
    rows = [[*ROW[:3], week, *ROW[4:]] for week in ("2026-10-05", "2026-09-07", "2026-08-03")]
    beside = {  # what stands in a column more
        "column": (fields[:1], [name]),
        "three columns": (fields, marks),
        "parquet column": ((fields[0], "ref"), [name, document]),
        "heading": ((f"{name} {document}",), ["1"]),
        "json": (("details",), [json.dumps({fields[0]: name, fields[2]: document}, ensure_ascii=False)]),
        "note": (("note",), [f"{name} ({born}), {document}"]),
    }
    if way in HEADER or way == "utf-16":
        rows[1][HEADER.index("place" if way == "utf-16" else way)] = f"{name} {document}"
    elif way == "late row":
        weeks = pd.date_range("2010-01-04", periods=700, freq="7D").strftime("%Y-%m-%d")
        rows = [[*ROW[:3], week, *ROW[4:], ""] for week in weeks]
        rows[650][-1] = f"{name}, {born}, {document}"
        return [*HEADER, "note"], rows
    elif way == "line list":
        lines = [[f"{name}{chr(97 + n)}", born, f"{document}{n}", "AFG", "1"] for n in range(12)]
        return [*fields, "nationality", "count"], lines
    headings, cells = beside.get(way, ((), []))
    return [*HEADER, *headings], [[*row, *cells] for row in rows]


def _fill_book(book: openpyxl.Workbook, way: str, fields: Fields, marks: Fields, rows: list[list[str]]) -> None:
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if way == "comment":
        sheet["C2"].comment = Comment(f"{marks[0]} {marks[2]}", marks[0])
    elif way == "property":
        book.properties.creator, book.properties.description = marks[0], marks[2]
    else:
        other = book.create_sheet("other")
        for row in [["Table 2"], [], list(fields), *[list(marks)] * 3]:
            other.append(row)
        other.sheet_state = "hidden" if way == "hidden sheet" else "visible"


def bytes_under(folder: Path) -> bytes:
    """Every byte of a folder's files, unpacked too, and their names."""
    out = []
    for path in sorted(folder.rglob("*")):
        out.append(path.name.encode())
        if path.is_file():
            out.append(path.read_bytes())
            if path.suffix == ".parquet":  # columns are packed
                out.append(repr(pq.read_table(path).to_pylist()).encode())
                out.append(repr(pq.read_schema(path).metadata).encode())
            elif zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    out += [archive.read(n) for n in archive.namelist()]
    return b"\n".join(out)
