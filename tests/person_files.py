"""Files with marks of a made-up person in every corner that a form of file offers."""

import csv
import gzip
import io
import json
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tests.person_tables import DoorTable
from tests.workbooks import write_ods

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
# how a made-up name begins in each script, and what it goes on with; nothing else that is written begins so
NAMES = {
    "LATIN": ("Zorv", "ba de ki lo mu ne pa ri so tu".split()),
    "CYRILLIC": ("Зорв", "ба де ки ло му не па ри со ту".split()),
    "GREEK": ("Ζορβ", "βα δε κι λο μυ νε πα ρι σο τυ".split()),
    "ARABIC": ("زورڤ", "با دي كي لو مو ني پا ري سو تو".split()),
}
DOCUMENTS = ("QX81", "81007731")  # of a passport, and a personal number
CODE_PAGES = {"LATIN": "cp1250", "CYRILLIC": "cp1251", "GREEK": "cp1253", "ARABIC": "utf-16"}
Rows = list[list[str]]


@dataclass(frozen=True)
class Person:
    """A made-up person: headings as a language has them, and a name, a date of birth and a document of its own."""

    fields: tuple[str, str, str]
    script: str
    name: str
    born: str
    document: str

    @classmethod
    def number(cls, number: int) -> "Person":
        """The n-th: the language goes round."""
        fields = list(FIELDS.values())[number % len(FIELDS)]
        script = unicodedata.name(fields[0][0]).split()[0]
        stem, parts = NAMES[script]
        if script == "LATIN" and not "".join(fields).isascii():
            stem = "Žorv"
        name = stem + "".join(parts[number // ten % 10] for ten in (1, 10, 100, 1000))
        return cls(
            fields,
            script,
            name,
            f"{number % 28 + 1:02d}.03.19{50 + number % 49}",
            f"{DOCUMENTS[number % 2]}{number:05d}",
        )

    @property
    def both(self) -> str:
        """Name and document in one text."""
        return f"{self.name} {self.document}"

    @property
    def values(self) -> tuple[str, str, str]:
        """What stands under `fields`."""
        return self.name, self.born, self.document


@dataclass(frozen=True)
class Planted:
    """A table with a person in it, before it is written."""

    person: Person
    table: DoorTable
    header: list[str]
    rows: Rows

    def beside(self, headings: Sequence[str], cells: Sequence[str]) -> "Planted":
        """With further columns of the same cells in each row."""
        return replace(self, header=[*self.header, *headings], rows=[[*row, *cells] for row in self.rows])

    def cell(self, row: int, column: int, text: str) -> "Planted":
        """With one cell changed."""
        rows = [list(r) for r in self.rows]
        rows[row][column] = text
        return replace(self, rows=rows)


Plant = Callable[[Planted], Planted]
Write = Callable[[Planted], tuple[str, bytes]]  # name of the file (empty: as the table is called), and its bytes


def _late(planted: Planted) -> Planted:
    return replace(planted, rows=planted.table.rows(580)).beside(["note"], [""]).cell(560, -1, planted.person.both)


def _line_list(planted: Planted) -> Planted:
    p = planted.person
    rows = [[f"{p.name}{chr(97 + n)}", p.born, f"{p.document}{n}", "AFG", "1"] for n in range(12)]
    return replace(planted, header=[*p.fields, "nationality", "count"], rows=rows)


def _form_above(planted: Planted) -> Planted:
    p = planted.person
    form = [[f"{field}:", value] for field, value in zip(p.fields, p.values, strict=True)]
    return replace(planted, header=form[0], rows=[*form[1:], [], planted.header, *planted.rows])


CELLS: dict[str, Plant] = {
    "column": lambda p: p.beside(p.person.fields[:1], [p.person.name]),
    "three columns": lambda p: p.beside(p.person.fields, p.person.values),
    "heading": lambda p: p.beside([p.person.both], ["1"]),
    "heading over nothing": lambda p: p.beside([p.person.name, p.person.document], ["", ""]),
    "heading over texts": lambda p: p.beside([p.person.name], ["total"]),
    "note": lambda p: p.beside(["note"], [f"{p.person.name} ({p.person.born}), {p.person.document}"]),
    "one cell": lambda p: p.beside(["source"], ["office"]).cell(3, -1, p.person.both),
    "json": lambda p: p.beside(
        ["details"],
        [json.dumps(dict(zip(p.person.fields, p.person.values, strict=True)), ensure_ascii=False)],
    ),
    "late row": _late,
    "title": lambda p: replace(p, header=[p.person.both], rows=[[], p.header, *p.rows]),
    "form above": _form_above,
    "line below": lambda p: replace(p, rows=[*p.rows, [f"Source: {p.person.both}"]]),
    "cells too many": lambda p: replace(p, rows=[p.rows[0], [*p.rows[1], p.person.name, p.person.document]]),
    "cells too few": lambda p: replace(p, rows=[*p.rows, [p.person.name], [p.person.document, ""]]),
    "no heading": lambda p: p.beside(["", ""], [p.person.name, p.person.document]),
    "no header": lambda p: replace(p, header=list(p.person.values), rows=[list(p.person.values) for _ in range(3)]),
    "first row as header": lambda p: replace(p, header=[p.person.name, *p.rows[0][1:]], rows=p.rows[1:]),
    "heading twice": lambda p: p.beside([p.person.name, p.person.name], ["x", "y"]),
    "line list": _line_list,
    "formula": lambda p: p.beside(["link"], [f'=HYPERLINK("https://e.org/{p.person.document}","{p.person.name}")']),
    "long cell": lambda p: p.beside(["note"], [""]).cell(1, -1, f"{p.person.both} " * 8_000),
    "long heading": lambda p: p.beside([f"{p.person.both} " * 8_000], ["x"]),
    "line break": lambda p: p.beside(["note"], [f"{p.person.name}\n{p.person.document}"]),
}


def _csv(planted: Planted, *, delimiter: str = "") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter or planted.table.delimiter, lineterminator="\n")
    writer.writerows([planted.header, *planted.rows])
    return text.getvalue()


def _name(planted: Planted, ending: str) -> str:
    return f"{Path(planted.table.file).stem}.{ending}"


def _gzip(planted: Planted) -> tuple[str, bytes]:
    packed = io.BytesIO()
    with gzip.GzipFile(f"{planted.person.document}.csv", "wb", fileobj=packed) as f:
        f.write(_csv(planted).encode())
    return _name(planted, "csv.gz"), packed.getvalue()


def _parquet(planted: Planted, *, metadata: bool = False, arrow: bool = False) -> tuple[str, bytes]:
    width = len(planted.header)
    columns = [[row[i] if i < len(row) else None for row in planted.rows] for i in range(width)]
    about = {planted.person.fields[0]: planted.person.name, "pandas": planted.person.document} if metadata else None
    fields = [pa.field(h, pa.string(), metadata=about) for h in planted.header]
    table = pa.table([pa.array(c, pa.string()) for c in columns], schema=pa.schema(fields, metadata=about))
    if metadata:
        nested = pa.array(
            [{planted.person.fields[0]: planted.person.name, "n": [planted.person.document]}] * len(table)
        )
        table = table.append_column("details", nested)
    out = io.BytesIO()
    if arrow:
        pyarrow.feather.write_feather(table, out, compression="uncompressed")
    else:
        pq.write_table(table, out, compression="zstd")
    return _name(planted, "arrow" if arrow else "parquet"), out.getvalue()


def _records(planted: Planted) -> tuple[str, bytes]:
    p = planted.person
    records = [dict(zip(planted.header, row, strict=False)) for row in planted.rows]
    records[0] |= {"who": {p.fields[0]: p.name, "papers": [p.document]}, p.name: p.document}
    return _name(planted, "json"), json.dumps({"about": {p.fields[0]: p.name}, "data": records}).encode()


def _ods(planted: Planted) -> tuple[str, bytes]:
    p, out = planted.person, io.BytesIO()
    note = f"<office:annotation><text:p>{p.both}</text:p></office:annotation>"
    more = f'<table:table-row><table:table-cell office:value-type="string">{note}</table:table-cell></table:table-row>'
    write_ods(out, [planted.header, *planted.rows], sheet=p.name, more=more)  # type: ignore[arg-type]
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("meta.xml", f"<office:document-meta><dc:creator>{p.both}</dc:creator></office:document-meta>")
    return _name(planted, "ods"), out.getvalue()


def _zip(planted: Planted) -> tuple[str, bytes]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{planted.person.name}/{planted.person.document}.csv", _csv(planted))
        archive.comment = planted.person.both.encode()
    return _name(planted, "zip"), out.getvalue()


FORMS: dict[str, Write] = {
    "csv": lambda p: ("", _csv(p).encode()),
    "semicolons": lambda p: ("", _csv(p, delimiter=";").encode()),
    "open quote": lambda p: ("", _csv(p).encode() + b'"' + p.person.both.encode()),
    "code page": lambda p: ("", _csv(p).encode(CODE_PAGES[p.person.script], errors="replace")),
    "utf-16": lambda p: ("", _csv(p).encode("utf-16")),
    "gzip": _gzip,
    "cut gzip": lambda p: ("", _gzip(p)[1][:-9]),
    "zip": _zip,
    "xlsx": lambda p: _book(p, lambda *_: None),
    "cut xlsx": lambda p: (_name(p, "xlsx"), _book(p, lambda *_: None)[1][:-400]),
    "ods": _ods,
    "json": _records,
    "parquet": _parquet,
    "parquet with metadata": lambda p: _parquet(p, metadata=True),
    "cut parquet": lambda p: (_name(p, "parquet"), _parquet(p)[1][:-9]),
    "arrow": lambda p: _parquet(p, metadata=True, arrow=True),
    "named after a person": lambda p: (f"{p.person.document}_{p.person.name}_{p.table.file}", _csv(p).encode()),
}
IN_EVERY_FORM = ("three columns", "heading", "heading twice", "long heading", "note", "first row as header")
Fill = Callable[[Worksheet, Person], None]


def _book(planted: Planted, fill: Fill) -> tuple[str, bytes]:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in [planted.header, *planted.rows]:
        book.active.append([int(c) if c.isdigit() else c for c in row])
    fill(book.active, planted.person)
    book.save(out)
    return _name(planted, "xlsx"), out.getvalue()


def _sheet(state: str) -> Fill:
    def fill(sheet: Worksheet, person: Person) -> None:
        other = sheet.parent.create_sheet("other")
        for row in [["Table 2"], [], list(person.fields), *[list(person.values)] * 3]:
            other.append(row)
        other.sheet_state = state

    return fill


def _hidden(sheet: Worksheet, person: Person) -> None:
    column, row = sheet.max_column + 3, sheet.max_row + 2
    sheet.cell(2, column, person.name)
    sheet.cell(row, 1, person.document)
    sheet.column_dimensions[openpyxl.utils.get_column_letter(column)].hidden = True
    sheet.row_dimensions[row].hidden = True


def _properties(sheet: Worksheet, person: Person) -> None:
    about = sheet.parent.properties
    about.creator = about.lastModifiedBy = about.title = person.name
    about.description = about.keywords = about.subject = person.document
    sheet.parent.custom_doc_props.append(StringProperty(name=person.fields[0], value=person.both))


def _validation(sheet: Worksheet, person: Person) -> None:
    rule = DataValidation(type="list", formula1=f'"{person.name},{person.document}"', prompt=person.name)
    rule.error, rule.promptTitle = person.document, person.document
    sheet.add_data_validation(rule)
    rule.add("A2:A9")
    sheet.conditional_formatting.add("A1:A9", FormulaRule(formula=[f'A1="{person.name}"']))


def _chart(sheet: Worksheet, person: Person) -> None:
    chart = BarChart()
    chart.title = person.both
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "H2")
    sheet.oddHeader.left.text, sheet.evenFooter.center.text = person.name, person.document


def _links(sheet: Worksheet, person: Person) -> None:
    sheet["A2"].hyperlink = f"https://e.org/{quote(person.name)}?q={person.document}"
    sheet["A2"].hyperlink.tooltip = person.both
    sheet["B2"].number_format = f'0"{person.name}"'
    sheet.cell(2, sheet.max_column + 1, f'="{person.name}"&"{person.document}"')


def _comment(sheet: Worksheet, person: Person) -> None:
    sheet["A2"].comment = Comment(person.both, person.name)


def _name_defined(sheet: Worksheet, person: Person) -> None:
    sheet.parent.defined_names[person.name] = DefinedName(
        person.name, attr_text=f'"{person.document}"', comment=person.both
    )


def _renamed(sheet: Worksheet, person: Person) -> None:
    sheet.title = person.both


BOOKS: dict[str, Fill] = {
    "second sheet": _sheet("visible"),
    "hidden sheet": _sheet("hidden"),
    "very hidden sheet": _sheet("veryHidden"),
    "hidden column and row": _hidden,
    "sheet's name": _renamed,
    "far cell": lambda sheet, person: sheet.cell(20_500, 70, person.both) and None,
    "comment": _comment,
    "properties": _properties,
    "defined name": _name_defined,
    "validation list": _validation,
    "chart, header, footer": _chart,
    "links and formats": _links,
}
PARTS = {
    "threaded comments": ("xl/persons/person.xml", "<personList><person displayName='{0}' id='{1}'/></personList>"),
    "custom XML": ("customXml/item1.xml", "<item><name>{0}</name><no>{1}</no></item>"),
    "external link": ("xl/externalLinks/externalLink1.xml", "<externalLink><v>{0}</v><v>{1}</v></externalLink>"),
    "pivot cache": ("xl/pivotCache/pivotCacheRecords1.xml", "<r><s v='{0}'/><s v='{1}'/></r>"),
    "a member's name": ("xl/media/{0}_{1}.txt", "{0};{1}"),
}


def _with_part(planted: Planted, part: tuple[str, str]) -> tuple[str, bytes]:
    name, content = _book(planted, lambda *_: None)
    out, person = io.BytesIO(content), planted.person
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(*(text.format(person.name, person.document) for text in part))
    return name, out.getvalue()


def corners(table: DoorTable) -> dict[str, tuple[Plant, Write]]:
    """Every corner of a table as a door has it: where a person is planted, and the form in which it is written."""
    as_it_is: Plant = lambda p: p  # noqa: E731
    out = {what: (plant, FORMS["csv"]) for what, plant in CELLS.items()}
    for number, heading in enumerate(table.header):
        out[f"number under {heading}"] = (lambda p, n=number: p.cell(1, n, p.person.document), FORMS["csv"])
        out[f"cell under {heading}"] = (lambda p, n=number: p.cell(1, n, p.person.both), FORMS["csv"])
    out["header as a list"] = (lambda p: p.cell(1, 0, p.person.name).cell(2, 0, p.person.document), FORMS["semicolons"])
    for form, write in FORMS.items():
        if form not in ("csv", "semicolons"):
            out |= {f"{what}, {form}": (CELLS[what], write) for what in IN_EVERY_FORM}
            out[f"first cell, {form}"] = (lambda p: p.cell(1, 0, p.person.both), write)
    out |= {what: (as_it_is, lambda p, fill=fill: _book(p, fill)) for what, fill in BOOKS.items()}
    return out | {what: (as_it_is, lambda p, part=part: _with_part(p, part)) for what, part in PARTS.items()}


def planted_file(folder: Path, table: DoorTable, corner: tuple[Plant, Write], *, number: int) -> Path:
    """Write the table with the n-th person in a corner of it."""
    plant, write = corner
    name, content = write(plant(Planted(Person.number(number), table, table.header, table.rows(10))))
    path = folder / f"{number:05d}" / (name or table.file)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path
