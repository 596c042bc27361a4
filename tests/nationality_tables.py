"""Nationalities of small hierarchies over editions: what is told of them, and what an attacker reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.attack.bounds import Bound, attack
from benchmarks.attack.nationalities import Figure, NationalityTable, published_nationalities
from benchmarks.attack.store import gives_away
from geo.region.disclosure import DisclosureRules, PartnerRule
from pipelines.publish.disclosure.nationalities import grouped_nationalities
from pipelines.publish.disclosure.profile_view import ProfileView
from pipelines.publish.disclosure.protect import protect
from pipelines.publish.disclosure.release_history import (
    COLUMNS,
    NATIONALITY_COLUMNS,
    NationalityReleases,
    earlier_histories,
    released_rows,
)
from pipelines.store.periods import period_numbers
from tests.disclosure import Hierarchy

INDICATOR = "irregular_crossings"
NATIONALITIES = ("AFG", "SYR", "TOTAL")  # the rest of the total is not known by nationality
RULES = DisclosureRules(partner=PartnerRule(nationality_groups={"East": ("AFG",), "Levant": ("SYR",)}))
START = pd.Timestamp("1970-01-05") + pd.Timedelta(weeks=4 * 700)  # where a stretch of four weeks begins


@dataclass
class Outlet:
    """Lets out one edition after the other and remembers what it told."""

    hierarchy: Hierarchy
    rules: DisclosureRules = RULES
    stocks: frozenset[str] = frozenset()
    shown: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COLUMNS)))
    told: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(NATIONALITY_COLUMNS)))
    tables: list[NationalityTable] = field(default_factory=list)

    def publish(self, counts: np.ndarray, *, first: int = 0) -> pd.DataFrame:
        """Let an edition out and return its table.

        Args:
            counts: Persons of AFG, SYR and no known nationality, shape (nationality, cell, time).
            first: Number of the first week of `counts` after `START`.
        """
        times = pd.date_range(START + pd.Timedelta(weeks=first), periods=counts.shape[2], freq="7D")
        units, cells = list(self.hierarchy.units), self.hierarchy.grid(counts.sum(axis=0))
        safe = protect(
            cells,
            self.rules,
            threshold=self.rules.threshold,
            earlier=earlier_histories(self.shown, INDICATOR, units, times),
        )
        forecast = xr.Dataset(
            {"history": (("indicator", "nationality", "unit", "time"), cells.history[None, None])},
            coords={
                "indicator": [INDICATOR],
                "nationality": ["TOTAL"],
                "unit": units,
                "time": times,
                "level": ("unit", [u.partition(":")[0] for u in units]),
            },
            attrs={"freq": "W"},
        )
        view = ProfileView(
            self.rules.partner,
            forecast,
            safe.history[None],
            np.isfinite(safe.history)[None],
            np.isfinite(forecast["history"].to_numpy()[:, 0]),
        )
        releases = NationalityReleases(self.told, "W")
        table = grouped_nationalities(self._cube(counts, times), view, self.rules, releases, stocks=self.stocks)
        self.shown = _with(self.shown, released_rows(safe, INDICATOR, units, times))
        self.told = _with(self.told, table[list(NATIONALITY_COLUMNS)])
        self.tables.append(
            NationalityTable(
                len(self.tables), figures_of(table), safe.history, safe.withheld, units, period_numbers(times, "W"), 1.0
            )
        )
        return table

    def _cube(self, counts: np.ndarray, times: pd.DatetimeIndex) -> xr.Dataset:
        units, finest = self.hierarchy.units, self.hierarchy.finest
        of = {
            level: [
                next(
                    u
                    for u, row in zip(units, self.hierarchy.members, strict=True)
                    if row[i] and u.startswith(f"{level}:")
                ).partition(":")[2]
                for i in range(len(finest))
            ]
            for level in ("route", "border", "segment")
        }
        headline = self.hierarchy.members[units.index("headline")] if "headline" in units else np.zeros(len(finest))
        count = np.concatenate([counts[:2], counts.sum(axis=0, keepdims=True)])
        return xr.Dataset(
            {"count": (("indicator", "nationality", "cell", "time"), count[None])},
            coords={
                "indicator": [INDICATOR],
                "nationality": list(NATIONALITIES),
                "time": times,
                "cell": [units[i].removeprefix("cell:") for i in finest],
                "headline": ("cell", headline),
                **{level: ("cell", names) for level, names in of.items()},
            },
        )


def figures_of(table: pd.DataFrame) -> list[Figure]:
    """The rows of a table as the attacker has them."""
    first = period_numbers(pd.DatetimeIndex(table["period_start"]), "W")
    columns = (table["group"], table["unit"], first, table["periods"], table["count"])
    return [Figure(g, u, int(f), int(n), float(v)) for g, u, f, n, v in zip(*columns, strict=True)]


def attacked(hierarchy: Hierarchy, tables: Sequence[NationalityTable]) -> list[Bound]:
    """Bounds of every withheld figure, and of every count that is not named and must be small."""
    cells = [hierarchy.units[i] for i in hierarchy.finest]
    members = {
        u: frozenset(cells[i] for i in np.flatnonzero(row))
        for u, row in zip(hierarchy.units, hierarchy.members, strict=True)
    }
    named, unnamed = published_nationalities(tables, members)
    enough = 2.0 * RULES.protection_width
    small = [b for b in attack(unnamed, enough=enough) if gives_away(b, RULES.threshold)]
    return attack(named, enough=enough) + small


def shown_as(table: NationalityTable, values: dict[tuple[str, str], float]) -> NationalityTable:
    """The table with other figures: (group, unit) → what is told, NaN where it is withheld."""
    figures = [f._replace(value=values.get((f.group, f.unit), f.value)) for f in table.figures]
    return replace(table, figures=figures)


def _with(before: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    kept = [t for t in (before, more) if len(t)]
    return pd.concat(kept, ignore_index=True) if kept else before
