"""Where a scenario plays, and what it does to each cell, period and draw."""

from dataclasses import dataclass, field

import numpy as np

from forecasting.base.contracts import ContractError
from forecasting.base.random_streams import random_stream
from forecasting.scenarios.displacement import Alternatives
from forecasting.scenarios.network import Network
from forecasting.scenarios.transitions import Transitions


@dataclass(frozen=True)
class Setting:
    """Where a scenario plays.

    Attributes:
        network: The graph.
        transitions: Estimated on it.
        horizon: Periods.
        n_draws: Draws.
        seed: The run's.
        routes: Route of each cell (cell,).
        nationality_share: Nationality → share of each cell's flow (cell,), where it is known.
        season: (cell, period of the year) mean log deviation, or None; what a season's shift moves.
        season_position: Position of each forecast period in that season (horizon,).
    """

    network: Network
    transitions: Transitions
    horizon: int
    n_draws: int
    seed: int
    routes: tuple[str, ...] = ()
    nationality_share: dict[str, np.ndarray] = field(default_factory=dict)
    season: np.ndarray | None = None
    season_position: np.ndarray | None = None

    def sampled(self, ends: tuple[float, float], *names: object) -> np.ndarray:
        """A value for each draw (draw,), evenly between two ends; by a stream named after what it is a value of.

        Two scenarios that differ in one number so differ by that number alone.
        """
        low, high = ends
        positions = random_stream(self.seed, "scenario", *names).random(self.n_draws)
        return low + (high - low) * positions if high > low else np.full_like(positions, low)

    def cells_of(self, segment: str) -> np.ndarray:
        """Cells of a segment.

        Raises:
            ContractError: it is on no route.
        """
        cells = self.network.of_segment(segment)
        if not len(cells):
            raise ContractError(f"scenario: segment '{segment}' is on no route, so no flow passes it. Name another.")
        return cells


@dataclass(frozen=True)
class Held:
    """What becomes of the flow that one cell holds back."""

    others: Alternatives
    share: np.ndarray  # (alternative, draw), sums to 1
    divert: np.ndarray  # (draw,); who neither turns elsewhere nor leaves waits
    leave: np.ndarray


@dataclass(frozen=True)
class Way:
    """A new way from one cell to another."""

    source: int
    target: int
    lag: int
    share: np.ndarray  # (horizon, draw) of those who pass the source


@dataclass
class Moves:
    """What a scenario does, by cell; factors are 1 exactly where nothing changes."""

    passing: dict[int, np.ndarray] = field(default_factory=dict)  # (horizon, draw) share let through
    inflow: dict[int, np.ndarray] = field(default_factory=dict)  # (horizon, draw) factor of what comes from outside
    held: dict[int, Held] = field(default_factory=dict)
    ways: list[Way] = field(default_factory=list)

    @property
    def touched(self) -> np.ndarray:
        """Cells that an assumption names, or that it diverts to."""
        named = [*self.passing, *self.inflow, *(c for w in self.ways for c in (w.source, w.target))]
        diverted = [h.others.others for h in self.held.values()]
        return np.unique(np.concatenate([np.array(named, dtype=np.int64), *diverted]))


def multiply(factors: dict[int, np.ndarray], cells: np.ndarray, factor: np.ndarray) -> None:
    """Multiply the factors of some cells by another (horizon, draw)."""
    for cell in cells:
        factors[int(cell)] = factors[int(cell)] * factor if int(cell) in factors else factor
