"""Tables on a page: small ones stand whole as text that wraps, large ones can be sorted, and are whole on paper too.

`st.dataframe` draws the rows that are on the screen, and printed there are no others: a copy is kept for paper alone.
"""

import html
import re
from numbers import Real
from typing import Any, cast

import numpy as np
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler
from streamlit.delta_generator import DeltaGenerator

from dashboards.components.held_height import held
from dashboards.wording import formats as words, pages as texts

ROW_PX, TALL_PX = 35, 400  # of a row, its head too; of a table that scrolls
SMALL = 12  # rows, that stand whole on the screen
NONE = "–"
DECIMALS_BELOW = 10  # from here on numbers are whole
FIGURES = re.compile(r"[\d\s.,:·%+−–…→()<≥-]*")  # of a cell that holds figures alone: "<10", "63 %", "+12 (3 … 20)"
A_DAY = re.compile(r"\d{4}-\d\d-\d\d")
RIGHT = "text-align: right !important; font-variant-numeric: tabular-nums"  # Streamlit's cells say left of themselves


def draw_table(table: pd.DataFrame | Styler, *, box: DeltaGenerator | None = None, **look: Any) -> None:  # noqa: ANN401
    """Draw a table under the names of its columns; what is missing is a dash, no number has a row of decimals.

    Args:
        table: What readers see; colours are kept on the screen.
        box: Where; the page if not said.
        **look: What `st.dataframe` takes; a table with settings of its own is never drawn as text.
    """
    plain = cast("pd.DataFrame", table.data) if isinstance(table, Styler) else table
    place, coloured = box or st.container(gap=None), plain is not table
    if len(plain) <= SMALL and not coloured and "column_config" not in look:
        place.table(
            _aligned(plain.map(lambda v: words.escaped(_text(v))), figures_in(plain)),
            hide_index=True,
            border="horizontal",
        )
        return
    numbers = {c: st.column_config.NumberColumn(format="localized") for c in plain.select_dtypes("number")}
    if not coloured:
        table = plain.assign(**{c: plain[c].map(_rounded) for c in plain.select_dtypes("float")})
    config: dict[str, Any] = {**numbers, **look.pop("column_config", {})}
    config |= {c: {**config.get(c, {}), "alignment": "right"} for c in figures_in(plain)}
    height = look.pop("height", min(ROW_PX * (len(plain) + 1) + 2, TALL_PX))
    room = held(height, place)
    room.dataframe(
        table, height=height, hide_index=True, width="stretch", placeholder=NONE, column_config=config, **look
    )
    place.html(on_paper(plain, coloured=coloured))


def figures_in(table: pd.DataFrame) -> list[str]:
    """Columns that hold figures, as numbers or as text, which stand right; a few words among them are no matter.

    >>> figures_in(pd.DataFrame({"n": ["<10", "not stated"], "share": ["63 %", "–"], "on": ["2026-11-30", "week 47"]}))
    ['n', 'share']
    """
    found = []
    for name in table.columns:
        told = [_text(v) for v in table[name]]
        figures = [t for t in told if any(c.isdigit() for c in t)]
        if figures and 2 * len(figures) >= len(told) - told.count(NONE):
            found += [name] if all(FIGURES.fullmatch(t) and not A_DAY.fullmatch(t) for t in figures) else []
    return found


def _aligned(table: pd.DataFrame, right: list[str]) -> Styler | pd.DataFrame:
    """A small table whose figures stand right, their heads too."""
    if not right:
        return table
    looks = [{"selector": selector, "props": RIGHT} for selector in ("th", "td")]
    return table.style.set_table_styles(dict.fromkeys(right, looks))


def on_paper(table: pd.DataFrame, *, coloured: bool = False) -> str:
    """A table as it is printed, with all of its rows; on narrow screens in place of one that has no colours to lose.

    >>> on_paper(pd.DataFrame({"Place": ["A & B"]}))[45:]
    '<thead><tr><th>Place</th></tr></thead><tbody><tr><td>A &amp; B</td></tr></tbody></table></div>'
    """
    right = figures_in(table)
    marks = [' class="figures"' if c in right else "" for c in table.columns]
    heads = "".join(f"<th{mark}>{html.escape(str(c))}</th>" for mark, c in zip(marks, table.columns, strict=True))
    rows = (
        "".join(f"<td{mark}>{html.escape(_text(v))}</td>" for mark, v in zip(marks, row, strict=True))
        for row in table.itertuples(index=False)
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    kind = "paper" if coloured else "paper plain"
    return f'<div class="{kind}" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def _text(value: object) -> str:
    """A cell as text.

    >>> [_text(v) for v in (1183, 0.123456, 2.0, None, float("nan"), True, "Ada")]
    ['1,183', '0.12', '2', '–', '–', 'yes', 'Ada']
    """
    if words.missing(value) or value is pd.NA:
        return NONE
    if isinstance(value, bool | np.bool_):
        return texts.YES if value else texts.NO
    if not isinstance(value, Real):
        return str(value)
    number = _rounded(float(value))
    return words.whole(number) if number.is_integer() else words.ratio(number)


def _rounded(value: float) -> float:
    return value if words.missing(value) else round(value, 0 if abs(value) >= DECIMALS_BELOW else 2)
