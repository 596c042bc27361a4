"""Dates as tables write them, one form a line; what does not fit is no date."""

import pandas as pd
import pytest

from pipelines.ingest.reading.dates import Form, Order, month_number, read_period, year_number


@pytest.mark.parametrize(
    ("cell", "form", "start", "letter"),
    [
        ("2024-01-31", "any", "2024-01-31", "D"),
        ("2024-01-01", "any", "2024-01-01", "D"),
        ("2024-01-31T00:00:00", "day", "2024-01-31", "D"),
        (pd.Timestamp(2024, 1, 31), "any", "2024-01-31", "D"),
        ("20240131", "day", "2024-01-31", "D"),
        ("5 January 2024", "day", "2024-01-05", "D"),
        ("January 5, 2024", "day", "2024-01-05", "D"),
        ("2010M01", "any", "2010-01-01", "M"),
        ("2010-01", "month", "2010-01-01", "M"),
        ("201001", "month", "2010-01-01", "M"),
        ("01/2010", "month", "2010-01-01", "M"),
        ("JAN2009", "any", "2009-01-01", "M"),
        ("SEP2025*", "any", "2025-09-01", "M"),
        ("Sept 2025", "month", "2025-09-01", "M"),
        ("Jan-24", "month", "2024-01-01", "M"),
        ("Jan-99", "month", "1999-01-01", "M"),
        ("January 2024 (1)", "month", "2024-01-01", "M"),
        ("јануар 2024", "month", "2024-01-01", "M"),
        ("siječanj 2024.", "month", "2024-01-01", "M"),
        ("Ιανουάριος 2024", "month", "2024-01-01", "M"),
        ("janar 2024", "month", "2024-01-01", "M"),
        ("Ocak 2024", "month", "2024-01-01", "M"),
        ("2024. január", "month", "2024-01-01", "M"),
        ("2024-02-01", "month", "2024-02-01", "M"),
        (pd.Timestamp(2024, 2, 1), "month", "2024-02-01", "M"),
        ("2020-W53", "any", "2020-12-28", "W"),
        ("W01 2021", "week", "2021-01-04", "W"),
        ("2010-Q3", "any", "2010-07-01", "Q"),
        ("Q4 2010", "quarter", "2010-10-01", "Q"),
        ("2010", "any", "2010-01-01", "Y"),
        (2010.0, "year", "2010-01-01", "Y"),
        ("45292", "excel", "2024-01-01", "D"),
        (45292.0, "excel", "2024-01-01", "D"),
    ],
)
def test_a_date_is_read(cell: object, form: Form, start: str, letter: str) -> None:
    assert read_period(cell, form) == (pd.Timestamp(start), letter)


@pytest.mark.parametrize(("order", "start"), [("dmy", "2024-02-03"), ("mdy", "2024-03-02")])
@pytest.mark.parametrize("cell", ["03/02/2024", "3.2.2024", "03-02-24"])
def test_the_order_of_day_and_month_is_stated(cell: str, order: Order, start: str) -> None:
    assert read_period(cell, "day", order=order) == (pd.Timestamp(start), "D")


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("2024-02-30", "day"),
        ("2024-13", "month"),
        ("2023-W53", "week"),
        ("2024-Q5", "quarter"),
        ("Total", "any"),
        ("", "any"),
        (None, "any"),
        ("03/02/2024", "any"),  # could be two days
        (pd.Timestamp(2024, 1, 5), "week"),
        ("13", "month"),
        ("2024-S1", "any"),  # half a year is no period here
    ],
)
def test_what_is_no_such_date_is_not_read(cell: object, form: Form) -> None:
    assert read_period(cell, form) is None


@pytest.mark.parametrize(
    ("cell", "begins", "named", "year"),
    [
        ("FY2024", 10, "end", 2023),
        ("FY 2024", 10, "start", 2024),
        ("2023/24", 10, "end", 2023),
        ("2023-2024", 7, "start", 2023),
        ("2024 (FYTD)", 10, "end", 2023),
        ("2024", 1, "end", 2024),
        ("2023/25", 10, "end", None),
        ("2023/24", 1, "end", None),  # not a calendar year
        ("24", 1, "end", None),
    ],
)
def test_fiscal_years_begin_where_they_are_said_to(cell: str, begins: int, named: str, year: int | None) -> None:
    assert year_number(cell, begins=begins, named=named) == year  # type: ignore[arg-type]


def test_a_name_of_two_months_is_read_by_its_language_alone() -> None:
    assert month_number("listopad") == 10  # Croatian; Czech and Polish are not among the languages
    assert month_number("mar", ("en",)) == 3
