"""The help page speaks in the words that stand on the other pages."""

import pytest

from dashboards.wording import help as texts
from dashboards.wording.briefing import SCOPE
from dashboards.wording.pages import TABLE_HEAD


@pytest.mark.parametrize("column", ["chance", "lead", "median", "change"])
def test_help_names_the_columns_of_the_ranking_as_its_head_does(column: str) -> None:
    assert f"*{TABLE_HEAD[column]}*" in texts.HELP_ASKED


def test_help_explains_the_figure_that_the_first_page_speaks_of() -> None:
    assert SCOPE["headline"].removeprefix("in the region's ") in texts.HELP_ASKED
