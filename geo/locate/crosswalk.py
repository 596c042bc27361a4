"""From a place as a source knows it to cells: which ones a figure belongs to, and in which shares (design §2)."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from geo.locate.places import KINDS
from geo.region.region import Cell, Region

INTERNAL = "internal"  # the `route` of a move that enters no country


@dataclass(frozen=True)
class CellShares:
    """The cells that a figure goes to.

    Attributes:
        cells: Positions in `region.cells`, int64; empty when the figure is unallocated.
        weights: Share of each cell, float64, summing to 1.
        reason: Why it is unallocated, else None.
    """

    cells: np.ndarray
    weights: np.ndarray
    reason: str | None = None


def place_shares(region: Region, place_kind: str, place: str, route: str | None = None) -> CellShares:
    """Cells and shares of a figure that is known for a place.

    A segment's, crossing point's or border's figure goes to its cells; an entered country's to the cells that enter it;
    a route's or region's to its headline cells, or to all its cells where it has none. The pack's `crosswalk.csv` wins.
    Several cells share as `shares_without_history` says.

    Args:
        region: The region pack.
        place_kind: segment, crossing_point, border, country, route or region (points: first find their segment).
        place: The place's id.
        route: Only cells of this route, where the source names one; the region's own id means any route.

    Raises:
        ValueError: the kind is unknown.
    """
    if place_kind not in KINDS:
        raise ValueError(f"crosswalk: expected one of {', '.join(KINDS)}, got '{place_kind}' for '{place}'.")
    known: dict[tuple[str, str, str | None], CellShares] = region.derived.setdefault("place_shares", {})
    key = (place_kind, place, route)
    if key not in known:
        known[key] = _place_shares(region, place_kind, place, None if route == region.id else route)
    return known[key]


def shares_without_history(region: Region, cells: list[int]) -> np.ndarray:
    """Shares of cells: half by segment length, half by number of crossing points, summing to 1.

    A segment of unknown length (a sea area) counts as one of mean length; where no segment has a crossing point, length
    alone decides. Cells of one segment share equally.
    """
    length = np.array([region.segment_by_id[region.cells[i].segment].length_m for i in cells], dtype=float)
    known = ~np.isnan(length)
    length[~known] = length[known].mean() if known.any() else 1.0
    by_length = length / length.sum()
    count = Counter(point.segment for point in region.crossing_points)
    points = np.array([count[region.cells[i].segment] for i in cells], dtype=float)
    weights = (by_length + points / points.sum()) / 2 if points.any() else by_length
    return np.asarray(weights / weights.sum(), dtype=float)


def _place_shares(region: Region, kind: str, place: str, route: str | None) -> CellShares:
    if route == INTERNAL:
        return _none("internal move: it enters no country")
    if route is not None and route not in region.route_by_id:
        what = f"route '{place}' is" if kind == "route" else f"{kind} '{place}' on a route that is"
        return _none(f"{what} not part of this region")
    allowed = {i for i, cell in enumerate(region.cells) if route in (None, cell.route)}
    stated = {region.cell_index[cell]: weight for cell, weight in region.crosswalk.get((kind, place), {}).items()}
    if stated:
        shares = {i: weight for i, weight in stated.items() if weight > 0 and i in allowed}
        if not shares:
            return _none(f"{region.id}: the crosswalk gives '{place}' no cell of this route")
    else:
        cells = [i for i in _cells_of(region, kind, place) if i in allowed]
        if not cells:
            return _none(_why_none(kind, place, route))
        shares = dict(zip(cells, shares_without_history(region, cells), strict=True))
    order = sorted(shares)
    weights = np.array([shares[i] for i in order], dtype=float)
    return CellShares(np.array(order, dtype=np.int64), weights / weights.sum())


def _cells_of(region: Region, kind: str, place: str) -> list[int]:
    if kind == "crossing_point":
        segments = [point.segment for point in region.crossing_points if point.id == place]
        return [i for i, cell in enumerate(region.cells) if cell.segment in segments]
    if kind in ("route", "region"):
        own = [i for i, cell in enumerate(region.cells) if place in (cell.route, region.id)]
        return [i for i in own if region.cells[i].headline] or own
    return [i for i, cell in enumerate(region.cells) if _place_of(region, cell, kind) == place]


def _place_of(region: Region, cell: Cell, kind: str) -> str:
    if kind == "border":
        return region.segment_by_id[cell.segment].border
    return cell.to_country if kind == "country" else cell.segment


def _none(reason: str) -> CellShares:
    return CellShares(np.empty(0, dtype=np.int64), np.empty(0), reason)


def _why_none(kind: str, place: str, route: str | None) -> str:
    if route is not None:
        return f"{kind} '{place}' is not on route '{route}'"
    return f"no route enters '{place}'" if kind == "country" else f"{kind} '{place}' is on no route"
