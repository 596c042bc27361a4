"""A comparison as far as a chosen route goes: its sum, its cells, and the places that it crosses."""

from dataclasses import replace

import pandas as pd

from dashboards.edition_view.facts import Facts
from pipelines.scenarios.compare import Compared

TOTAL = "total"


def on_route(compared: Compared, facts: Facts) -> Compared:
    """The comparison with the units of the reader's route alone; unchanged where no route is chosen.

    Figures of a segment or border stay those of all routes that use it, as everywhere on the dashboard; movement is
    computed on the whole graph, so the account stays whole too.
    """
    route = facts.chosen_route
    if route is None:
        return compared
    units = compared.base.units
    cells = units[units["level"].eq("cell") & units["route"].eq(route)]
    crossed = units["segment"].isin(cells["segment"]) & units["level"].eq("segment")
    borders = units["level"].eq("border") & units["border"].isin(units.loc[crossed, "border"])
    mine = {f"route:{route}", *cells["unit"], *units.loc[crossed | borders, "unit"]}
    return replace(
        compared,
        table=_of(compared.table, mine),
        pairs=_of(compared.pairs, mine),
        reception=_of(compared.reception, {*mine, TOTAL}),
    )


def _of(table: pd.DataFrame, units: set[str]) -> pd.DataFrame:
    return table[table["unit"].isin(units)].reset_index(drop=True) if len(table) else table
