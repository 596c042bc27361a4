"""The words of the command line: none is lost when files move."""

import subprocess
import sys
from typing import Any

import pytest
import typer

from routecast.cli import app

COMMANDS = {
    "": "demo ingest quarantine revisions run backtest fetch weekly doctor template briefing dashboard allocation "
    "export map audit editions judgements region safeguards scenario store",
    "audit": "verify accept list export",
    "editions": "list show verify approve withdraw approvals diff rollback hold release retain",
    "judgements": "ingest",
    "region": "check build show",
    "safeguards": "documents",
    "scenario": "run compare displacement",
    "store": "ledger forget",
}


def test_every_command_can_be_typed() -> None:
    root: Any = typer.main.get_command(app)
    context = root.context_class(root)
    names = root.list_commands(context)
    loaded = {name: root.resolve_command(context, [name])[1] for name in names}
    found = {"": names} | {name: list(c.commands) for name, c in loaded.items() if hasattr(c, "commands")}
    assert found == {name: words.split() for name, words in COMMANDS.items()}
    assert {n: root.get_command(context, n).help for n in names} == {n: c.help for n, c in loaded.items()}


@pytest.mark.parametrize("words", ["--help", "--version"])
def test_help_and_version_import_nothing_that_computes(words: str) -> None:
    heavy = "numpy pandas distributed matplotlib streamlit sqlalchemy"
    code = f"import sys; from routecast.cli import run_command; run_command([{words!r}]); "
    code += f"print('heavy:', *(m for m in {heavy.split()!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1].split() == ["heavy:"]
