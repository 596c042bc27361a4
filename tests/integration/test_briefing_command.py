"""`routecast briefing` with formats and sections: what is asked for is written, what is unknown is refused."""

from pathlib import Path

import pytest

from routecast.cli import run_command
from tests.editions import write_edition


def test_command_writes_the_formats_asked_for_and_no_other(tmp_path: Path) -> None:
    write_edition(tmp_path)
    out = tmp_path / "out"
    words = ["briefing", "--store", str(tmp_path), "--out", str(out), "--format", "docx", "--format", "html"]
    assert run_command([*words, "--without", "alerts"]) == 0
    assert sorted(path.suffix for path in out.iterdir()) == [".docx", ".html"]
    (page,) = out.glob("*.html")
    assert "This is a shortened briefing, without: Alerts." in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(("option", "told"), [("--format", "html, pdf, docx, pptx"), ("--without", "judgements, ")])
def test_unknown_format_or_section_is_refused_with_those_there_are(
    tmp_path: Path, option: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_edition(tmp_path)
    assert run_command(["briefing", "--store", str(tmp_path), "--out", str(tmp_path / "out"), option, "odt"]) == 2
    assert told in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "out").exists()
