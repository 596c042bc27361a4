"""Tables that all readers of an edition share: a copy for each of their choices would fill memory."""

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

import pandas as pd

from pipelines.editions.edition import Edition
from pipelines.observations.schema import TOTAL

PEOPLE = "judgement:"  # before the name of a person or group, in an edition's tables
T = TypeVar("T")


def _once(edition: Edition, key: Hashable, make: Callable[[], T]) -> T:
    if key not in edition.kept:
        edition.kept[key] = make()
    found: T = edition.kept[key]
    return found


def forecast_rows(edition: Edition, nationality: str) -> pd.DataFrame:
    """The risk table of one nationality, or of all together; without rows that have no forecast."""

    def make() -> pd.DataFrame:
        """From the edition's own tables."""
        table = edition.risk
        if nationality != TOTAL:
            table = edition.table("risk_nationalities")
            table = table[table["nationality"].eq(nationality)]
        return table[table["q50"].notna()]

    return _once(edition, ("risk", nationality), make)


def rows_of(edition: Edition, nationality: str, indicator: str) -> pd.DataFrame:
    """The rows of one indicator among `forecast_rows`."""
    rows = forecast_rows(edition, nationality)
    return _once(edition, ("risk", nationality, indicator), lambda: rows[rows["indicator"].eq(indicator)])


def positions(edition: Edition, nationality: str) -> Mapping[tuple[str, str, int], int]:
    """Where each indicator, unit and lead time stands among `forecast_rows`; the first, where it stands there twice."""

    def make() -> dict[tuple[str, str, int], int]:
        """Looked up once: comparing the table's texts takes longer than a page has."""
        rows = forecast_rows(edition, nationality)
        keys = list(zip(rows["indicator"], rows["unit"], rows["horizon"], strict=True))
        return {key: at for at, key in reversed(list(enumerate(keys)))}

    return _once(edition, ("positions", nationality), make)


def backtest_rows(edition: Edition, name: str, indicator: str) -> pd.DataFrame:
    """The rows of one indicator of the edition's "scores" or "backtest", without people's: analysts alone see those."""

    def make() -> pd.DataFrame:
        """From the edition's own table."""
        found = edition.of_indicator(name, indicator)
        models = found["model"].unique() if "model" in found else ()
        people = [m for m in models if str(m).startswith(PEOPLE)]
        return found[~found["model"].isin(people)] if people else found

    return _once(edition, (name, indicator), make)


def all_scores(edition: Edition, indicator: str) -> pd.DataFrame:
    """The edition's scores of one indicator, those of people's judgements too."""
    return edition.of_indicator("scores", indicator)


def route_segments(edition: Edition) -> Mapping[str, set[str]]:
    """Segments with cells of a route, by route."""

    def make() -> dict[str, set[str]]:
        """Of all indicators."""
        cells = edition.risk.loc[edition.risk["level"].eq("cell"), ["route", "segment"]].drop_duplicates()
        return {str(route): set(rows["segment"]) for route, rows in cells.groupby("route")}

    return _once(edition, "route_segments", make)


def route_rows(edition: Edition) -> pd.DataFrame:
    """A row of the risk table for each route."""
    risk = edition.risk
    return _once(edition, "routes", lambda: risk.loc[risk["level"].eq("route")].drop_duplicates("unit"))
