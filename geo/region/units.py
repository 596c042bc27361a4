"""The units that forecasts are for: which cells each sums (a grouped structure), who is near whom, what is stated."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from geo.region.region import Cell, Region
from geo.region.risk_inputs import LEVELS, Assessment, Part

if TYPE_CHECKING:  # slow to import
    from libpysal.graph import Graph

COLUMNS = ("unit", "level", "name", "route", "segment", "border", "from_country", "to_country")


class _Unit(NamedTuple):
    unit: str
    level: str
    name: str
    cells: list[int]


def unit_table(region: Region) -> pd.DataFrame:
    """Every unit of a region, coarse to fine.

    Returns:
        Rows 0 … in the order of `LEVELS`, columns `COLUMNS`. `route`, `segment`, `border`, `from_country` and
        `to_country` say what all cells of the unit share, and are "" where they differ. Routes, borders and segments
        without a cell have no unit; cells are left out where there is only one route, headline where no cell is one.
    """
    rows = [(unit.unit, unit.level, unit.name, *_shared(region, unit.cells)) for unit in _units(region)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def summing_matrix(region: Region) -> sparse.csr_array:
    """Which cells a unit sums: 0/1, shape (unit, cell), rows as in `unit_table`, columns as `region.cells`."""
    units = _units(region)
    rows = np.repeat(np.arange(len(units)), [len(unit.cells) for unit in units])
    columns = np.concatenate([unit.cells for unit in units])
    shape = (len(units), len(region.cells))
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def cell_units(region: Region) -> list[str]:
    """The unit that stands for each cell, in the region's order: with one route a cell's segment does."""
    summing = summing_matrix(region)
    single = np.flatnonzero(np.asarray(summing.sum(axis=1)).ravel() == 1)
    unit_of = dict(zip(summing[single].indices.tolist(), unit_table(region)["unit"].iloc[single], strict=True))
    return [unit_of[i] for i in range(len(region.cells))]


def location_of(unit: str) -> str:
    """The unit as a location of the exchange format: a segment's id goes without its prefix (design §4.4).

    Example:
        >>> location_of("segment:HUN-SRB-02"), location_of("route:central")
        ('HUN-SRB-02', 'route:central')
    """
    return unit.removeprefix("segment:")


def _units(region: Region) -> list[_Unit]:
    everything = list(range(len(region.cells)))
    headline = [i for i, cell in enumerate(region.cells) if cell.headline]
    border_of = {segment.id: segment.border for segment in region.segments}
    borders = {border: border_name(region, border) for border in dict.fromkeys(border_of.values())}
    units = [_Unit("total", "total", region.name, everything)]
    if headline:
        units.append(_Unit("headline", "headline", f"{region.name}: headline", headline))
    units += _grouped(region, "route", lambda cell: cell.route, {r.id: r.name for r in region.routes})
    units += _grouped(region, "border", lambda cell: border_of[cell.segment], borders)
    units += _grouped(region, "segment", lambda cell: cell.segment, {s.id: s.name for s in region.segments})
    if len(region.routes) > 1:
        for i, cell in enumerate(region.cells):
            name = f"{region.segment_by_id[cell.segment].name} ({region.route_by_id[cell.route].name})"
            units.append(_Unit(f"cell:{cell.id}", "cell", name, [i]))
    return units


def _grouped(region: Region, level: str, key: Callable[[Cell], str], names: dict[str, str]) -> list[_Unit]:
    """One unit per key that has a cell, in the pack's order."""
    members: dict[str, list[int]] = {name: [] for name in names}
    for i, cell in enumerate(region.cells):
        members[key(cell)].append(i)
    return [_Unit(f"{level}:{name}", level, names[name], cells) for name, cells in members.items() if cells]


def border_name(region: Region, border: str) -> str:
    """A border in words: `Hungary – Serbia`; `Sea` for sea areas; its id where the countries have no names."""
    if border == "SEA":
        return "Sea"
    sides = border.split("-")
    return " – ".join(region.countries[side] for side in sides) if set(sides) <= set(region.countries) else border


def _shared(region: Region, cells: list[int]) -> tuple[str, ...]:
    chosen = [region.cells[i] for i in cells]
    facts = [(c.route, c.segment, region.segment_by_id[c.segment].border, c.from_country, c.to_country) for c in chosen]
    return tuple(values[0] if len(set(values)) == 1 else "" for values in zip(*facts, strict=True))


def segment_graph(region: Region) -> "Graph":
    """Contiguity of the segments as a binary `libpysal` graph of their ids; one without a neighbour is isolated."""
    from libpysal.graph import Graph  # noqa: PLC0415 - slow to import

    pairs = [(s.id, other) for s in region.segments for other in s.neighbours]
    alone = [(s.id, s.id) for s in region.segments if not s.neighbours]
    table = pd.DataFrame([*pairs, *alone], columns=["focal", "neighbor"])
    weight = [1.0] * len(pairs) + [0.0] * len(alone)
    return Graph.from_arrays(table["focal"].to_numpy(), table["neighbor"].to_numpy(), np.array(weight))


def assessments_of(region: Region, unit: str, part: Part) -> tuple[Assessment, ...]:
    """What is stated of a unit: its own entries, else for a segment or cell those of the place around it.

    A cell takes its segment's, a segment its border's; a border, route or sum has its own alone: what is stated of
    parts is never added up.
    """
    for place in _around(region, unit):
        own = tuple(a for a in region.assessments if a.part == part and a.place == place)
        if own:
            return own
    return ()


def deciding(stated: tuple[Assessment, ...]) -> Assessment | None:
    """The entry that counts for the part: of the highest level, the first by kind; None where nothing is stated."""
    return min(stated, key=lambda a: (-LEVELS.index(a.level), a.kind, a.owner), default=None)


def _around(region: Region, unit: str) -> list[str]:
    level, _, name = unit.partition(":")
    segment = name.rpartition("/")[2] if level == "cell" else name
    if level not in ("cell", "segment") or segment not in region.segment_by_id:
        return [unit]
    return [f"segment:{segment}", f"border:{region.segment_by_id[segment].border}"]
