"""One reader of numbers for every door: the rule is decided over the whole column, and then holds for all of it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from pipelines.ingest.reading.numbers import AmbiguousNumbersError, NumberEvidence, NumberRule, evidence_of, number_rule
from pipelines.observations.schema import DataRefusedError, NumberForm

THOUSANDS, DECIMAL, NEITHER = NumberRule(".", ","), NumberRule(",", "."), NumberRule(None, ".")


def column(*cells: object) -> pd.Series:
    return pd.Series(list(cells), dtype=object)


def read(*cells: object, form: NumberForm | None = None, usual: str | None = None) -> list[float | None]:
    found = number_rule(column(*cells), **(form or {}), usual=usual).read(column(*cells))
    assert found.dtype == float
    return [None if pd.isna(n) else float(n) for n in found]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (("1234", "0", "007"), [1234, 0, 7]),
        ((" 1 234 ", "1\u00a0234", "1\u202f234", "1\u2009234", "1'234", "1\u2019234"), [1234] * 6),
        (("1 234 567", "12 345,5"), [1234567, 12345.5]),
        (("-7", "\u22127", "- 7", "+7", "\u22121 234"), [-7, -7, -7, 7, -1234]),
        (("1.234,5", "1.020"), [1234.5, 1020]),
        (("1,234.5", "1,020"), [1234.5, 1020]),
        (("1.234.567", "1.020", "12"), [1234567, 1020, 12]),
        (("12,5", "1.020"), [12.5, 1020]),
        (("12,5", "1,020"), [12.5, 1.02]),
        (("530.0", "1.020"), [530, 1.02]),
        (("0.125", "1.020"), [0.125, 1.02]),
        (("0,125", "1.020"), [0.125, 1020]),
        (("1e+05", "2.5E3"), [100000, 2500]),  # as R writes large counts
        ((0.1, 3, None, "4"), [0.1, 3, None, 4]),  # cells of a workbook keep their value
        ((np.int64(5), 2.5, "1.234,5"), [5, 2.5, 1234.5]),
    ],
)
def test_a_column_that_says_how_it_is_written_is_read(cells: tuple[object, ...], numbers: list[float]) -> None:
    assert read(*cells) == numbers


@pytest.mark.parametrize(
    "cell",
    [
        *("", "many", "<5", "n/a", "1,2,3", "12 34", "1 2", "1\u202f234\u2009567", "5 %", "5%", None, "None", True),
        *("inf", "nan", "1_000", "0x10", "5.", ".", "-", "--5", "٣", "١٢", "12.34.567", "1,234,56", "0 123", "(5)"),
    ],
)
def test_what_is_no_number_is_unknown(cell: object) -> None:
    assert read(cell) == [None]


@pytest.mark.parametrize(
    "cells",
    [
        ("1.020", "999", "5"),
        ("1,020",),
        ("1.020", "1234"),
        ("1.020", "1 234"),
        ("-1.020", "7"),
        ("1.020", 12.5),
        ("1.020", "1,020"),
    ],
)
def test_a_column_that_never_says_is_asked_about_as_a_whole(cells: tuple[object, ...]) -> None:
    with pytest.raises(AmbiguousNumbersError, match=r"may be -?1020 or -?1"):
        number_rule(column(*cells))


@pytest.mark.parametrize(
    "cells", [("12,5", "12.5"), ("1.234.567", "1,234,567"), ("1.234,5", "0.5"), ("1,234,567", "2,5")]
)
def test_a_column_that_says_both_is_asked_about(cells: tuple[str, ...]) -> None:
    with pytest.raises(AmbiguousNumbersError, match="expected one way of writing numbers"):
        number_rule(column(*cells))


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        ({"thousands": "."}, [1020, 5, None, 12.5]),
        ({"decimal": ","}, [1020, 5, None, 12.5]),
        ({"thousands": ",", "decimal": "."}, [1.02, 5, 1.5, None]),
        ({"decimal": "."}, [1.02, 5, 1.5, None]),
    ],
)
def test_what_is_stated_holds(form: NumberForm, numbers: list[float | None]) -> None:
    assert read("1.020", "5", "1.5", "12,5", form=form) == numbers


def test_a_provider_is_known_to_write_commas() -> None:
    assert read("1,234", "5", usual=",") == [1234, 5]
    with pytest.raises(AmbiguousNumbersError):  # but not dots: somebody has saved the file anew
        read("1.234", "5", usual=",")


def test_degrees_have_no_thousands() -> None:
    assert read("20.123", "41.5", form={"thousands": ""}) == [20.123, 41.5]
    assert read("20,123", "41,987", form={"thousands": ""}) == [20.123, 41.987]
    with pytest.raises(AmbiguousNumbersError, match="one decimal mark"):
        read("20,123", "41.987", form={"thousands": ""})


@pytest.mark.parametrize("form", [{"thousands": ".", "decimal": "."}, {"decimal": ";"}])
def test_what_cannot_be_is_refused(form: NumberForm) -> None:
    with pytest.raises(DataRefusedError, match="two different marks"):
        number_rule(column("1"), **form)


def test_typed_numbers_need_no_rule() -> None:
    assert number_rule(pd.Series([1, 2])) == NEITHER
    assert NEITHER.read(pd.Series([1, 2])).tolist() == [1.0, 2.0]


CELLS = st.lists(st.sampled_from(["5", "999", "12,5", "1.020", "1.234.567", "1.234,5", "x", ""]), min_size=1)


@given(CELLS, st.integers(0, 8))
def test_pieces_of_a_column_say_together_what_it_says(cells: list[str], cut: int) -> None:
    pieces = evidence_of(column(*cells[cut:])) + evidence_of(column(*cells[:cut]))
    assert pieces == evidence_of(column(*cells)) == NumberEvidence() + pieces


@given(st.lists(st.integers(0, 10**7), min_size=1), st.sampled_from([".", ",", " ", "\u202f", "'"]))
def test_whole_numbers_are_read_back_however_their_thousands_are_marked(numbers: list[int], mark: str) -> None:
    cells = column(*(f"{n:,}".replace(",", mark) for n in [*numbers, 1234567]))
    assert number_rule(cells).read(cells).tolist() == [*numbers, 1234567]
