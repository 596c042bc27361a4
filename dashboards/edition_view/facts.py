"""An edition as readers ask of it: its main indicator and lead time, its ranking, names, recent counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr

from dashboards.edition_view import shared_tables
from dashboards.wording import formats as words, quality as told
from dashboards.wording.pages import OVER
from forecasting.base.contracts import BANDS, LAST_PERIODS
from forecasting.scenarios.network import route_network
from geo.region.region import Edge, Region
from pipelines.editions.edition import Edition
from pipelines.observations.schema import TOTAL

MAIN_INDICATOR = "irregular_crossings"
LEAD_PERIODS = {"W": 3, "M": 2}  # far enough to act on, near enough to be known
REPORT_WINDOW = {"W": 52, "M": 24}
TOP = 5
Row: TypeAlias = Mapping[str, Any] | pd.Series


@dataclass(frozen=True)
class Attribution:
    """What moved a forecast's median from its reference, the mean of the last four periods as reported."""

    reference: float  # counts per period, NaN where no figure is known
    median: float
    parts: Mapping[str, float]  # part → counts, adding up to median − reference; empty where unknown


@dataclass(frozen=True)
class Facts:
    """Reads one edition.

    Attributes:
        edition: What is read.
        chosen_indicator: A reader's choice; None, or one without forecasts: the region's main one.
        chosen_horizon: A reader's choice, periods ahead; None: far enough to act on, near enough to be known.
        chosen_route: A reader's choice, a route id; None: all routes.
        nationality: Whose forecasts are read; the nationalities' total unless an edition holds others.
    """

    edition: Edition
    chosen_indicator: str | None = None
    chosen_horizon: int | None = None
    chosen_route: str | None = None
    nationality: str = TOTAL

    @cached_property
    def freq(self) -> str:
        """The time step, "W" or "M"."""
        return str(self.edition.manifest["freq"])

    @property
    def risk(self) -> pd.DataFrame:
        """The risk table of the chosen nationality, without rows that have no forecast."""
        return shared_tables.forecast_rows(self.edition, self.nationality)

    @property
    def mine(self) -> pd.DataFrame:
        """The rows of `risk` of the indicator that is read about: all lead times and places."""
        return shared_tables.rows_of(self.edition, self.nationality, self.indicator)

    @property
    def scores(self) -> pd.DataFrame:
        """The edition's scores of the indicator."""
        return shared_tables.backtest_rows(self.edition, "scores", self.indicator)

    @property
    def backtest(self) -> pd.DataFrame:
        """The edition's past forecasts of the indicator."""
        return shared_tables.backtest_rows(self.edition, "backtest", self.indicator)

    @property
    def of_all_nationalities(self) -> bool:
        """Whether the total is read; capacities, points, scores and alerts are known of it alone."""
        return self.nationality == TOTAL

    def table(self, name: str) -> pd.DataFrame:
        """One of the edition's tables of risk; empty where one nationality is read: they speak of the total."""
        found = self.edition.table(name)
        return found if self.of_all_nationalities else found.iloc[:0]

    @cached_property
    def indicators(self) -> list[str]:
        """Indicators with a forecast, in the edition's order."""
        return [str(i) for i in dict.fromkeys(self.risk["indicator"])]

    @cached_property
    def indicator(self) -> str:
        """The indicator that is read about."""
        known = self.indicators
        if self.chosen_indicator in known:
            return self.chosen_indicator
        return MAIN_INDICATOR if MAIN_INDICATOR in known or not known else str(known[0])

    @cached_property
    def horizon(self) -> int:
        """The lead time in periods."""
        longest = int(self.mine["horizon"].max()) if len(self.mine) else 1
        return min(self.chosen_horizon or LEAD_PERIODS[self.freq], longest)

    @cached_property
    def last_horizon(self) -> int:
        """The furthest period that is forecast."""
        return int(self.risk["horizon"].max()) if len(self.risk) else 0

    def periods(self, n: float) -> str:
        """A number of periods, "3 weeks"."""
        return words.periods(int(n), self.freq)

    @property
    def ahead(self) -> str:
        """The lead time in words."""
        return self.periods(self.horizon)

    @property
    def reach(self) -> str:
        """The whole outlook in words."""
        return self.periods(self.last_horizon)

    @property
    def step(self) -> str:
        """The period's noun, "week" or "month"."""
        return words.period_word(self.freq)

    @property
    def steps(self) -> str:
        """The noun for several periods."""
        return f"{self.step}s"

    @property
    def report_window(self) -> str:
        """The periods that shares of reports speak of: the last year (two years of months), or all there are."""
        return self.periods(min(REPORT_WINDOW[self.freq], self.edition.forecast.sizes["time"]))

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """Segments (routes where there are none) by pressure at the lead time, all of them."""
        for level in ("segment", "route", "border"):
            found = rank_units(self._on_route(), indicator=self.indicator, horizon=self.horizon, level=level)
            if len(found):
                return found
        return rank_units(self.mine, indicator=self.indicator, horizon=self.horizon, level="total")

    @property
    def issued(self) -> date:
        """The day whose knowledge the edition rests on."""
        return date.fromisoformat(str(self.edition.manifest["as_of"])[:10])

    @cached_property
    def unusual(self) -> set[str]:
        """Ranked units that left the pattern that past forecasts knew and have no band: to be looked at first."""
        odd = self.ranked["regime_break"].astype(bool) & self.ranked["pressure_band"].isna()
        return set(self.ranked.loc[odd, "unit"])

    @property
    def level(self) -> str:
        """What the ranked units are: "segment", "route", …."""
        return str(self.ranked["level"].iloc[0]) if len(self.ranked) else "segment"

    @cached_property
    def unreported(self) -> list[str]:
        """Names of segments without any figure of the indicator: they have no forecast, and stand on no ranking.

        Empty where a route is chosen, and for readers from whom a figure may be withheld.
        """
        if self.chosen_route is not None or "conservation" not in self.edition.quality:
            return []
        units = self.edition.forecast["unit"].to_numpy()[self.edition.forecast["level"].to_numpy() == "segment"]
        known = set(self.mine["unit"])
        missing = [str(u).partition(":")[2] for u in units if u not in known]
        return [self.place(row) for s in missing if (row := self.segment(s)) is not None] if known else []

    @cached_property
    def much_refused(self) -> list[str]:
        """Files of which much of the count was refused, each with its share; not known to partners and the public."""
        rows = [r for r in self.edition.quality.get("files", ()) if r["much_refused"]]
        return [
            told.MUCH_REFUSED_FILE.format(
                file=r["file"],
                source=r["source"],
                share=words.share(r["refused_share"]),
                least=told.ESTIMATED if r["unreadable_rows"] else "",
            )
            for r in rows
        ]

    @cached_property
    def routes(self) -> dict[str, str]:
        """Names of the routes with cells of their own, by id; empty where the region has one route."""
        rows = shared_tables.route_rows(self.edition).iterrows()
        names = {str(row["unit"]).partition(":")[2]: self.place(row) for _, row in rows}
        return {route: name for route, name in names.items() if shared_tables.route_segments(self.edition).get(route)}

    def _on_route(self) -> pd.DataFrame:
        """The rows of the indicator; of a chosen route only what lies on it."""
        if self.chosen_route is None:
            return self.mine
        segments = shared_tables.route_segments(self.edition).get(self.chosen_route, set())
        return self.mine[self.mine["segment"].isin(segments)]

    @cached_property
    def n_cutoffs(self) -> int:
        """Cutoffs in the backtest of the indicator."""
        return int(self.edition.manifest["cutoffs"].get(self.indicator, 0))

    @cached_property
    def ranked_rows(self) -> list[dict[str, Any]]:
        """The ranking as plain rows without geometry: a thousand of them are read ten times as fast."""
        return pd.DataFrame(self.ranked.drop(columns="geometry", errors="ignore")).to_dict("records")

    @property
    def top(self) -> pd.DataFrame:
        """The first pressure points."""
        return self.ranked.head(TOP)

    @cached_property
    def countries(self) -> Mapping[str, str]:
        """Country names by alpha-3 code."""
        return dict(self.edition.manifest["countries"])

    @cached_property
    def year(self) -> int:
        """ISO year of the last observed period."""
        return int(pd.Timestamp(self.edition.manifest["origin_date"]).isocalendar().year)

    def unit_word(self, indicator: str | None = None) -> str:
        """What the indicator counts, e.g. "detections"."""
        known: dict[str, Any] = self.edition.manifest["indicators"]
        return str(known.get(indicator or self.indicator, {}).get("unit") or "counts")

    def indicator_name(self, indicator: str) -> str:
        """The indicator's name for readers."""
        known: dict[str, Any] = self.edition.manifest["indicators"]
        return words.starred(str(known.get(indicator, {}).get("name") or indicator.replace("_", " ").capitalize()))

    def period(self, start: object) -> str:
        """A period's name."""
        return words.period_name(pd.Timestamp(start).date(), self.freq, year=self.year)

    def is_over(self, start: object, today: date | None = None) -> bool:
        """Whether a period was past on a day (that of issue if not said): what the edition says of it is a nowcast."""
        return self.when(start, today) == OVER

    def dated(self, start: object) -> str:
        """A period's name, which says of one that was over by the day of issue that its reports are open."""
        name = self.period(start)
        return words.with_note(name, OVER) if self.is_over(start) else name

    def when(self, start: object, today: date | None = None) -> str:
        """Where a period lies as seen from a day (that of issue if not said): "over, reports open", "next week", …."""
        found = words.when(pd.Timestamp(start).date(), self.freq, today or self.issued)
        return OVER if found == "over" else found

    def lead_period(self) -> str:
        """The name of the period that the lead time points to."""
        return self.period(self.ranked["target_start"].iloc[0]) if len(self.ranked) else ""

    def place(self, row: Row) -> str:
        """A unit's name, starred where Kosovo* is named."""
        return words.starred(str(row["name"] or str(row["unit"]).partition(":")[2]))

    def direction(self, row: Row) -> str:
        """A unit's direction, or empty."""
        return words.direction(row["from_country"], row["to_country"], self.countries)

    def place_with_direction(self, row: Row) -> str:
        """A unit's name with its direction in brackets."""
        way = self.direction(row)
        return f"{self.place(row)} ({way})" if way else self.place(row)

    def at(self, row: Row) -> str:
        """Where something is counted, in a sentence: "at Merdare (…)", "between X and Y (…)", "in San Diego"."""
        place = self.place_with_direction(row)
        if place.startswith("between "):
            return place
        return f"at {place}" if self.direction(row) else f"in {place}"

    def title(self, row: Row) -> str:
        """A unit's name as a table shows it, its first letter large."""
        place = self.place(row)
        return place[:1].upper() + place[1:]

    def row(self, unit: str, *, horizon: int | None = None, indicator: str | None = None) -> pd.Series | None:
        """One row of the risk table, or None."""
        where = shared_tables.positions(self.edition, self.nationality)
        at = where.get((indicator or self.indicator, unit, horizon or self.horizon))
        return None if at is None else self.risk.iloc[at]

    def widest(self) -> pd.Series | None:
        """The chosen route's sum; of all routes the region's headline where there is one, else the total, else None."""
        if self.chosen_route is not None:
            return self.row(f"route:{self.chosen_route}")
        headline = self.row("headline")
        return self.row("total") if headline is None else headline

    def whole(self, indicator: str) -> pd.Series | None:
        """An indicator's sum over all places, or None."""
        return self.row("total", indicator=indicator)

    def segment(self, segment: str) -> Mapping[str, Any] | None:
        """Name and direction of any segment of the region, forecast or not; None where the edition lacks it."""
        units = self.edition.forecast["unit"].to_numpy()
        unit = f"segment:{segment}"
        if unit not in units:
            return None
        one = self.edition.forecast.sel(unit=unit)
        return {"unit": unit, **{c: str(one[c].item()) for c in ("name", "border", "from_country", "to_country")}}

    def expected_at(self, segment: str) -> float:
        """Median of a segment at the reader's lead time; 0 where none is known."""
        row = self.row(f"segment:{segment}")
        return 0.0 if row is None or words.missing(row["q50"]) else float(row["q50"])

    def peak(self, row: pd.Series) -> pd.Series:
        """The row of the same unit and indicator with the highest chance of exceeding its capacity."""
        mine = self.mine if row["indicator"] == self.indicator else self.risk
        rows = mine[mine["indicator"].eq(row["indicator"]) & mine["unit"].eq(row["unit"])]
        return rows.loc[rows["exceedance_probability"].idxmax()]

    def attribution(self, row: pd.Series) -> Attribution | None:
        """What moved one forecast; None where the edition does not say."""
        forecast = self.edition.forecast
        if "reason_counts" not in forecast:
            return None
        one = forecast[["reason_counts", "reference"]].sel(
            indicator=row["indicator"], nationality=self.nationality, unit=row["unit"], horizon=row["horizon"]
        )
        parts = one["reason_counts"].to_series().dropna()
        return Attribution(float(one["reference"]), float(row["q50"]), {str(k): float(v) for k, v in parts.items()})

    def withholds_recent(self, row: pd.Series) -> bool:
        """Whether this profile's view withholds a figure of the last four periods; never so in the internal one."""
        forecast = self.edition.forecast
        if "withheld" not in forecast:
            return False
        mine = forecast["withheld"].sel(indicator=row["indicator"], unit=row["unit"])
        return bool(mine.isel(time=slice(-LAST_PERIODS, None)).any())


def route_links(region: Region | None) -> list[Edge]:
    """The route graph between a region's segments, within routes and between them; nothing where no pack is at hand."""
    if region is None:
        return []
    network = route_network(region)
    ends = zip(network.source, network.target, network.lag, network.stated, strict=True)
    between = [Edge(network.segments[a], network.segments[b], int(lag)) for a, b, lag, stated in ends if not stated]
    return list(dict.fromkeys([*(edge for route in region.routes for edge in route.edges), *between]))


def rank_units(risk: pd.DataFrame, *, indicator: str, horizon: int, level: str = "segment") -> pd.DataFrame:
    """The units of one level, highest pressure first: by band, then exceedance probability, then median.

    Args:
        risk: An edition's `risk` table, one row per (indicator, unit, horizon).
        indicator: Indicator id.
        horizon: Periods ahead, 1 = the next period.
        level: Unit level, e.g. "segment" or "border".

    Returns:
        The rows of `risk` for the selection, with a column `rank` from 1. Units without a band stand last, at the very
        end those that left their usual pattern, whose rank is not shown; a missing exceedance probability stands after
        every known one of the same band; ties go by unit id.
    """
    chosen = risk["indicator"].eq(indicator) & risk["horizon"].eq(horizon) & risk["level"].eq(level)
    rows = risk[chosen]
    keys = rows.assign(
        _band=rows["pressure_band"].map({b: i for i, b in enumerate(BANDS)}).fillna(-1).astype(int),
        _usual=~(rows["regime_break"].astype(bool) & rows["pressure_band"].isna()),
        _chance=rows["exceedance_probability"].fillna(-1.0),
    ).sort_values(["_band", "_usual", "_chance", "q50", "unit"], ascending=[*[False] * 4, True], kind="stable")
    ranked = keys.drop(columns=["_band", "_usual", "_chance"]).reset_index(drop=True)
    return ranked.assign(rank=range(1, len(ranked) + 1))


def completed(one: xr.Dataset) -> pd.Series:
    """Counts of one unit by period, recent ones completed; NaN unknown."""
    return one["nowcast"].to_series()


def newest(one: xr.Dataset) -> pd.Series:
    """The last period's count, from which a fan starts; empty where it is not known: nothing is drawn across a gap."""
    return completed(one).iloc[-1:].dropna()


def still_expected(one: xr.Dataset) -> pd.Series:
    """Counts that are expected to be reported yet (negative: taken back), periods where it shows when rounded."""
    reported, whole = one["history"].to_series(), completed(one)
    return (whole - reported)[(np.round(whole) != np.round(reported)) & reported.notna()]
