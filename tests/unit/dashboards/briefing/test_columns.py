"""A column of a briefing's table is one definition: what stands above it, what a row shows, how."""

import pytest

from dashboards.briefing.html import render_html
from dashboards.briefing.model import Document
from dashboards.briefing.pressure_points import POINTS
from dashboards.briefing.tables import Column, Table, TableCell, numbers, table_of
from dashboards.edition_view.facts import Facts
from dashboards.wording import formats as words
from dashboards.wording.bands import band
from pipelines.editions.edition import Edition
from tests.editions import write_edition

MEAN = Column("Mean, {period}", numbers(words.number, "mean"), right=True, help="Sum of chances times counts")


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return Facts(Edition(write_edition(tmp_path_factory.mktemp("store"), n_segments=3)))


def page(table: Table) -> str:
    return render_html(Document("Briefing", "", "2026-11-23", "", "", (), (table,))).decode()


def test_a_column_that_is_added_stands_in_the_page_with_its_numbers(facts: Facts) -> None:
    table = table_of(facts, "Points", (*POINTS, MEAN), facts.top)
    first = facts.top.iloc[0]
    assert table.headers[-1] == "Mean, week 49 (from 30 Nov)"
    assert table.rows[0][-1].text == words.number(first["mean"])
    html = page(table)
    assert '<th scope="col" class="right" title="Sum of chances times counts">Mean, week 49 (from 30 Nov)</th>' in html
    anchor = f"risk[indicator=irregular_crossings, unit={first['unit']}, horizon=3].mean"
    assert f'data-numbers="{words.number(first["mean"])} = {anchor}">{words.number(first["mean"])}</td>' in html


def test_a_form_can_show_a_word_a_band_or_a_number(facts: Facts) -> None:
    columns = (Column("Place", Facts.title), Column("Band", lambda _, row: band(row["pressure_band"])))
    place, drawn = table_of(facts, "", columns, facts.top).rows[0]
    assert (place.text, place.band_id) == (facts.title(facts.top.iloc[0]), None)
    assert (drawn.text, drawn.band_id) == ("very high", "very_high")


def test_rows_can_be_anything_that_the_forms_know(facts: Facts) -> None:
    table = table_of(facts, "", [Column("Indicator", lambda f, i: f.indicator_name(i))], ["irregular_crossings"])
    assert [[c.text for c in row] for row in table.rows] == [[facts.indicator_name("irregular_crossings")]]


def test_a_bold_head_has_more_room_than_a_cell_of_the_same_letters() -> None:
    columns = (Column("Median", lambda *_: ""), Column("M", lambda *_: ""))
    head, cell = Table("", columns, ((TableCell("30"), TableCell("median")),)).shares
    assert head > 1.1 * cell
