"""Files to take along, made when asked for: tables without formulas, and the edition's own formats."""

import io
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboards.briefing.model import Document
from dashboards.components.cached_editions import briefing
from dashboards.edition_view.facts import Facts
from dashboards.server.audit_trail import recorded
from dashboards.server.visitor import visitor
from dashboards.wording import pages as texts
from dashboards.wording.access import PURPOSE
from dashboards.wording.purpose import purpose_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BRIEFING_FILES = {"pdf": (texts.BRIEFING, "application/pdf"), "html": (texts.BRIEFING_HTML, "text/html")}
EDITION_FILES = {"csv": ".csv", "xlsx": ".xlsx", "geopackage": ".gpkg"}


def csv_bytes(table: pd.DataFrame) -> bytes:
    r"""A table as CSV (UTF-8 with its mark, which Excel asks for); texts that look like formulas are made plain.

    >>> import pandas as pd
    >>> csv_bytes(pd.DataFrame({"place": ["=1+1"], "n": [-2]})).decode("utf-8-sig")
    "place,n\r\n'=1+1,-2\r\n"
    """
    return _plain(table).to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def xlsx_bytes(table: pd.DataFrame, notes: list[str]) -> bytes:
    """A table as Excel workbook after a sheet of notes; no cell is a formula."""
    from openpyxl import Workbook  # noqa: PLC0415 - slow to import, and only workbooks need it

    from pipelines.publish.export.spreadsheets import as_text  # noqa: PLC0415

    book = Workbook()
    about, sheet = book.active, book.create_sheet(texts.SHEET)
    about.title = texts.SHEET_NOTES
    about.column_dimensions["A"].width = 110
    for note in notes:
        about.append([as_text(note)])
    sheet.append([as_text(str(c)) for c in table.columns])
    for row in _plain(table).astype(object).where(table.notna(), None).itertuples(index=False):
        sheet.append(list(row))
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    from pipelines.publish.export.spreadsheets import as_text  # noqa: PLC0415

    kept = table.drop(columns="geometry", errors="ignore")
    found = kept.select_dtypes(["object", "string"]).columns
    return kept.assign(**{c: kept[c].map(as_text) for c in found}).rename(columns=lambda c: str(as_text(str(c))))


def notes_of(facts: Facts, mark: str = "") -> list[str]:
    """What must go with every file: edition, who took it, the mark of synthetic figures, purpose, caveat, footnote."""
    manifest = facts.edition.manifest
    found = [
        texts.FROM_EDITION.format(edition=facts.edition.id, region=manifest["region_name"]),
        mark,
        texts.SYNTHETIC if manifest.get("synthetic") else "",
        PURPOSE.format(purpose=purpose_of(manifest)),
        texts.DETECTIONS,
        str(manifest.get("footnote") or ""),
    ]
    return [note for note in found if note]


def offer_table(facts: Facts, make: Callable[[], pd.DataFrame], name: str) -> None:
    """Two small buttons: a table as CSV and as Excel workbook."""
    stem = f"{_stem(facts)}-{name}"
    with st.container(horizontal=True, gap="small"):
        _button(texts.CSV, lambda _: csv_bytes(make()), f"{stem}.csv", "text/csv")
        _button(texts.WORKBOOK, lambda mark: xlsx_bytes(make(), notes_of(facts, mark)), f"{stem}.xlsx", XLSX)


def offer_edition(facts: Facts) -> None:
    """The ranking as shown, the briefing, and the edition's risk table for spreadsheets and maps."""
    from dashboards.components.ranking_table import ranking_table  # noqa: PLC0415

    stem = _stem(facts)
    with st.container(horizontal=True, gap="small"):
        _button(
            texts.BRIEFING,
            lambda mark: briefing_bytes(facts, None, "pdf", mark),
            f"{stem}-briefing.pdf",
            "application/pdf",
        )
        _button(texts.RANKING_CSV, lambda _: csv_bytes(ranking_table(facts)), f"{stem}-ranking.csv", "text/csv")
        _button(
            texts.RANKING_XLSX,
            lambda mark: xlsx_bytes(ranking_table(facts), notes_of(facts, mark)),
            f"{stem}-ranking.xlsx",
            XLSX,
        )
        for fmt, suffix in EDITION_FILES.items():
            if fmt != "geopackage" or hasattr(facts.edition.risk, "crs"):
                make = _edition_file(facts, fmt, suffix)
                _button(texts.EDITION_FILE[fmt], make, f"{stem}{suffix}", "application/octet-stream")


def offer_briefing(facts: Facts, document: Document | None) -> None:
    """The briefing as PDF and HTML: as published (None), or a document of the reader's sections."""
    stem = f"{_stem(facts)}-briefing{'' if document is None else '-sections'}"
    with st.container(horizontal=True, gap="small"):
        for kind, (label, mime) in BRIEFING_FILES.items():
            _button(label, partial(briefing_bytes, facts, document, kind), f"{stem}.{kind}", mime)


def briefing_bytes(facts: Facts, document: Document | None, kind: str, mark: str = "") -> bytes:
    """The briefing as "pdf" or "html": the published one (None), or a document of the reader's sections.

    With a mark (profile, user, time) it stands at the foot of every page; without one, the bytes are those published.
    """
    if document is None and not mark:
        return (facts.edition.folder / f"briefing.{kind}").read_bytes()
    document = document or briefing(facts.edition)
    document = replace(document, stamp=mark)
    from dashboards.briefing.html import render_html  # noqa: PLC0415 - slow to import, and only this button needs them
    from dashboards.briefing.pdf import render_pdf  # noqa: PLC0415

    return render_pdf(document) if kind == "pdf" else render_html(document)


def offer_place(facts: Facts, row: pd.Series, forecasts: pd.DataFrame) -> None:
    """One place: its forecasts as table, and its charts as SVG, as the briefing draws them."""
    unit = str(row["unit"]).replace(":", "-").replace("/", "-")
    stem = f"{_stem(facts)}-{unit}"
    offer_table(facts, lambda: forecasts, unit)
    _button(texts.FAN_SVG, lambda _: _fan_svg(facts, row), f"{stem}.svg", "image/svg+xml")


def _fan_svg(facts: Facts, row: pd.Series) -> bytes:
    from dashboards.figures.svg.fan import fan_chart  # noqa: PLC0415 - draws with matplotlib

    return fan_chart(facts, row)[0]


def _edition_file(facts: Facts, fmt: str, suffix: str) -> Callable[[str], bytes]:
    def make(mark: str) -> bytes:
        """The bytes of the export, with the visitor's mark."""
        from pipelines.publish.export import export_edition  # noqa: PLC0415

        with tempfile.TemporaryDirectory() as folder:
            made = export_edition(facts.edition, fmt, Path(folder), notes=notes_of(facts, mark))
            return next(made.glob(f"*{suffix}")).read_bytes()

    return make


def _stem(facts: Facts) -> str:
    """The beginning of a file's name: region, edition, and the profile where it isn't the whole."""
    profile = visitor().profile
    kept = "" if profile == "internal" else f"-{profile}"
    return f"routecast-{facts.edition.region_id}-{facts.edition.id}{kept}"


def _button(label: str, make: Callable[[str], bytes], name: str, mime: str) -> None:
    st.download_button(
        label,
        recorded(make, name),
        name,
        mime,
        key=f"save_{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )
