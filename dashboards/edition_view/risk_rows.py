"""What an edition's tables of risk say, as numbers with references and rows for pages and briefing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Number
from dashboards.wording import formats as words
from dashboards.wording import risk as r

PARTS = ("vulnerability", "impact")


def number(row: Mapping[str, Any] | pd.Series, table: str, keys: tuple[str, ...], *, form: str, column: str) -> Number:
    """A number of a table of risk, shown by a function of `dashboards.wording.formats`; `keys` name its row."""
    value = None if words.missing(row[column]) else float(row[column])
    where = tuple((k, row[k] if isinstance(row[k], str) else int(row[k])) for k in keys)
    return Number(getattr(words, form)(value), table, where, (column,), form)


def interval(
    row: Mapping[str, Any] | pd.Series, table: str, keys: tuple[str, ...], *, columns: tuple[str, str]
) -> Number:
    """An 80 % range of a table of risk, without its "(80 %)"."""
    low, high = (float(row[c]) for c in columns)
    where = tuple((k, row[k] if isinstance(row[k], str) else int(row[k])) for k in keys)
    return Number(words.interval(low, high).removesuffix(" (80 %)"), table, where, columns, "interval")


@dataclass(frozen=True)
class RiskPart:
    """One of CIRAM's parts as it stands for a unit."""

    name: str
    level: str | None  # None: nobody stated it
    notes: tuple[str, ...]


def stated_parts(facts: Facts, row: pd.Series) -> list[RiskPart]:
    """Vulnerability and impact of a unit, with every statement behind them; a missing one has no notes."""
    table = facts.edition.table("assessments")
    found = []
    for name in PARTS:
        level = row.get(name)
        mine = table[table["unit"].eq(row["unit"]) & table["part"].eq(name)] if len(table) else table
        notes = tuple(_statement(facts, entry) for _, entry in mine.iterrows())
        found.append(RiskPart(name, level if isinstance(level, str) else None, notes))
    return found


def article_34(facts: Facts, row: pd.Series) -> list[str]:
    """Impact levels that the pack carries to compare with, each with its owner and date."""
    table = facts.edition.table("assessments")
    if table.empty:
        return []
    units = {str(row["unit"]), f"border:{row['border']}"}
    mine = table[table["unit"].isin(units) & table["part"].eq("article_34")]
    return [r.ARTICLE_34.format(level=e["level"], owner=e["owner"], as_of=e["as_of"]) for _, e in mine.iterrows()]


def _statement(facts: Facts, entry: pd.Series) -> str:
    common = {
        "kind": str(entry["kind"]).replace("_", " "),
        "level": level_word(entry["level"]),
        "owner": entry["owner"],
        "as_of": entry["as_of"],
    }
    if entry["stated_for"] == entry["unit"]:
        return r.STATED.format(**common)
    return r.STATED_FOR.format(**common, place=unit_name(facts, str(entry["stated_for"])))


def level_word(level: object) -> str:
    """A level in words; `not stated` where nobody stated one.

    >>> level_word("very_high"), level_word(None)
    ('very high', 'not stated')
    """
    return level.replace("_", " ") if isinstance(level, str) else r.MISSING


def unit_name(facts: Facts, unit: str) -> str:
    """Any unit's name, starred where Kosovo* is named."""
    found = facts.edition.forecast
    known = unit in found["unit"].to_numpy()
    name = str(found["name"].sel(unit=unit).item()) if known else unit.partition(":")[2]
    return words.starred(name)


def point_of(facts: Facts, unit: str) -> pd.Series | None:
    """A unit's row of the table of pressure points; None where the edition has none."""
    table = facts.table("points")
    if table.empty:
        return None
    found = table[table["indicator"].eq(facts.indicator) & table["unit"].eq(unit)]
    return found.iloc[0] if len(found) else None


def likely_points(facts: Facts, level: str) -> pd.DataFrame:
    """Points that likely exceed their capacity, the soonest first; empty where none does, or none is known."""
    table = facts.table("points")
    if table.empty:
        return table
    mine = table[table["indicator"].eq(facts.indicator) & table["level"].eq(level) & table["lead_periods"].notna()]
    order = ["lead_periods", "total_excess", "unit"]
    return mine.sort_values(order, ascending=[True, False, True]).reset_index(drop=True)


def turn_to(facts: Facts, point: pd.Series) -> str:
    """Where displaced movement would turn to, with shares; empty where no alternative is known."""
    pairs = [part.split("=") for part in str(point["alternatives"]).split(";") if part]
    named = [
        f"{unit_name(facts, f'segment:{segment}')} ({float(share):.0%})".replace("%", " %") for segment, share in pairs
    ]
    return words.joined(named)


def places_short(facts: Facts) -> pd.DataFrame:
    """Reception and referral places at the reader's horizon, the most expected to lack first, then the fullest."""
    table = facts.edition.table("protection")
    if table.empty:
        return table
    last = int(table["horizon"].max())
    mine = table[table["horizon"].eq(min(facts.horizon, last)) & table["level"].eq("segment")]
    keys = mine.assign(_short=mine["shortfall"].fillna(-1.0), _share=mine["need_q50"] / mine["capacity"])
    order = keys.sort_values(["_short", "_share", "need_q50", "unit"], ascending=[False, False, False, True])
    return order.drop(columns=["_short", "_share"]).reset_index(drop=True)


def lead_word(facts: Facts, row: pd.Series) -> str:
    """How an indicator moves against crossings, in words; a negative correlation is an opposite movement."""
    if words.missing(row["lag_p_value"]):
        return r.LAGS["short"]
    if words.missing(row["lag_periods"]):
        return r.LAGS["none"]
    lag = int(row["lag_periods"])
    key = "with" if lag == 0 else "behind" if lag > 0 else "ahead"
    told = r.LAGS[key].format(lag=words.periods(abs(lag), facts.freq))
    return f"{told}{r.LAG_OPPOSITE}" if row["lag_correlation"] < 0 else told


def cases(facts: Facts, unit: str) -> pd.DataFrame:
    """The prosecution indicators of one unit at the reader's horizon; one without figures is `no data`."""
    table = facts.edition.table("prosecution")
    if table.empty:
        return table
    mine = table[table["unit"].eq(unit)]
    none = mine["state"].eq("no data")
    now = none if "horizon" not in mine else mine["horizon"].eq(facts.horizon).fillna(value=False)
    return mine[now | none].reset_index(drop=True)


def alerts(facts: Facts, *, told: bool = False) -> pd.DataFrame:
    """Alerts raised by this edition; with `told`, those raised earlier too."""
    table = facts.edition.table("alerts")
    if table.empty:
        return table
    return table if told else table[table["state"].isin(["new", "worse"])].reset_index(drop=True)


def alert_line(facts: Facts, row: pd.Series) -> str:
    """One alert in words."""
    state = r.STATES[str(row["state"])].format(on=words.long_date(pd.Timestamp(row["raised_on"]).date()))
    return r.ALERT[str(row["measure"])].format(
        place=unit_name(facts, str(row["unit"])),
        indicator=facts.indicator_name(str(row["indicator"])).lower(),
        chance=words.percent(row["probability"]),
        period=facts.period(row["target_start"]),
        state=state,
        rule=row["rule"],
        owner=row["owner"],
    )
