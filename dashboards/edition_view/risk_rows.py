"""What an edition's tables of risk say, as rows and words for pages and briefing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Number, summary
from dashboards.wording import briefing as s, formats as words, pages
from dashboards.wording.bands import band
from pipelines.store.periods import shift

PARTS = ("vulnerability", "impact")
WORTH = 0.5  # of a place or a case: less prints as none


@dataclass(frozen=True)
class RiskPart:
    """One of CIRAM's parts as it stands for a unit."""

    name: str
    level: str | None  # None: nobody stated it
    notes: tuple[str, ...]


def risk_parts(facts: Facts, row: pd.Series) -> list[RiskPart]:
    """Vulnerability and impact of a unit, with every statement behind them; a missing one has no notes."""
    table = facts.edition.table("assessments")
    found = []
    for name in PARTS:
        level = row[name]
        entries = table[table["unit"].eq(row["unit"]) & table["part"].eq(name)]
        notes = tuple(_statement(facts, entry) for _, entry in entries.iterrows())
        found.append(RiskPart(name, level if isinstance(level, str) else None, notes))
    return found


def article_34(facts: Facts, row: pd.Series) -> list[str]:
    """Impact levels that the pack carries to compare with, each with its owner and date."""
    table = facts.edition.table("assessments")
    units = {str(row["unit"]), f"border:{row['border']}"}
    mine = table[table["unit"].isin(units) & table["part"].eq("article_34")]
    return [s.ARTICLE_34.format(level=e["level"], owner=e["owner"], as_of=e["as_of"]) for _, e in mine.iterrows()]


def _statement(facts: Facts, entry: pd.Series) -> str:
    common = {
        "kind": str(entry["kind"]).replace("_", " "),
        "level": level_word(entry["level"]),
        "owner": entry["owner"],
        "as_of": entry["as_of"],
    }
    if entry["stated_for"] == entry["unit"]:
        return s.STATED.format(**common)
    return s.STATED_FOR.format(**common, place=unit_name(facts, str(entry["stated_for"])))


def band_note(row: Mapping[str, Any], step: str) -> str:
    """Why a band is another than the threat's or than its chance alone would give, or stays or goes after a break."""
    threat, shown, rule = row["threat_band"], row["pressure_band"], str(row["band_rule"])
    raised = isinstance(threat, str) and isinstance(shown, str) and threat != shown
    parts = words.joined([p for p in PARTS if pages.RULE_RAISED.format(part=p) in rule])
    notes = [pages.BAND_RAISED.format(threat=level_word(threat), parts=parts)] if raised else []
    notes += [pages.BAND_HELD.format(step=step)] if pages.RULE_HELD in rule else []
    notes += [pages.REGIME_NOTE[after_break(row)]] if row["regime_break"] else []
    return ", ".join(notes)


def after_break(row: Mapping[str, Any]) -> str:
    """What becomes of a band after a regime break: it `stays`, or goes with own `history` or failed `ranges`."""
    if isinstance(row["pressure_band"], str):
        return "stays"
    return "history" if words.missing(row["capacity"]) else "ranges"


def highest_by_border(facts: Facts) -> pd.DataFrame:
    """Of each border and lead time the place with the highest band, of several the one with the highest median.

    Returns:
        Rows of the risk table by (border, horizon).
    """
    places = pd.DataFrame(facts.mine[facts.mine["level"].eq("segment")].drop(columns="geometry", errors="ignore"))
    sized = places.assign(_order=places["pressure_band"].map(lambda b: band(b).order))
    sized = sized.sort_values(["_order", "q50"], ascending=False, kind="stable").drop(columns="_order")
    return sized.drop_duplicates(["border", "horizon"]).set_index(["border", "horizon"])


def level_word(level: object) -> str:
    """A level in words; `not stated` where nobody stated one.

    >>> level_word("very_high"), level_word(None)
    ('very high', 'not stated')
    """
    return level.replace("_", " ") if isinstance(level, str) else s.MISSING


def unit_name(facts: Facts, unit: str) -> str:
    """Any unit's name, starred where Kosovo* is named."""
    forecast = facts.edition.forecast
    known = unit in forecast["unit"].to_numpy()
    return words.starred(str(forecast["name"].sel(unit=unit).item()) if known else unit.partition(":")[2])


def on_border(facts: Facts, border: str) -> str:
    """Where cases of a border are counted; what is no line between two countries holds places that lie far apart."""
    named = s.ON_BORDER if "-" in border else s.ON_NO_BORDER
    return named.format(border=unit_name(facts, f"border:{border}"))


def point_of(facts: Facts, unit: str) -> pd.Series | None:
    """A unit's row of the table of pressure points, or None."""
    table = facts.table("points")
    found = table[table["indicator"].eq(facts.indicator) & table["unit"].eq(unit)]
    return found.iloc[0] if len(found) else None


def likely_points(facts: Facts, level: str) -> pd.DataFrame:
    """Points that likely exceed their capacity, the soonest first; empty where none does, or none is known."""
    table = facts.table("points")
    likely = table[table["indicator"].eq(facts.indicator) & table["level"].eq(level) & table["lead_periods"].notna()]
    order = ["lead_periods", "total_excess", "unit"]
    return likely.sort_values(order, ascending=[True, False, True]).reset_index(drop=True)


def has_passed(facts: Facts, point: pd.Series, today: date | None = None) -> bool:
    """Whether all periods of the run in which exceeding is likely (`likely_from`, `likely_run`) were past on a day."""
    start, run = pd.Timestamp(point["likely_from"]), int(point["likely_run"])
    return facts.is_over(shift(start, run - 1, "W" if facts.freq == "W" else "M"), today)


def alternatives(facts: Facts, point: pd.Series) -> str:
    """Where displaced movement would turn to, with shares; empty where no alternative is known."""
    pairs = [part.split("=") for part in str(point["alternatives"]).split(";") if part]
    return words.joined([f"{unit_name(facts, f'segment:{one}')} ({100 * float(share):.0f} %)" for one, share in pairs])


def places_short(facts: Facts) -> pd.DataFrame:
    """Reception and referral places at the reader's horizon, the most expected to lack first, then the fullest."""
    table = facts.edition.table("protection")
    if table.empty:
        return table
    horizon = min(facts.horizon, int(table["horizon"].max()))
    now = table[table["horizon"].eq(horizon) & table["level"].eq("segment")]
    short = now["shortfall"].mask(now["shortfall"].lt(WORTH), 0.0).fillna(-1.0)
    keys = now.assign(_short=short, _share=now["need_q50"] / now["capacity"])
    order = keys.sort_values(["_short", "_share", "need_q50", "unit"], ascending=[False, False, False, True])
    return order.drop(columns=["_short", "_share"]).reset_index(drop=True)


def lacking_in(facts: Facts, indicator: str, start: object) -> Number:
    """How many places of a kind are expected to lack in one period, over all places on record."""
    table = facts.edition.table("protection")
    mine = table[table["indicator"].eq(indicator) & table["level"].eq("segment") & table["target_start"].eq(start)]
    shown, day = words.number(float(mine["shortfall"].sum())), f"{pd.Timestamp(start):%Y-%m-%d}"
    return summary(shown, "protection", "sum_of_shortfall", indicator=indicator, target_start=day)


def most_lacking(facts: Facts) -> tuple[str, pd.Timestamp, Number] | None:
    """The kind of places and the period of which most are expected to lack, and how many; None where none is."""
    table = facts.edition.table("protection")
    sums = table[table["level"].eq("segment")].groupby(["indicator", "target_start"])["shortfall"].sum()
    if sums.empty or not sums.max() >= WORTH:
        return None
    indicator, start = sums.idxmax()
    return str(indicator), pd.Timestamp(start), lacking_in(facts, str(indicator), start)


def lead_word(facts: Facts, row: pd.Series) -> str:
    """How an indicator moves against crossings, in words; a negative correlation is an opposite movement."""
    if words.missing(row["lag_p_value"]):
        return s.LAGS["short"]
    if words.missing(row["lag_periods"]):
        return s.LAGS["none"]
    lag = int(row["lag_periods"])
    key = "with" if lag == 0 else "behind" if lag > 0 else "ahead"
    lead = s.LAGS[key].format(lag=facts.periods(abs(lag)))
    return f"{lead}{s.LAG_OPPOSITE}" if row["lag_correlation"] < 0 else lead


def cases(facts: Facts, unit: str) -> pd.DataFrame:
    """The prosecution indicators of one unit at the reader's horizon; one without figures is `no data`."""
    table = facts.edition.table("prosecution")
    if table.empty:
        return table
    rows = table[table["unit"].eq(unit)]
    none = rows["state"].eq("no data")
    now = none if "horizon" not in rows else rows["horizon"].eq(facts.horizon).fillna(value=False)
    return rows[now | none].reset_index(drop=True)


def is_no_better(facts: Facts, row: pd.Series) -> bool:
    """Whether past forecasts of what a row of the table of prosecution tells were no better than the baseline."""
    one = facts.row(str(row["unit"]), horizon=int(row["horizon"]), indicator=str(row["indicator"]))
    return one is not None and bool(one["no_better"])


def alerts(facts: Facts, *, with_earlier: bool = False) -> pd.DataFrame:
    """Alerts raised by this edition; on request those raised earlier too."""
    table = facts.edition.table("alerts")
    return table if with_earlier else table[table["state"].isin(["new", "worse"])].reset_index(drop=True)


def alert_line(facts: Facts, row: pd.Series) -> str:
    """One alert in words."""
    state = s.STATES[str(row["state"])].format(on=words.long_date(pd.Timestamp(row["raised_on"]).date()))
    return s.ALERT[str(row["measure"])].format(
        place=unit_name(facts, str(row["unit"])),
        indicator=facts.indicator_name(str(row["indicator"])).lower(),
        chance=words.percent(row["probability"]),
        period=facts.dated(row["target_start"]),
        state=state,
        rule=row["rule"],
        owner=row["owner"],
    )
