"""`routecast store …`: what the store took in and gave out, and what of it is given up."""

from typing import Annotated

import typer

from pipelines.store.ledger import forget, head, missing_or_changed, writing
from pipelines.store.paths import open_store
from routecast.terminal.errors import REFUSED, reason_of
from routecast.terminal.options import StoreOption
from routecast.terminal.progress import console, say

app = typer.Typer(help="The store's ledger: what was taken in and given out.", no_args_is_help=True)


@app.command("ledger")
def ledger(store: StoreOption = None) -> int:
    """Hold the store against its ledger, and print the last line's hash: to be kept elsewhere, with the briefing."""
    place = open_store(store)
    problems, last = missing_or_changed(place), head(place)
    say(problems)
    console.print(f"{last['entries']} entries, last hash {last['head']}: {'whole' if not problems else 'NOT WHOLE'}")
    return REFUSED if problems else 0


@app.command("forget")
def give_up(
    path: Annotated[str, typer.Argument(help="Path of a batch, an account or a provider's file, below the store.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the ledger.")],
    store: StoreOption = None,
) -> None:
    """Give up a batch or what is missing: it is moved aside, and no run counts on it any more."""
    place, why = open_store(store), reason_of(reason)
    with writing(place):
        say(f"given up: {one}" for one in forget(place, path, why))
