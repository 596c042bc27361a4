"""An attacker: from published files alone, by integer programming, how narrowly can a withheld count be bounded?

Written apart from the defence and sharing no code with it. It knows every table of the editions it is given (histories,
baselines, scores with observed counts, means and sums over periods, groups of nationalities, of all profiles), how
units add up (the region packs are public), the rules (`disclosure` in the manifests), and that counts are whole and not
negative. A figure that an edition shows unchanged is taken to be made of unchanged parts, so what one edition withholds
is solved for together with what another shows.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

FAR = 1e6  # an upper end for what is not bounded at all
CLOSE = 1e-6


class ContradictionError(Exception):
    """No table agrees with all that is published: what the attacker took for granted is not so."""


class Fact(NamedTuple):
    """One published number: the sum of some units' counts at some times, in one edition."""

    edition: int
    terms: tuple[tuple[str, int], ...]  # (unit, time)
    low: float
    high: float


class Bound(NamedTuple):
    """How far a withheld count can be pinned down; `exact` where the interval was solved for, else it is wider."""

    edition: int
    unit: str
    time: int
    low: float
    high: float
    exact: bool

    @property
    def width(self) -> float:
        """Counts between the ends."""
        return self.high - self.low


@dataclass(frozen=True)
class Published:
    """What one or more editions say of one indicator.

    Attributes:
        members: Unit → the leaves it sums (public knowledge).
        facts: Every published number.
        withheld: (edition, unit, time) of what is marked as withheld: the targets.
        absent: (edition, leaf, time) that nobody reported: it is not in any sum.
        least: What a withheld leaf is at least.
    """

    members: Mapping[str, frozenset[str]]
    facts: Sequence[Fact]
    withheld: Sequence[tuple[int, str, int]]
    absent: frozenset[tuple[int, str, int]] = frozenset()
    least: float = 0.0


@dataclass
class _System:
    """The unknown leaves of some times, and what is known of their sums."""

    variables: dict[tuple[int, str, int], int] = field(default_factory=dict)
    rows: list[tuple[dict[int, int], float, float]] = field(default_factory=list)
    size: int = 0


def attack(published: Published, *, enough: float) -> list[Bound]:
    """Bound every withheld count; intervals at least `enough` wide are not solved for to the end.

    Returns:
        One bound per withheld (edition, unit, time), in order of time.
    """
    known = {(f.edition, *f.terms[0]): f for f in published.facts if len(f.terms) == 1 and f.low == f.high}
    groups = _coupled(published, known)
    of = {time: number for number, times in enumerate(groups) for time in times}
    facts: list[list[Fact]] = [[] for _ in groups]
    targets: list[list[tuple[int, str, int]]] = [[] for _ in groups]
    for fact in published.facts:
        if fact.terms[0][1] in of:
            facts[of[fact.terms[0][1]]].append(fact)
    for target in published.withheld:
        targets[of[target[2]]].append(target)
    found: list[Bound] = []
    for mine, wanted in zip(facts, targets, strict=True):
        try:
            found += _bound(published, mine, wanted, known, enough=enough)
        except ContradictionError:  # a sum that stayed the same was revised in two parts: editions are told apart
            found += _bound(published, mine, wanted, known, enough=enough, linked=False)
    return found


def _coupled(published: Published, known: Mapping[tuple[int, str, int], Fact]) -> list[frozenset[int]]:
    """Times that must be solved together: a number that sums several of them, not all of which are known."""
    times = {time for _, _, time in published.withheld}
    parent = {time: time for time in times | {t for f in published.facts for _, t in f.terms}}

    def root(time: int) -> int:
        """The time that stands for all that are solved with this one."""
        while parent[time] != time:
            time = parent[time]
        return time

    for fact in published.facts:
        if len(fact.terms) > 1 and not all((fact.edition, *term) in known for term in fact.terms):
            for _, time in fact.terms[1:]:
                parent[root(time)] = root(fact.terms[0][1])
    groups: dict[int, set[int]] = {}
    for time in parent:
        groups.setdefault(root(time), set()).add(time)
    return [frozenset(g) for _, g in sorted(groups.items()) if g & times]


def _bound(
    published: Published,
    facts: Sequence[Fact],
    targets: Sequence[tuple[int, str, int]],
    known: Mapping[tuple[int, str, int], Fact],
    *,
    enough: float,
    linked: bool = True,
) -> list[Bound]:
    system = _system(published, facts, targets, known, linked=linked)
    if not system.variables:
        return []
    solve = _Solver(system, published.least)
    wanted = [_coefficients(published, system, (t,)) for t in targets]
    seen = _Seen(wanted, system.size)
    for position in range(len(targets)):
        if not wanted[position][0]:
            continue
        for sign in (1, -1):
            if seen.width(position) < enough:
                seen.take(solve.extreme(wanted[position][0], sign), position, sign)
    return [Bound(*t, *seen.interval(i), seen.solved(i)) for i, t in enumerate(targets) if wanted[i][0]]


def _system(
    published: Published,
    facts: Sequence[Fact],
    targets: Sequence[tuple[int, str, int]],
    known: Mapping[tuple[int, str, int], Fact],
    *,
    linked: bool,
) -> _System:
    """Rows of sums of unknown leaves; leaves that are published stand on the right side."""
    system = _System()
    same = _same(published, facts) if linked else {}
    for edition, unit, time in [*targets, *((f.edition, u, t) for f in facts for u, t in f.terms)]:
        for leaf in sorted(published.members[unit]):
            key = (edition, leaf, time)
            if key not in published.absent and key not in known and key not in system.variables:
                first = same.get(key, key)
                if first not in system.variables:
                    system.variables[first] = system.size
                    system.size += 1
                system.variables[key] = system.variables[first]
    for fact in facts:
        if len(fact.terms) > 1 and all((fact.edition, *term) in known for term in fact.terms):
            continue  # it repeats what is known
        row, told = _coefficients(published, system, tuple((fact.edition, u, t) for u, t in fact.terms), known)
        if row:
            system.rows.append((row, fact.low - told, fact.high - told))
    return system


def _same(published: Published, facts: Sequence[Fact]) -> dict[tuple[int, str, int], tuple[int, str, int]]:
    """Leaf of a later edition → the earlier edition's, where a sum that holds it is shown unchanged in both."""
    shown: dict[tuple[str, int], dict[int, float]] = {}
    for fact in facts:
        if len(fact.terms) == 1 and fact.low == fact.high:
            shown.setdefault(fact.terms[0], {})[fact.edition] = fact.low
    result: dict[tuple[int, str, int], tuple[int, str, int]] = {}
    for (unit, time), values in sorted(shown.items()):
        editions = sorted(values)
        for before, after in itertools.pairwise(editions):
            if abs(values[before] - values[after]) < CLOSE:
                for leaf in published.members[unit]:
                    early = (before, leaf, time)
                    result[after, leaf, time] = result.get(early, early)
    return result


def _coefficients(
    published: Published,
    system: _System,
    terms: Iterable[tuple[int, str, int]],
    known: Mapping[tuple[int, str, int], Fact] | None = None,
) -> tuple[dict[int, int], float]:
    """Unknown leaves of a sum with how often they stand in it, and the sum of its known ones."""
    row: dict[int, int] = {}
    told = 0.0
    for edition, unit, time in terms:
        for leaf in published.members[unit]:
            key = (edition, leaf, time)
            if key in system.variables:
                row[system.variables[key]] = row.get(system.variables[key], 0) + 1
            elif known is not None and key in known:
                told += known[key].low
    return row, told


class _Solver:
    """HiGHS over one system."""

    def __init__(self, system: _System, least: float) -> None:
        self.size = system.size
        rows = list({(tuple(sorted(r.items())), low, high) for r, low, high in system.rows})
        entries = [(i, c, v) for i, (row, _, _) in enumerate(rows) for c, v in row]
        where = ([e[0] for e in entries], [e[1] for e in entries])
        matrix = sparse.csr_array(([float(e[2]) for e in entries], where), shape=(len(rows), self.size))
        self.whole = all(float(end).is_integer() for row in rows for end in row[1:])
        loose = [0.0 if self.whole else CLOSE * max(1.0, abs(r[1])) for r in rows]
        limits = (
            [r[1] - e for r, e in zip(rows, loose, strict=True)],
            [r[2] + e for r, e in zip(rows, loose, strict=True)],
        )
        self.constraints = LinearConstraint(matrix, *limits) if rows else None
        self.bounds = Bounds(least if self.whole else 0.0, FAR)

    def extreme(self, row: Mapping[int, int], sign: int) -> np.ndarray | None:
        """A possible table with the sum of `row` as small (1) or large (-1) as can be."""
        cost = np.zeros(self.size)
        for column, times in row.items():
            cost[column] = sign * times
        result = self._milp(cost)
        if result.status == 2 and self.whole:  # parts of whole sums can be fractions after all
            self.whole, self.bounds = False, Bounds(0.0, FAR)
            result = self._milp(cost)
        if result.status == 2:
            raise ContradictionError("the published numbers contradict each other: the model of them is wrong")
        return result.x

    def _milp(self, cost: np.ndarray) -> Any:  # noqa: ANN401 - SciPy's own result
        whole = np.full(self.size, int(self.whole))
        return milp(cost, constraints=self.constraints, bounds=self.bounds, integrality=whole)


class _Seen:
    """The ends of every target over all possible tables found so far: one table serves all of them."""

    def __init__(self, wanted: Sequence[tuple[dict[int, int], float]], n_variables: int) -> None:
        entries = [(i, c, v) for i, (row, _) in enumerate(wanted) for c, v in row.items()]
        where = ([e[0] for e in entries], [e[1] for e in entries])
        self.matrix = sparse.csr_array(([float(e[2]) for e in entries], where), shape=(len(wanted), n_variables))
        self.low = np.full(len(wanted), np.inf)
        self.high = np.full(len(wanted), -np.inf)
        self.ends: list[set[int]] = [set() for _ in wanted]

    def take(self, table: np.ndarray | None, position: int, sign: int) -> None:
        """Widen all intervals by one more possible table."""
        if table is None:
            raise ValueError("HiGHS found no table within its limits")
        sums = self.matrix @ table
        self.low, self.high = np.minimum(self.low, sums), np.maximum(self.high, sums)
        self.ends[position].add(sign)

    def width(self, position: int) -> float:
        """Between the ends found so far; negative before the first."""
        return float(self.high[position] - self.low[position])

    def interval(self, position: int) -> tuple[float, float]:
        """The ends found so far."""
        return float(self.low[position]), float(self.high[position])

    def solved(self, position: int) -> bool:
        """Whether both ends are the true ones."""
        return len(self.ends[position]) == 2
