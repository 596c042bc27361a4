"""From a place as a source knows it to cells: which ones a figure belongs to, and in which shares (design §2)."""

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
        spread: Whether the shares are weights rather than the observation itself (more than one cell).
        reason: Why it is unallocated, else None.
    """

    cells: np.ndarray
    weights: np.ndarray
    spread: bool
    reason: str | None = None


def place_weights(region: Region, place_kind: str, place: str, route: str | None = None) -> CellShares:
    """Cells and shares of a figure that is known for a place.

    A segment's, crossing point's or border's figure goes to its cells; an entered country's to the cells that enter it;
    a route's or region's to its headline cells, or to all its cells where it has none. The pack's `crosswalk.csv` wins.
    Several cells share by `cell_weights`.

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
    known: dict[tuple[str, str, str | None], CellShares] = region.derived.setdefault("allocations", {})
    key = (place_kind, place, route)
    if key not in known:
        known[key] = _allocate(region, place_kind, place, route=route)
    return known[key]


def cell_weights(region: Region, cells: list[int]) -> np.ndarray:
    """Shares of cells without history: half by segment length, half by number of crossing points, summing to 1.

    A segment of unknown length (a sea area) counts as one of mean length; where no segment has a crossing point, length
    alone decides. Cells of one segment share equally.
    """
    length = np.array([region.segment_by_id[region.cells[i].segment].length_m for i in cells], dtype=float)
    known = ~np.isnan(length)
    length[~known] = length[known].mean() if known.any() else 1.0
    by_length = length / length.sum()
    count = _crossing_point_counts(region)
    points = np.array([count.get(region.cells[i].segment, 0) for i in cells], dtype=float)
    weights = (by_length + points / points.sum()) / 2 if points.any() else by_length
    return np.asarray(weights / weights.sum(), dtype=float)


def _crossing_point_counts(region: Region) -> dict[str, int]:
    counts: dict[str, int] = {}
    for point in region.crossing_points:
        counts[point.segment] = counts.get(point.segment, 0) + 1
    return counts


def _allocate(region: Region, place_kind: str, place: str, *, route: str | None) -> CellShares:
    if route == INTERNAL:
        return _none("internal move: it enters no country")
    if route not in (None, region.id) and route not in region.route_by_id:
        if place_kind == "route":
            return _none(f"route '{place}' is not part of this region")
        return _none(f"{place_kind} '{place}' on a route that is not part of this region")
    allowed = {i for i, cell in enumerate(region.cells) if route in (None, region.id, cell.route)}
    table = region.crosswalk.get((place_kind, place))
    if table:
        shares = {region.cell_index[cell]: weight for cell, weight in table.items() if weight > 0}
        return _shared(region, {i: weight for i, weight in shares.items() if i in allowed}, place)
    chosen = [i for i in _cells_of(region, place_kind, place) if i in allowed]
    if not chosen:
        return _none(_why_none(region, place_kind, place, route=route))
    return _shared(region, dict(zip(chosen, cell_weights(region, chosen), strict=True)), place)


def _cells_of(region: Region, place_kind: str, place: str) -> list[int]:
    if place_kind == "crossing_point":
        segments = [point.segment for point in region.crossing_points if point.id == place]
        return [i for i, cell in enumerate(region.cells) if cell.segment in segments]
    if place_kind in ("route", "region"):
        own = [i for i, cell in enumerate(region.cells) if place in (cell.route, region.id)]
        return [i for i in own if region.cells[i].headline] or own
    return [i for i, cell in enumerate(region.cells) if _place_of(region, cell, place_kind) == place]


def _place_of(region: Region, cell: Cell, place_kind: str) -> str:
    if place_kind == "border":
        return region.segment_by_id[cell.segment].border
    return cell.to_country if place_kind == "country" else cell.segment


def _shared(region: Region, shares: dict[int, float], place: str) -> CellShares:
    if not shares:
        return _none(f"{region.id}: the crosswalk gives '{place}' no cell of this route")
    cells = np.array(sorted(shares), dtype=np.int64)
    weights = np.array([shares[i] for i in cells.tolist()], dtype=float)
    return CellShares(cells, weights / weights.sum(), spread=len(cells) > 1)


def _none(reason: str) -> CellShares:
    return CellShares(np.empty(0, dtype=np.int64), np.empty(0), spread=False, reason=reason)


def _why_none(region: Region, place_kind: str, place: str, *, route: str | None) -> str:
    if route not in (None, region.id):
        return f"{place_kind} '{place}' is not on route '{route}'"
    if place_kind == "country":
        return f"no route enters '{place}'"
    return f"{place_kind} '{place}' is on no route"
