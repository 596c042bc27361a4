"""`routecast map`: a mapping proposed for a table that nobody described."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from geo.pack.load import load_region
from pipelines.ingest.proposals.draft import Draft
from pipelines.ingest.proposals.preview import Preview, preview
from pipelines.ingest.proposals.propose import propose
from pipelines.ingest.reading.personal_data import file_for_message
from pipelines.observations.schema import DataRefusedError
from pipelines.store.atomic import write_atomically
from routecast.terminal.errors import UsageError
from routecast.terminal.options import DEFAULT_REGION, RegionOption
from routecast.terminal.progress import console, say

SUMS_SHOWN = 12
SheetOption = Annotated[str | None, typer.Option("--sheet", help="Which sheet of a workbook.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="Write the mapping here.")]
SayOption = Annotated[
    list[str] | None,
    typer.Option("--say", help="What the table does not say, e.g. --say place=ITA --say place_kind=country."),
]


def map_table(
    path: Annotated[Path, typer.Argument(help="A table: CSV, TSV, workbook (xlsx, xls, ods) or Parquet.")],
    region: RegionOption = DEFAULT_REGION,
    sheet: SheetOption = None,
    out: OutOption = None,
    said: SayOption = None,
) -> None:
    """Look at a table and propose a mapping for 'routecast ingest table', with reasons and a preview."""
    pack = load_region(region)
    draft = propose(path, pack, sheet=sheet, said=dict(_pair(text) for text in said or []))
    console.print(draft.text())
    if draft.mapping is None:
        options = " ".join(f"--say {name}=…" for name in draft.lacking)
        console.print(
            f"Not said by the table: {', '.join(draft.lacking)}. Say it ({options}), or write it into the file."
        )
    else:
        try:
            _show(preview(draft.mapping, path, pack, today=datetime.now(tz=UTC).date()))
        except DataRefusedError as error:
            console.print(f"As proposed it can't be read: {error}")
    _write(draft, path, region, out)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise UsageError(f"map: expected --say NAME=VALUE, got '{text}'. Write it so.")
    return name.strip(), value.strip()


def _write(draft: Draft, path: Path, region: str, out: Path | None) -> None:
    beside = path.with_name(f"{path.name}.map.yaml")
    shown = path if file_for_message(path.name) == path.name else "FILE"
    if out is None and sys.stdin.isatty() and sys.stdout.isatty() and typer.confirm(f"Write it to {shown}.map.yaml?"):
        out = beside
    if out is not None:
        write_atomically(out, draft.text().encode())
        console.print(f"Written: {f'{shown}.map.yaml' if out == beside else out}")
    option = f" --map {out}" if out is not None and out != beside else ""
    target = "" if out is not None else " (after --out FILE)"
    console.print(f"Next{target}: routecast ingest table {shown} --region {region}{option}")


def _show(shown: Preview) -> None:
    """The first figures, the sums, what is refused and what is not read."""
    table = Table("indicator", "place", "nationality", "period", title=f"The first of {shown.taken:,} figures")
    table.add_column("count", justify="right")
    for row in shown.figures.itertuples(index=False):
        table.add_row(
            row.indicator,
            str(row.place),
            row.nationality,
            f"{row.period_start:%Y-%m-%d} {row.period}",
            _count(row.count),
        )
    sums = Table("indicator", "place", "nationality", "from", "to", title=f"Sums; together {shown.count:,.0f}")
    for name in ("figures", "count"):
        sums.add_column(name, justify="right")
    for row in shown.sums.head(SUMS_SHOWN).itertuples(index=False):
        days = (f"{row.first:%Y-%m-%d}", f"{row.last:%Y-%m-%d}")
        sums.add_row(row.indicator, str(row.place), row.nationality, *days, f"{row.figures:,}", f"{row.count:,.0f}")
    say([table, sums])
    if len(shown.sums) > SUMS_SHOWN:
        console.print(f"… and {len(shown.sums) - SUMS_SHOWN:,} more")
    if shown.refused:
        console.print(f"Refused: {shown.refused_rows:,} rows")
        say(
            f"  {rows:,} × {reason} (count {count:,.0f} as far as it can be read)"
            for reason, rows, count in shown.refused[:8]
        )
    if shown.unread:
        console.print(f"Not read: {'; '.join(shown.unread)}")


def _count(value: float) -> str:
    return "unknown" if value != value else f"{value:,.0f}"  # noqa: PLR0124 - NaN
