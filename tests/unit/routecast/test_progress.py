"""What a log is told of long work."""

import pytest

from routecast.terminal.progress import progress_bars


def test_a_log_has_a_line_for_each_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars() as report:
        for _ in range(3):  # of each indicator
            for done in (0, 6, 11):
                report("as known at the cutoffs", done, 11)
        report("publish", 0, 1)
        report("publish", 1, 1)
    assert capsys.readouterr().err.splitlines() == ["as known at the cutoffs: 11", "publish"]
