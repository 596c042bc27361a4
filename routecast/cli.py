"""The command line (design §4.7). Commands parse and print; the work stands in `pipelines` and `dashboards`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.compute.versions import code_version
from routecast.terminal.commands_at_need import CommandsAtNeed


def _exit_with(code: int | None, **_: object) -> None:
    """What a command returns is the exit code."""
    raise typer.Exit(code or 0)


app = typer.Typer(
    name="routecast",
    cls=CommandsAtNeed,
    result_callback=_exit_with,
    help="Forecast migration pressure on route × border-segment grids, from aggregate statistics only.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"routecast {code_version()}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")] = False,
    version: Annotated[  # noqa: ARG001 - it answers and ends
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version and end.")
    ] = False,
) -> None:
    """Options before the command."""
    context.obj = {"debug": debug}


def main() -> None:
    """Run a command; exit codes are those of design §4.7."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run the command line on `arguments` and return its exit code."""
    debug = "--debug" in arguments
    # --debug is welcome anywhere on the line, not only before the command
    arguments = [a for a in arguments if a != "--debug"]
    try:
        app(arguments)
    except SystemExit as stop:  # Typer says itself what is wrong with the words of a command
        return stop.code if isinstance(stop.code, int) else 0
    except Exception as error:  # noqa: BLE001 - the one place where every failure becomes a message
        from routecast.terminal.errors import report_failure  # noqa: PLC0415 - it knows the whole program's errors

        return report_failure(error, store=_store_of(arguments), debug=debug)
    return 0


def _store_of(arguments: list[str]) -> Path | None:
    if "--store" in arguments[:-1]:
        return Path(arguments[arguments.index("--store") + 1])
    return None
