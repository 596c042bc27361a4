"""Files to take along, made when asked for: tables without formulas, and the edition's own formats."""

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.briefing.document import comparison_document, scenario_document
from dashboards.briefing.formats import FORMATS, render
from dashboards.briefing.model import Document
from dashboards.briefing.pictures import png_bytes
from dashboards.components.cached_editions import briefing, issued
from dashboards.components.map_panel import ranking_table
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.file_notes import file_stem, notes_of
from dashboards.server.audit_trail import recorded
from dashboards.server.visitor import visitor
from dashboards.wording import pages as texts, scenarios
from dashboards.wording.dictionary import HEADINGS
from dashboards.wording.formats import NO_DATA
from pipelines.editions.edition import Edition
from pipelines.publish.export import export_edition
from pipelines.publish.export.dictionary import RISK
from pipelines.publish.export.spreadsheets import csv_text, workbook_bytes
from pipelines.scenarios.compare import Compared

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NUMBER, RANGE = (re.compile(p) for p in (r"−?(0|[1-9]\d{0,2}(,\d{3})*)(\.\d+)?( %)?", r"[\d,]+–[\d,]+"))
NO_NUMBER = ("–", NO_DATA)
EDITION_FILES = {"csv": ".csv", "xlsx": ".xlsx", "geopackage": ".gpkg"}


def csv_bytes(table: pd.DataFrame) -> bytes:
    r"""A table as CSV (UTF-8 with its mark, which Excel asks for); texts that look like formulas are made plain.

    >>> import pandas as pd
    >>> csv_bytes(pd.DataFrame({"place": ["=1+1"], "n": [-2]})).decode("utf-8-sig")
    "place,n\r\n'=1+1,-2\r\n"
    """
    return csv_text(table, lineterminator="\r\n").encode("utf-8-sig")


def with_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """A table as pages show it, with numbers for what reads as one, and a range as its two ends.

    >>> shown = pd.DataFrame({"place": ["Ada", "Bar"], "median": ["1,200", "<10"], "range": ["90–1,300", "–"]})
    >>> with_numbers(shown.assign(share=["63 %", "no data"])).to_dict("records")[0]
    {'place': 'Ada', 'median': 1200, 'range, low': 90, 'range, high': 1300, 'share': 0.63}
    """
    columns: dict[str, pd.Series] = {}
    for name, values in table.items():
        texts_ = [v for v in values if isinstance(v, str)]
        if any(RANGE.fullmatch(t) for t in texts_) and all(RANGE.fullmatch(t) or number_in(t) != t for t in texts_):
            ends = [_ends(v) for v in values]
            for head, end in zip(texts.RANGE_ENDS, zip(*ends, strict=True), strict=True):
                columns[head.format(head=name)] = pd.Series(end, index=table.index, dtype=object)
        else:
            columns[str(name)] = values.map(number_in) if texts_ else values
    return pd.DataFrame(columns)


def _ends(value: object) -> list[object]:
    """Both ends of a range; of one number twice this."""
    parts = str(value).split("–") if RANGE.fullmatch(str(value)) else [value, value]
    return [number_in(part) for part in parts]


def number_in(value: object) -> object:
    """The number that a text is, per cents as shares; nothing for what stands for no number; other values unchanged.

    >>> [number_in(v) for v in ("1,183", "−3", "63 %", "0.79", "–", "no data", "<10", "week 49", "007", 5)]
    [1183, -3, 0.63, 0.79, None, None, '<10', 'week 49', '007', 5]
    """
    if not isinstance(value, str):
        return value
    if value in NO_NUMBER:
        return None
    if not NUMBER.fullmatch(value):
        return value
    plain = value.replace(",", "").replace("−", "-").removesuffix(" %")
    if value.endswith("%"):
        return round(float(plain) / 100, 4)
    return float(plain) if "." in plain else int(plain)


def _shares(table: pd.DataFrame) -> list[str]:
    """Columns of which pages show per cents."""
    return [str(c) for c in table if any(str(v).endswith(" %") and number_in(v) != v for v in table[c])]


def offer_table(facts: Facts, make: Callable[[], pd.DataFrame], name: str) -> None:
    """Two small buttons: a table as CSV and as Excel workbook."""
    with st.container(horizontal=True, gap="small"):
        _table_buttons(facts, make, name, labels=(texts.CSV, texts.WORKBOOK))


def _table_buttons(facts: Facts, make: Callable[[], pd.DataFrame], name: str, *, labels: tuple[str, str]) -> None:
    def workbook(mark: str) -> bytes:
        """The workbook, with its notes, dictionary and the visitor's mark."""
        shown = make()
        return workbook_bytes(
            with_numbers(shown),
            notes_of(facts.edition, mark),
            sheet=texts.SHEET,
            dictionary={**RISK, **HEADINGS},
            shares=_shares(shown),
        )

    stem = f"{_stem(facts)}-{name}"
    _button(labels[0], lambda _: csv_bytes(make()), f"{stem}.csv", "text/csv")
    _button(labels[1], workbook, f"{stem}.xlsx", XLSX)


def offer_edition(facts: Facts) -> None:
    """The ranking as shown, the briefing, and the edition's risk table for spreadsheets and maps."""
    stem, ranking = _stem(facts), partial(ranking_table, facts)
    with st.container(horizontal=True, gap="small"):
        _briefing_button(facts, briefing(facts.edition), "pdf", f"{stem}-briefing")
        _table_buttons(facts, ranking, "ranking", labels=(texts.RANKING_CSV, texts.RANKING_XLSX))
        for fmt, suffix in EDITION_FILES.items():
            if fmt != "geopackage" or hasattr(facts.edition.risk, "crs"):
                make = _edition_file(facts, fmt, suffix)
                _button(texts.EDITION_FILE[fmt], make, f"{stem}{suffix}", "application/octet-stream")


def offer_briefing(facts: Facts, document: Document) -> None:
    """The briefing as the reader sees it, in each of its formats."""
    stem = f"{_stem(facts)}-briefing"
    with st.container(horizontal=True, gap="small"):
        for fmt in texts.BRIEFING_FORMATS:
            _briefing_button(facts, document, fmt, stem)


def offer_scenario(facts: Facts, compared: Compared, text: str) -> None:
    """One scenario's result on one page.

    Args:
        facts: The edition at a period.
        compared: The scenario alone beside the baseline.
        text: The scenario as its file says it.
    """

    def page(mark: str) -> bytes:
        """The page as PDF, with the visitor's mark."""
        return briefing_bytes(facts.edition, scenario_document(facts, compared, text), "pdf", mark)

    name = file_stem(compared.scenarios[0].name)
    _button(scenarios.ONE_PAGE, page, f"{_stem(facts)}-{name}.pdf", FORMATS["pdf"].media_type)


def offer_map(facts: Facts, name: str, what: str, *, draw: Callable[[str], bytes | None]) -> None:
    """A map as a picture for print, light on dark pages too.

    Args:
        facts: The edition at a period.
        name: Of its file.
        what: What it shows, for its title.
        draw: Makes it, as SVG, under a title.
    """

    def picture(_: str) -> bytes:
        """The map as PNG."""
        mark = f"{texts.SYNTHETIC_SHORT} · " if facts.edition.manifest.get("synthetic") else ""
        return png_bytes(draw(scenarios.PICTURE_TITLE.format(mark=mark, what=what, edition=facts.edition.id)) or b"")

    _button(scenarios.MAP_PICTURE, picture, f"{_stem(facts)}-{name}-map.png", "image/png")


def offer_comparison(facts: Facts, compared: Compared, written: Sequence[str]) -> None:
    """Several scenarios on one page.

    Args:
        facts: The edition at a period.
        compared: The scenarios beside the baseline.
        written: The scenarios as their files say them.
    """

    def page(mark: str) -> bytes:
        """The page as PDF, with the visitor's mark."""
        return briefing_bytes(facts.edition, comparison_document(facts, compared, written), "pdf", mark)

    _button(scenarios.ALL_ON_ONE_PAGE, page, f"{_stem(facts)}-scenarios.pdf", FORMATS["pdf"].media_type)


def _briefing_button(facts: Facts, document: Document, fmt: str, stem: str) -> None:
    make = partial(briefing_bytes, facts.edition, document, fmt)
    _button(texts.BRIEFING_FORMATS[fmt], make, f"{stem}.{fmt}", FORMATS[fmt].media_type)


def briefing_bytes(edition: Edition, document: Document, fmt: str, mark: str) -> bytes:
    """A briefing in one of its formats, as it is issued now, with the mark (profile, user, time) on every page."""
    return render(replace(issued(edition, document), stamp=mark), fmt)


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
        with tempfile.TemporaryDirectory() as folder:
            made = export_edition(facts.edition, fmt, Path(folder), notes=notes_of(facts.edition, mark))
            return next(made.glob(f"*{suffix}")).read_bytes()

    return make


def _stem(facts: Facts) -> str:
    """The beginning of a file's name: region, edition, and the profile where it isn't the whole."""
    profile = visitor().profile
    kept = "" if profile == "internal" else f"-{profile}"
    return f"routecast-{facts.edition.region_id}-{facts.edition.id}{kept}"


def _button(label: str, make: Callable[[str], bytes], name: str, mime: str) -> None:
    look: dict[str, Any] = {"on_click": "ignore", "type": "tertiary", "icon": ":material/download:"}
    st.download_button(label, recorded(make, name), name, mime, key=f"save_{name}", **look)
