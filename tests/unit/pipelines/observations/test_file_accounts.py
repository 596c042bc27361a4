"""What was refused of a file's count: one definition of the share, and one limit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.observations.file_accounts import (
    FileAccount,
    account_checksums,
    account_rows,
    current_accounts,
    keep_account,
    mark_of,
    refused_amounts,
)
from pipelines.store.paths import Store

ONE = FileAccount("csv", "a.csv", "a" * 64, "2026-11-25", 95.0, 10, 5.0, 2, 0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.mark.parametrize(
    ("taken", "taken_rows", "refused", "refused_rows", "unreadable", "share"),
    [
        (95.0, 10, 5.0, 2, 0, 0.05),  # the count decides, not the rows
        (100.0, 10, 0.0, 0, 0, 0.0),
        (0.0, 0, 40.0, 3, 0, 1.0),
        (90.0, 9, 0.0, 1, 1, 0.1),  # a row that can't be read: as much as the mean of the others
        (80.0, 8, 20.0, 3, 1, 0.3 / 1.1 * 1),  # 20 refused and 10 for the one, of 110
        (0.0, 0, 0.0, 4, 4, 1.0),
        (0.0, 6, 0.0, 2, 0, 0.25),  # zeros alone: rows
        (0.0, 0, 0.0, 0, 0, 0.0),
    ],
)
def test_share_of_the_count_that_was_refused(
    taken: float, taken_rows: int, refused: float, refused_rows: int, unreadable: int, share: float
) -> None:
    account = FileAccount("csv", "a.csv", "a", "2026-11-25", taken, taken_rows, refused, refused_rows, unreadable)
    assert account.refused_share == pytest.approx(share)


def test_more_than_the_limit_is_much() -> None:
    assert not ONE.much_refused
    assert replace(ONE, refused=5.1).much_refused


def test_true_copies_are_no_loss() -> None:
    rejected = pd.DataFrame(
        {"reason": ["the same row stands in the file twice", "unknown place", "no number"], "count": [7.0, 3.0, np.nan]}
    )
    assert refused_amounts(rejected) == {"refused": 3.0, "refused_rows": 2, "unreadable_rows": 1}


def test_lines_say_what_was_refused_and_what_to_do() -> None:
    assert list(ONE.lines()) == ["refused of the count: 5 of 100 (5%)."]
    unreadable = replace(ONE, unreadable_rows=1, unread=("column 'sex'", "sheet 'Notes'"))
    assert list(unreadable.lines()) == [
        "refused of the count: at least 5 of 100, and rows without a readable count: 1 (13%). More than 5%: mend the "
        "rows and send the whole file again under its name.",
        "not read: column 'sex', sheet 'Notes'",
    ]
    assert list(replace(ONE, refused=0.0, refused_rows=0).lines()) == []


def test_a_file_of_the_same_name_takes_the_place_and_all_are_kept(store: Store) -> None:
    mended = replace(ONE, sha256="b" * 64, refused=0.0, refused_rows=0)
    other = replace(ONE, file="b.csv", sha256="c" * 64, unread=("column 'sex'",))
    for account in (ONE, other, mended):
        keep_account(store, "small", account)
    assert current_accounts(store, "small") == [mended, other]
    assert len(account_checksums(store, "small")) == 3


def test_files_whose_names_are_shown_alike_are_two(store: Store) -> None:
    for name in ("anna.csv", "zora.csv"):
        keep_account(store, "small", replace(ONE, file="….csv", name_mark=mark_of(name)))
    assert len(current_accounts(store, "small")) == 2


def test_the_same_file_again_adds_nothing_and_a_changed_answer_does(store: Store) -> None:
    keep_account(store, "small", ONE)
    keep_account(store, "small", replace(ONE, ingested="2026-11-26"))
    assert len(account_checksums(store, "small")) == 1
    keep_account(store, "small", replace(ONE, taken=100.0, refused=0.0))  # the pack knows more names now
    assert current_accounts(store, "small")[0].refused == 0


def test_rows_of_the_report_begin_with_the_file_of_which_most_was_refused() -> None:
    rows = account_rows([replace(ONE, refused=1.0), replace(ONE, file="b.csv", unread=("column 'sex'", "2 columns"))])
    assert [(r["file"], r["unread"]) for r in rows] == [("b.csv", "column 'sex', 2 columns"), ("a.csv", "")]
