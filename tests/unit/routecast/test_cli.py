"""The words of the command line: none is lost when files move."""

from typing import Any

import typer

from routecast.cli import app

COMMANDS = {
    "": "demo ingest quarantine revisions run backtest fetch weekly doctor template briefing dashboard allocation "
    "export map audit editions region safeguards scenario store",
    "audit": "verify accept list export",
    "editions": "list show verify approve withdraw approvals diff rollback hold release retain",
    "region": "check build show",
    "safeguards": "documents",
    "scenario": "run compare displacement",
    "store": "ledger forget",
}


def test_every_command_can_be_typed() -> None:
    root: Any = typer.main.get_command(app)
    found = {"": list(root.commands)}
    found |= {name: list(group.commands) for name, group in root.commands.items() if hasattr(group, "commands")}
    assert found == {name: words.split() for name, words in COMMANDS.items()}
