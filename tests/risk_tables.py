"""The tables of risk of an edition of `tests.editions`, from its own figures: made up, but of the real shape."""

import numpy as np
import pandas as pd

from forecasting.risk.alerts import COLUMNS, find_alerts
from forecasting.risk.exceedance import expected_periods_above, first_likely, likely_run
from geo.region.risk_inputs import AlertRule

OWNER, AS_OF = "demonstration", "2026-01-31"
RAISED = "planned capacity; raised by one: vulnerability high (demonstration, 2026-01-31)"


def risk_tables(risk: pd.DataFrame, *, origin_date: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The tables beside a risk table that `with_parts` has made, by file stem.

    Segment 0: raised by a stated vulnerability; 1: something stated that raises nothing; the others: nothing stated.
    """
    plain = pd.DataFrame(risk.drop(columns="geometry", errors="ignore"))
    stated = {"owner": OWNER, "as_of": pd.Timestamp(AS_OF).date()}
    rule = AlertRule(id="over-capacity", measure="exceedance", probability=0.55, min_count=10, **stated)
    none = pd.DataFrame(columns=list(COLUMNS))
    return {
        "assessments": _assessments(plain),
        "points": _points(plain),
        "protection": _protection(plain),
        "deaths": _deaths(plain, origin_date),
        "prosecution": _prosecution(plain),
        "clusters": _clusters(plain),
        "allocation": _allocation(plain),
        "alerts": find_alerts(plain, [rule], none, origin_date=origin_date, days=7),
    }


def _first_segments(plain: pd.DataFrame, n: int) -> list[str]:
    return plain.loc[plain["level"].eq("segment"), "unit"].drop_duplicates().tolist()[:n]


def with_parts(risk: pd.DataFrame) -> pd.DataFrame:
    """The risk table with CIRAM's parts."""
    raised, *others = _first_segments(risk, 2)
    first = risk["unit"].eq(raised)
    lower = {"very_high": "high", "high": "moderate", "moderate": "moderate", "low": "low"}
    threat = risk["pressure_band"].where(~first, risk["pressure_band"].map(lower))
    was_raised = first & threat.ne(risk["pressure_band"])
    chances = {f"chance_{b}": risk["exceedance_probability"].fillna(0.4) for b in ("moderate", "high", "very_high")}
    excess = (risk["mean"] - risk["capacity"]).clip(lower=0.0)
    return risk.assign(
        threat_band=threat,
        vulnerability=np.where(first, "high", None),
        impact=np.where(risk["unit"].isin(others), "low", None),
        band_rule=risk["band_basis"].where(~was_raised, RAISED),
        expected_excess=excess,
        **chances,
    )


def _assessments(plain: pd.DataFrame) -> pd.DataFrame:
    raised, *others = _first_segments(plain, 2)
    other = (others or [raised])[0]
    border = "border:" + plain.loc[plain["unit"].eq(other), "border"].iloc[0]
    rows = [
        (raised, "vulnerability", "staff", "high", None, raised, True),
        (other, "impact", "reception_shortfall", "low", 0.1, border, True),
        (border, "article_34", "impact_level", "medium", None, border, False),
    ]
    columns = ["unit", "part", "kind", "level", "value", "stated_for", "decides"]
    return pd.DataFrame(rows, columns=columns).assign(owner=OWNER, as_of=AS_OF)


def _points(plain: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (indicator, unit), mine in plain.groupby(["indicator", "unit"], sort=False):
        one = mine.sort_values("horizon")
        chance = one["exceedance_probability"].to_numpy()[None]
        lead, described = first_likely(chance)[0], one.iloc[0]
        rows.append(
            {
                **described[["unit", "level", "name", "segment", "route", "border", "from_country", "to_country"]],
                "indicator": indicator,
                "capacity": described["capacity"],
                "capacity_owner": "" if np.isnan(described["capacity"]) else OWNER,
                "capacity_as_of": AS_OF,
                "lead_periods": lead,
                "likely_from": pd.NaT if np.isnan(lead) else one["target_start"].iloc[int(lead) - 1],
                "likely_run": likely_run(chance)[0],
                "expected_periods_above": expected_periods_above(chance)[0],
                "peak_chance": one["exceedance_probability"].max(),
                "peak_surge": one["surge_probability"].max(),
                "total_excess": one["expected_excess"].sum(min_count=1),
                "peak_excess": one["expected_excess"].max(),
                "alternatives": "BIH-HRV-03=0.600;SRB-XKX-01=0.400" if unit == "segment:HUN-SRB-02" else "",
                "rank": 1,
            }
        )
    return pd.DataFrame(rows).drop(columns=["rank"]).assign(rank=1)


def _protection(plain: pd.DataFrame) -> pd.DataFrame:
    mine = plain[plain["indicator"].eq("reception_occupied") & plain["level"].isin(["segment", "total"])]
    names = ["indicator", "unit", "level", "name", "segment", "from_country", "to_country", "horizon", "target_start"]
    return mine[[*names, "capacity", "exceedance_probability"]].assign(
        need_q10=mine["q10"],
        need_q50=mine["q50"],
        need_q90=mine["q90"],
        capacity_owner=OWNER,
        capacity_as_of=AS_OF,
        shortfall=mine["expected_excess"],
        shortfall_q90=(mine["q90"] - mine["capacity"]).clip(lower=0),
        occupied_last=mine["last_mean"],
        occupied_period=mine["target_start"].min() - pd.Timedelta(weeks=1),
    )


def _deaths(plain: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
    mine = plain[plain["indicator"].eq("deaths_missing") & plain["level"].isin(["segment", "total"])]
    mine = mine.drop_duplicates("unit")[["unit", "level", "name", "segment", "from_country", "to_country"]]
    year = np.where(mine["level"].eq("total"), 41.0, np.where(np.arange(len(mine)) == 1, 30.0, 4.0))
    return mine.assign(
        last_4=3.0,
        known_4=4,
        last_year=year,
        known_year=np.where(mine["level"].eq("total"), 50, 52),
        all_time=year,
        spread_year=0.0,
        first_period=origin - pd.Timedelta(weeks=100),
        newest_period=origin,
    )


def _prosecution(plain: pd.DataFrame) -> pd.DataFrame:
    mine = plain[plain["indicator"].isin(["smuggling_cases", "thb_victims_identified"])]
    mine = mine[mine["level"].isin(["total", "border"]) & mine["q50"].notna()]
    kept = mine[["indicator", "unit", "level", "name", "horizon", "q10", "q50", "q90", "mean"]]
    is_first = kept["indicator"].eq("smuggling_cases")
    data = kept.assign(
        state="data",
        lag_periods=np.where(is_first, 2.0, np.nan),
        lag_p_value=0.03,
        known_periods=100,
        lag_correlation=0.3,
    )
    units = plain[plain["level"].isin(["total", "border"])].drop_duplicates("unit")[["unit", "level", "name"]]
    table = pd.concat([data, units.assign(indicator="iff_reports", state="no data")], ignore_index=True)
    return table.astype({"horizon": "Int64"})


def _clusters(plain: pd.DataFrame) -> pd.DataFrame:
    units = _first_segments(plain, 2)
    return pd.DataFrame(
        {"indicator": "irregular_crossings", "unit": units, "gi_q": [0.01, 0.02][: len(units)], "hot": "hot"}
    )


def _allocation(plain: pd.DataFrame) -> pd.DataFrame:
    if "reception_occupied" not in set(plain["indicator"]):
        return pd.DataFrame(columns=["indicator", "unit"])
    units = _first_segments(plain, 3)
    table = pd.DataFrame(
        {
            "indicator": "reception_occupied",
            "unit": pd.Series(units).reindex(range(3)),
            "name": pd.Series(units).reindex(range(3)),
            "horizon": 3,
            "budget": 100,
            "owner": OWNER,
            "as_of": AS_OF,
            "capacity": [200.0, 150.0, 80.0],
            "places": [60, 30, 0],
            "shortfall_before": [55.0, 21.0, 0.0],
            "shortfall_after": [9.0, 2.0, 0.0],
            "next_value": [0.31, 0.3, 0.0],
        }
    )
    return table.dropna(subset=["unit"])
