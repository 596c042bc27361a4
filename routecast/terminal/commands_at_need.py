"""A command's module is read when the command is run: help and version import nothing that computes."""

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = "routecast.commands"
PLACES: dict[str, str] = {
    "demo": "run.demo",
    "ingest": "data.ingest",
    "quarantine": "data.quarantine",
    "revisions": "data.revisions",
    "run": "run.run",
    "backtest": "run.backtest",
    "fetch": "weekly.fetch",
    "weekly": "weekly.weekly",
    "doctor": "doctor.doctor",
    "template": "template.template",
    "briefing": "outputs.briefing",
    "dashboard": "outputs.dashboard",
    "allocation": "scenario.allocation",
    "export": "outputs.export",
    "map": "mapping.map_table",
    "audit": "audit.app",
    "editions": "editions.app",
    "judgements": "judgements.app",
    "region": "region.app",
    "safeguards": "safeguards.app",
    "scenario": "scenario.app",
    "store": "store.app",
}  # command → module and function; `app`: a group of commands


class CommandsAtNeed(TyperGroup):
    """The commands of `PLACES`."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - of the library's own types
        super().__init__(**options)
        self.commands = {name: TyperCommand(name, help=help_of(place)) for name, place in PLACES.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - of the library's own types
        """The command that is about to run."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in PLACES else command, rest


def load(name: str) -> Any:  # noqa: ANN401 - of the library's own types
    """One command, or a group of them, with its options."""
    module, _, function = PLACES[name].partition(".")
    found = getattr(import_module(f"{COMMANDS}.{module}"), function)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    alone = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)


def help_of(place: str) -> str:
    """A command's help as its module says it, without running the module."""
    module, _, function = place.partition(".")
    spec = find_spec(f"{COMMANDS}.{module}")
    if spec is None or spec.origin is None:
        raise ImportError(f"no module {module}")
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return ast.get_docstring(node) or ""
        if isinstance(node, ast.Assign) and function == "app" and ast.unparse(node.targets[0]) == "app":
            call = node.value
            if isinstance(call, ast.Call):
                return next(str(ast.literal_eval(k.value)) for k in call.keywords if k.arg == "help")
    raise ImportError(f"no command {place}")
