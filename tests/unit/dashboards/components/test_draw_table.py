"""Tables on a page: small ones as text, large ones with a copy of every row for paper; no None and no raw decimals."""

import json

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from dashboards.components.draw_table import SMALL, on_paper

SMALL_ONE = pd.DataFrame({"Place": ["Kosovo* – Serbia", None], "Count": [1183.0, np.nan], "Share": [0.123456, 2.0]})


def drawn(table: pd.DataFrame) -> AppTest:
    def page(table: object) -> None:
        """A page with the table alone."""
        from dashboards.components.draw_table import draw_table  # noqa: PLC0415 - the page is a script of its own

        draw_table(table)  # type: ignore[arg-type]

    app = AppTest.from_function(page, kwargs={"table": table}).run()
    assert not app.exception
    return app


def test_small_table_is_text_that_says_what_is_missing() -> None:
    (shown,) = drawn(SMALL_ONE).table
    assert shown.value.to_numpy().tolist() == [[r"Kosovo\* – Serbia", "1,183", "0.12"], ["–", "–", "2"]]


def test_large_table_is_sorted_by_its_numbers_and_whole_on_paper() -> None:
    app = drawn(pd.DataFrame({"Count": np.arange(SMALL + 1) + 0.123456}))
    assert app.dataframe[0].value["Count"].tolist()[:2] == [0.12, 1.12]
    paper = str(app.get("html")[0].proto.body)  # type: ignore[attr-defined]
    assert paper.count("<tr>") == 1 + SMALL + 1


def test_figures_stand_right_in_small_tables_and_on_paper() -> None:
    table = pd.DataFrame(
        {"Place": ["Ada"], "Count": ["<10"], "Range": ["2–8"], "Known on": ["2026-11-30"], "Band": ["low"]}
    )
    styles = str(drawn(table).table[0].proto.arrow_data.styler.styles)  # type: ignore[attr-defined]
    assert [f"td.col{n} {{ text-align: right" in styles for n in range(5)] == [False, True, True, False, False]
    paper = on_paper(table)
    assert '<th class="figures">Count</th>' in paper
    assert '<td class="figures">2–8</td>' in paper
    assert "<td>2026-11-30</td><td>low</td>" in paper


def test_figures_of_a_large_table_stand_right_also_in_a_column_with_an_explanation() -> None:
    def page() -> None:
        """A page with a table whose column explains itself."""
        import pandas as pd  # noqa: PLC0415 - the page is a script of its own
        import streamlit as st  # noqa: PLC0415

        from dashboards.components.draw_table import draw_table  # noqa: PLC0415

        table = pd.DataFrame({"Place": ["Ada"], "Change": ["+2 (0 … 4)"]})
        draw_table(table, column_config={"Change": st.column_config.TextColumn(help="why")})

    columns = json.loads(AppTest.from_function(page).run().dataframe[0].proto.columns)
    assert (columns["Change"]["alignment"], columns["Change"]["help"]) == ("right", "why")
    assert "alignment" not in columns.get("Place", {})


def test_paper_takes_texts_for_texts() -> None:
    assert "<td>&lt;b&gt;</td>" in on_paper(pd.DataFrame({"Reason": ["<b>"]}))
