"""Sums over columns that the grid does not know (sex, age, …), and figures told as sums since the year began."""

import numpy as np
import pandas as pd

_FIGURE = ["indicator", "route", "place_kind", "place", "lon", "lat", "nationality", "period_start", "period", "as_of"]
_GRAVEST = {"estimated": 2, "preliminary": 1, "final": 0}
PART_REFUSED = "a part of this sum can't be read, so the sum is unknown"
PART_TWICE = "the same part of a sum stands there twice: add it up over another column too ('@line' for every row)"


def add_up(table: pd.DataFrame, reasons: pd.Series, parts: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """One row per figure: the sum of its parts.

    Args:
        table: Rows in the canonical columns, with `line`.
        reasons: Why a row is refused; empty: it is not.
        parts: What the parts differ in, one column for each that is added up over.

    Returns:
        Sums, and below them the refused rows with their reasons. A part that was refused refuses the others; one that
        is not reported or suppressed leaves the sum unknown for that reason.
    """
    keys = [c for c in _FIGURE if c in table]
    number = pd.Series(table.groupby(keys, dropna=False, sort=False).ngroup(), index=table.index)
    dated = table["period_start"].notna()
    doubled = parts.assign(figure=number).duplicated(keep=False) & dated & (reasons == "")
    reasons = reasons.mask(doubled, PART_TWICE)
    spoilt = number.isin(number[(reasons != "") & dated])
    reasons = reasons.mask(spoilt & (reasons == ""), PART_REFUSED)
    bad = reasons != ""
    good, groups = table[~bad], number[~bad]
    out = good.groupby(groups, sort=False).first(skipna=False) if len(good) else good
    if len(good):
        by = good.groupby(groups, sort=False)
        out = out.assign(count=by["count"].agg(lambda c: c.sum(skipna=False)), line=by["line"].min())
        out["missing_reason"] = _reason_of_parts(good["missing_reason"], groups)
        bounds = good["count"].fillna(good["count_upper"]).groupby(groups, sort=False)
        out["count_upper"] = bounds.agg(lambda b: b.sum(skipna=False)).where(out["missing_reason"] == "suppressed")
        weight = good["status"].map(_GRAVEST).groupby(groups, sort=False).max()
        out["status"] = weight.map({w: name for name, w in _GRAVEST.items()}).astype(object).where(weight.notna(), None)
    both = pd.concat([t for t in (out, table[bad]) if len(t)] or [table], ignore_index=True)
    return both, pd.Series([*[""] * len(out), *reasons[bad]], index=both.index, dtype=object)


def _reason_of_parts(reasons: pd.Series, groups: pd.Series) -> pd.Series:
    """Of several reasons the one that says least is known: suppressed after not reported."""
    known = pd.Series(groups.unique(), index=groups.unique()).map(lambda _: None).astype(object)
    for reason in ("closed", "invalid", "suppressed", "not_reported"):
        known[groups[reasons == reason].unique()] = reason
    return known


def since_year_began(table: pd.DataFrame, reasons: pd.Series, *, begins: int) -> tuple[pd.DataFrame, pd.Series]:
    """Figures of periods from sums since the year began: each less the one of the period before.

    Args:
        table: One row per figure; `period_start` is the period in which the sum ends.
        reasons: Why a row is refused; empty: it is not.
        begins: First month of the year.

    Returns:
        The same rows with the periods' own counts. A figure without its predecessor is refused, since what came in
        its own period is not known.
    """
    table, reasons = table.copy(), reasons.copy()
    keys = [c for c in _FIGURE if c in table and c not in ("period_start", "as_of")]
    rows = table.index[(reasons == "") & table["count"].notna()]
    order = table.loc[rows].sort_values("period_start", kind="stable")
    starts = order["period_start"]
    grouped = order.assign(_year=starts.dt.year - (starts.dt.month < begins)).groupby([*keys, "_year"], dropna=False)
    before, last = grouped["count"].shift(), grouped["period_start"].shift()
    first = pd.Series(
        [_begins_year(s, p, begins) for s, p in zip(starts, order["period"], strict=True)], index=order.index
    )
    follows = [pd.notna(b) and _next(b, p) == s for b, p, s in zip(last, order["period"], starts, strict=True)]
    counts = order["count"] - before.where(follows, np.nan).mask(first, 0.0)
    table.loc[order.index, "count"] = counts.where(counts.notna(), order["count"])
    unknown = counts.index[counts.isna()]
    reasons.loc[unknown] = "a sum since the year began without the one of the period before it"
    fallen = counts.index[counts < 0]
    reasons.loc[fallen] = "a sum since the year began that is below the one of the period before it"
    table.loc[fallen, "count"] = order.loc[fallen, "count"]
    return table, reasons


def _begins_year(start: pd.Timestamp, period: str, begins: int) -> bool:
    if period in ("D", "W"):
        return start.month == begins and start.day <= (1 if period == "D" else 7)
    return start.month == begins


def _next(start: pd.Timestamp, period: str) -> pd.Timestamp:
    if period in ("D", "W"):
        return start + pd.Timedelta(days=1 if period == "D" else 7)
    return start + pd.DateOffset(months={"M": 1, "Q": 3, "Y": 12}[period])
