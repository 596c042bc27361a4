"""Alerts: which units meet a rule, and which of them are held back because they were raised a short while ago."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from forecasting.base.contracts import reaches, whole_percent
from geo.region.risk_inputs import AlertRule

COLUMNS = (
    *("rule", "indicator", "unit", "measure", "horizon", "target_start", "probability", "q50", "limit", "min_count"),
    *("state", "raised_on", "raised_probability", "owner", "as_of"),
)
_MEASURES = {"exceedance": "exceedance_probability", "surge": "surge_probability"}


def find_alerts(
    risk: pd.DataFrame, rules: Sequence[AlertRule], earlier: pd.DataFrame, *, origin_date: pd.Timestamp, days: int
) -> pd.DataFrame:
    """The list of an edition's alerts.

    Args:
        risk: One row per (indicator, unit, horizon) with `level, q50, target_start` and both probabilities.
        rules: The pack's.
        earlier: The list of the newest earlier edition, which carries on who was told when; empty where there is none.
        origin_date: First day of the last observed period.
        days: Length of a period.

    Returns:
        One row per (rule, indicator, unit), columns `COLUMNS`, strongest first. `state`: "new" (raised now), "worse"
        (raised again within the quiet time, for its probability rose by the rule's step), "quiet" (still above, told
        of on `raised_on`), "over" (no longer above, kept until the quiet time has passed).
    """
    last = {(r["rule"], r["indicator"], r["unit"]): r for r in earlier.to_dict("records")}
    rows = []
    for rule in rules:
        met = _met(risk, rule)
        for row in met.to_dict("records"):
            key = (rule.id, row["indicator"], row["unit"])
            rows.append(_alert(row, rule, last.pop(key, None), origin_date=origin_date, days=days))
        rows += _over(last, rule, origin_date=origin_date, days=days)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = {"new": 0, "worse": 0, "quiet": 1, "over": 2}
    by, rises = ["_state", "probability", "q50", "unit", "rule"], [True, False, False, True, True]
    keys = table.assign(_state=table["state"].map(order)).sort_values(by, ascending=rises)
    return keys.drop(columns="_state").reset_index(drop=True)


def _met(risk: pd.DataFrame, rule: AlertRule) -> pd.DataFrame:
    """Of each unit that meets a rule the horizon with the highest probability, the nearest among equals."""
    column = _MEASURES[rule.measure]
    meets = risk["horizon"].le(rule.within_periods) & risk["level"].isin(rule.levels)
    found = risk[meets & reaches(risk[column].to_numpy(), rule.probability) & risk["q50"].ge(rule.min_count)]
    found = found.assign(probability=found[column])
    order = found.sort_values(["probability", "horizon"], ascending=[False, True], kind="stable")
    return order.drop_duplicates(["indicator", "unit"])


def _alert(
    row: dict[str, Any], rule: AlertRule, last: dict[str, Any] | None, *, origin_date: pd.Timestamp, days: int
) -> dict[str, Any]:
    state, raised_on, at = "new", origin_date, row["probability"]
    if last is not None and _is_quiet(last, rule, origin_date, days):
        told = whole_percent(float(last["raised_probability"])) / 100.0
        worse = bool(reaches(float(row["probability"]), told + rule.worsens_by))
        state = "worse" if worse else "quiet"
        if not worse:
            raised_on, at = last["raised_on"], last["raised_probability"]
    kept = {c: row[c] for c in ("indicator", "unit", "horizon", "target_start", "probability", "q50")}
    return {**kept, "raised_on": raised_on, "raised_probability": at, "state": state, **_of(rule)}


def _over(
    last: dict[tuple[str, str, str], dict[str, Any]], rule: AlertRule, *, origin_date: pd.Timestamp, days: int
) -> list[dict[str, Any]]:
    """Units told of within the quiet time that no longer meet the rule: they stay silent if they come back at once."""
    gone = [r for key, r in last.items() if key[0] == rule.id and _is_quiet(r, rule, origin_date, days)]
    return [{**r, "state": "over", "probability": float("nan"), **_of(rule)} for r in gone]


def _is_quiet(last: dict[str, Any], rule: AlertRule, origin_date: pd.Timestamp, days: int) -> bool:
    passed = (origin_date - pd.Timestamp(last["raised_on"])).days
    return round(passed / days) <= rule.quiet_periods


def _of(rule: AlertRule) -> dict[str, Any]:
    of = {"rule": rule.id, "measure": rule.measure, "limit": rule.probability, "min_count": rule.min_count}
    return {**of, "owner": rule.owner, "as_of": rule.as_of.isoformat()}
