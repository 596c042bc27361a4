"""`routecast allocation`: where further reception and referral places would do most."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.table import Table

from dashboards.wording import formats as words
from dashboards.wording import pages as texts
from dashboards.wording.scenarios import CAVEAT
from forecasting.base.contracts import ContractError
from pipelines.scenarios.read_file import load_scenario
from pipelines.scenarios.reception import share_out
from pipelines.scenarios.scenario_edition import ScenarioEdition
from pipelines.store.atomic import write_atomically
from pipelines.store.periods import period_name
from routecast.commands.edition import EditionOption
from routecast.terminal.errors import UsageError
from routecast.terminal.options import DEFAULT_REGION, RegionOption, StoreOption
from routecast.terminal.progress import console
from routecast.terminal.scenario_files import open_base


def allocation(
    places: Annotated[int, typer.Option("--places", min=0, help="Budget of further places.")],
    indicator: Annotated[str | None, typer.Option("--indicator", help="Which places, e.g. reception_occupied.")] = None,
    horizon: Annotated[int | None, typer.Option("--horizon", help="Periods ahead; default: where most lack.")] = None,
    scenario: Annotated[Path | None, typer.Option("--scenario", help="Share out on a scenario's need (YAML).")] = None,
    edition: EditionOption = "latest",
    region: RegionOption = DEFAULT_REGION,
    store: StoreOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the whole table (CSV).")] = None,
) -> None:
    """Share out further reception or referral places to where they save most expected shortfall."""
    base = open_base(edition, region, store)
    told = load_scenario(scenario, base.scope) if scenario else None
    if not base.needs:
        raise UsageError(f"{base.edition.id}: expected an edition that forecasts places, this one forecasts none.")
    try:
        table = share_out(base, places, indicator=indicator, horizon=horizon, scenario=told)
    except ContractError as error:
        raise UsageError(str(error)) from error
    console.print(_shown(base, table, told.name if told else ""))
    for line in _sums(table, places):
        console.print(line, highlight=False, markup=False)
    if told:
        console.print(CAVEAT, style="bold", highlight=False)
    footnote = base.edition.manifest.get("footnote")
    if footnote:
        console.print(str(footnote), highlight=False, markup=False)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        path = out / "allocation.csv"
        write_atomically(path, table.to_csv(index=False, float_format="%.6g").encode())
        console.print(str(path), highlight=False, markup=False)


def _shown(base: ScenarioEdition, table: pd.DataFrame, scenario: str) -> Table:
    period = period_name(base.scope.starts[int(table["horizon"].iloc[0]) - 1], base.region.freq)
    manifest = base.edition.manifest
    name = base.region.indicators[str(table["indicator"].iloc[0])].name
    parts = [name, period, scenario, base.edition.id, texts.SYNTHETIC_SHORT if manifest["synthetic"] else ""]
    shown = Table(title=" · ".join(p for p in parts if p))
    for column in ("segment", "planned", "further", "lacking before", "lacking after", "next place saves"):
        shown.add_column(column, justify="left" if column == "segment" else "right", no_wrap=True)
    for row in table.itertuples():
        if words.missing(row.capacity):
            shown.add_row(str(row.segment), "not stated", *["–"] * 4)
        else:
            shown.add_row(
                str(row.segment),
                f"{row.capacity:,.0f}",
                f"{row.places:,.0f}",
                f"{row.shortfall_before:.1f}",
                f"{row.shortfall_after:.1f}",
                f"{row.next_value:.2f}",
            )
    return shown


def _sums(table: pd.DataFrame, places: int) -> list[str]:
    before, after, given = (float(table[c].sum()) for c in ("shortfall_before", "shortfall_after", "places"))
    lines = [f"Expected places lacking: {before:.1f} as planned, {after:.1f} with {given:,.0f} further ones."]
    if given < places:
        lines.append(f"{places - given:,.0f} of the {places:,d} would save nothing in this period and are not given.")
    elif table["next_value"].notna().any():
        lines.append(f"One more place would save {table['next_value'].max():.2f}.")
    return lines
