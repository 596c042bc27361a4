"""The year ahead in the briefing."""

from pathlib import Path

import pytest

from dashboards.briefing.document import briefing_document, sections, without
from dashboards.briefing.model import Paragraph
from dashboards.briefing.tables import Table
from dashboards.briefing.year_ahead import year_blocks
from dashboards.edition_view.facts import Facts
from dashboards.wording import formats as words
from pipelines.editions.edition import Edition
from tests.editions import write_edition
from tests.outlooks import with_outlook


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return with_outlook(write_edition(tmp_path_factory.mktemp("store"), freq="M", region_id="somewhere", horizon=12))


def test_briefing_of_a_year_has_a_section_that_can_be_left_out(edition: Edition) -> None:
    document = briefing_document(edition)
    assert sections(document)["year"] == "The year ahead"
    assert "year" not in sections(without(document, ["year"]))


def test_briefing_of_less_than_a_year_has_none(tmp_path: Path) -> None:
    assert "year" not in sections(briefing_document(with_outlook(write_edition(tmp_path))))


def test_edition_without_sums_has_none(tmp_path: Path) -> None:
    found = Edition(write_edition(tmp_path, freq="M", region_id="somewhere", horizon=12))
    assert year_blocks(Facts(found)) == []


def test_sentence_states_the_sum_its_range_and_the_chances(edition: Edition) -> None:
    (told, *_) = (b.sentence for b in year_blocks(Facts(edition)) if isinstance(b, Paragraph))
    row = edition.table("outlook").query("unit == 'total' and span == 'year' and model_id == 'routecast'").iloc[0]
    for shown in (
        words.number(row["q50"]),
        words.interval(row["q10"], row["q90"]),
        f"{words.percent(row['chance_last_year'])} chance of more than a year before ({words.count(row['last_year'])})",
    ):
        assert shown in told.text


def test_numbers_refer_to_the_rows_they_are_from(edition: Edition) -> None:
    tables = [b for b in year_blocks(Facts(edition)) if isinstance(b, Table)]
    numbers = [n for t in tables for row in t.rows for c in row for n in c.numbers]
    numbers += [n for b in year_blocks(Facts(edition)) if isinstance(b, Paragraph) for n in b.sentence.numbers]
    table = edition.table("outlook")
    assert numbers
    for number in numbers:
        found = table
        for key, value in number.where:
            found = found[found[key].eq(value)]
        assert len(found) == 1
        assert number.form is not None
        assert number.form(*(float(found.iloc[0][c]) for c in number.columns)) == number.shown


def test_section_names_no_legal_state(edition: Edition) -> None:
    text = repr(year_blocks(Facts(edition))).lower()
    assert not any(state in text for state in ("article 34", "migratory", "at risk of"))
