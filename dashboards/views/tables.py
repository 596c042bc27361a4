"""A table of any layout: a mapping is proposed, previewed, changed, taken along, and the figures taken in."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboards.components.cached_editions import first_region, pack
from dashboards.components.draw_table import draw_table
from dashboards.components.page_frame import draw_limits, open_plain
from dashboards.components.typed_text import tell_lacking
from dashboards.server.audit_trail import note, recorded
from dashboards.server.doors import TableDoor, TablePreview, doors
from dashboards.server.serve import MAX_UPLOAD_MB
from dashboards.server.visitor import visitor
from dashboards.wording import formats as words, tables as texts
from geo.region.region import Region
from pipelines.observations.schema import DataRefusedError
from pipelines.store.atomic import BusyError
from records.database import DatabaseError

KINDS = ["csv", "tsv", "txt", "gz", "xlsx", "xlsm", "xls", "ods", "parquet"]
MAPPING_NAME = "map.yaml"  # in the trail: a table may be called after a person
TEXT, FILE, DONE = "table_mapping", "table_file", "table_done"
SUMS_SHOWN = 200


def main() -> None:
    """Upload, proposal, preview, and the ways on."""
    open_plain()
    st.caption(texts.WHAT)
    door, region = doors().tables, pack(first_region())
    if door is None or region is None:
        st.info(texts.CLOSED if door is None else texts.NO_PACK.format(region=words.escaped(first_region())))
        draw_limits()
        return
    if st.session_state.get(DONE):
        st.success(texts.TAKEN.format(lines=words.escaped(" ".join(st.session_state.pop(DONE)))))
    label = texts.UPLOAD.format(mb=MAX_UPLOAD_MB)
    given = st.file_uploader(label, type=KINDS, key="table_upload", max_upload_size=MAX_UPLOAD_MB)
    if given is not None:
        try:
            _describe(door, region, given.name, given.getvalue(), given.file_id)
        except DataRefusedError as error:
            st.error(words.escaped(str(error)))
    draw_limits()


def _describe(door: TableDoor, region: Region, name: str, content: bytes, file_id: str) -> None:
    """The mapping on the left, what it makes of the table on the right."""
    if st.session_state.get(FILE) != file_id:
        st.session_state[TEXT] = door.propose(name, content, region)
        st.session_state[FILE] = file_id
    left, right = st.columns([1, 1], gap="medium")
    mapping = left.text_area(texts.MAPPING, key=TEXT, height=520, help=texts.MAPPING_HELP)
    kept = recorded(lambda _stamp: mapping.encode(), MAPPING_NAME)
    left.download_button(texts.DOWNLOAD, kept, texts.DOWNLOAD_NAME.format(name=name), "application/yaml")
    with right:
        try:
            shown = door.preview(name, content, region, mapping)
        except DataRefusedError as error:
            st.error(words.escaped(str(error)))
            return
        _draw(shown)
        args = (door, region, name, content, mapping)
        st.button(texts.TAKE, type="primary", key="table_take", on_click=_take, args=args, disabled=not shown.taken)
        st.caption(texts.TAKE_NOTE)


def _take(door: TableDoor, region: Region, name: str, content: bytes, mapping: str) -> None:
    """Take the figures in as they were looked at, and write who did; what is refused is said on the page."""
    who = visitor()
    if st.session_state[TEXT] != mapping:
        tell_lacking(texts.LOOK_FIRST)
        return
    if not who.may("ingest"):
        return
    try:
        note("table_taken", who, (region.id, ""), bytes=len(content))
        st.session_state[DONE] = door.take(name, content, region, mapping)
    except (DataRefusedError, BusyError, DatabaseError) as error:
        st.error(words.escaped(str(error)))


def _draw(shown: TablePreview) -> None:
    refused = sum(rows for _, rows, _ in shown.refused)
    figures = ((texts.FIGURES, shown.taken), (texts.COUNT, shown.count), (texts.REFUSED_ROWS, refused))
    for box, (label, value) in zip(st.columns(3), figures, strict=True):
        box.metric(label, f"{value:,.0f}")
    _table(texts.FIRST_FIGURES.format(n=f"{shown.taken:,}"), shown.figures)
    _table(texts.SUMS, shown.sums.head(SUMS_SHOWN))
    if shown.refused:
        _table(texts.REFUSED, pd.DataFrame(list(shown.refused), columns=["reason", "rows", "count"]))
    if shown.unread:
        st.caption(words.escaped(texts.UNREAD.format(what=_listed(shown.unread))))


def _listed(parts: Sequence[str]) -> str:
    return "; ".join(parts)


def _table(title: str, rows: pd.DataFrame) -> None:
    st.markdown(f"**{title}**")
    days = {c: rows[c].dt.strftime("%Y-%m-%d") for c in rows.select_dtypes("datetime").columns}
    draw_table(rows.assign(**days).rename(columns=texts.COLUMNS))


main()
