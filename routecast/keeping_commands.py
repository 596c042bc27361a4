"""`routecast editions diff`: what changed between two editions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer
from rich.table import Table

from dashboards.bands import band
from pipelines.edition_diff import KINDS, diff_editions
from pipelines.editions import open_edition
from pipelines.files import write_atomically
from pipelines.store import open_store
from routecast.options import DEFAULT_REGION, RegionOption, StoreOption, stored_region
from routecast.progress import console

if TYPE_CHECKING:
    from pipelines.editions import Edition

TITLES = {
    "input": "Input files",
    "setting": "Settings, code and libraries",
    "observed": "Observed figures",
    "band": "Pressure bands",
    "median": "Medians of the forecast",
}
SHOWN = 8  # changes of each kind on the terminal


def diff(
    before: Annotated[str, typer.Argument(help="Id of the edition to compare with, e.g. 2026-W45.")],
    after: Annotated[str, typer.Argument(help="Id of the other edition, or 'latest'.")] = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="CSV for all changes.")] = None,
) -> None:
    """Say what changed between two editions: inputs, settings, observed figures, bands, medians."""
    place, region_id = open_store(store), stored_region(region)
    old, new = (open_edition(place, region_id, e) for e in (before, after))
    changes = diff_editions(old, new)
    console.print(f"From {old.id} to {new.id} of region '{region_id}', the largest change first.", highlight=False)
    for kind in KINDS:
        _show(changes[changes["kind"] == kind], kind, new)
    if out is not None:
        write_atomically(out, changes.to_csv(index=False).encode())
        console.print(f"{len(changes):,} changes: {out}", highlight=False, markup=False)
    elif len(changes):
        console.print("All of them as a table: --out FILE.csv", highlight=False)


def _show(changes: pd.DataFrame, kind: str, edition: Edition) -> None:
    if changes.empty:
        console.print(f"{TITLES[kind]}: no change.", highlight=False)
        return
    more = f", the first {SHOWN}" if len(changes) > SHOWN else ""
    table = Table(title=f"{TITLES[kind]}: {len(changes):,} changed{more}", title_justify="left")
    figures = kind in ("observed", "band", "median")
    for column in (*(("indicator", "unit", "period") if figures else ("what",)), "before", "after"):
        table.add_column(column, overflow="fold", justify="right" if column in ("before", "after") else "left")
    if kind in ("observed", "median"):
        table.add_column("change", justify="right")
    for row in changes.head(SHOWN).itertuples():
        table.add_row(*_cells(row, kind, edition))
    console.print(table)


def _cells(row: object, kind: str, edition: Edition) -> list[str]:
    before, after = getattr(row, "before", None), getattr(row, "after", None)
    if kind in ("input", "setting"):
        return [str(getattr(row, "what", "")), *(_short(v) for v in (before, after))]
    indicator = edition.manifest["indicators"].get(getattr(row, "indicator", ""), {})
    cells = [str(indicator.get("name", "")), str(getattr(row, "unit", "")), str(getattr(row, "period", ""))]
    if kind == "band":
        return [*cells, *(band(v).word for v in (before, after))]
    change = getattr(row, "change", None)
    return [*cells, *("unknown" if pd.isna(v) else _exact(v) for v in (before, after)),
            "–" if pd.isna(change) else _exact(change, sign="+")]  # fmt: skip


def _exact(value: float, *, sign: str = "") -> str:
    """To one decimal: rounding as for readers would hide small changes."""
    return f"{value:{sign},.1f}".removesuffix(".0").replace("-", "−")


def _short(value: object) -> str:
    return "–" if value is None else str(value)[:40]
