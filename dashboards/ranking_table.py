"""The ranking as the table of the first page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboards import words
from dashboards.bands import ALL_BANDS, NO_BAND, band, band_change
from dashboards.risk import point_of

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

    from dashboards.briefing.facts import Facts

RECENT = 12  # periods in the small chart
_BY_WORD = {b.word: b for b in (NO_BAND, *ALL_BANDS)}


def ranking_table(facts: Facts) -> pd.DataFrame:
    """One row per ranked unit, in order, everything but the small chart as text.

    Columns: `rank, place, into, recent (list of counts, None where no report), band, chance, lead, median, range,
    change`.
    """
    ranked = facts.ranked
    recent = _recent(facts, list(ranked["unit"]))
    rows = [
        {
            "rank": int(row["rank"]),
            "place": facts.title(row),
            "into": words.country(str(row["to_country"]), facts.countries) if row["to_country"] else "",
            "recent": recent[row["unit"]],
            "band": band(row["pressure_band"]).word,
            "chance": _chance(row["exceedance_probability"]),
            "lead": _lead(facts, str(row["unit"])),
            "median": words.number(row["q50"]),
            "range": words.interval(row["q10"], row["q90"]).removesuffix(" (80 %)"),
            "change": _change(row),
        }
        for _, row in ranked.iterrows()
    ]
    return pd.DataFrame(
        rows, columns=["rank", "place", "into", "recent", "band", "chance", "lead", "median", "range", "change"]
    )


def coloured(table: pd.DataFrame) -> Styler:
    """The table with the band's word on the band's colour."""
    return table.style.map(_cell_style, subset=["band"])


def _cell_style(word: str) -> str:
    known = _BY_WORD[word]
    return f"background-color: {known.colour}; color: {known.ink}"


def _chance(probability: float) -> str:
    return "–" if words.missing(probability) else words.percent(probability)


def _lead(facts: Facts, unit: str) -> str:
    """Periods until an exceedance becomes likely; a dash where it does not, or no capacity is planned."""
    point = point_of(facts, unit)
    known = point is not None and not words.missing(point["lead_periods"])
    return words.periods(int(point["lead_periods"]), facts.freq) if known and point is not None else "–"


def _change(row: pd.Series) -> str:
    steps = band_change(row["pressure_band"], row["previous_band"])
    return "" if steps is None else f"{'▲' if steps > 0 else '▼'} {abs(steps)}" if steps else "–"


def _recent(facts: Facts, units: list[str]) -> dict[str, list[float | None]]:
    history = facts.edition.forecast["history"].sel(indicator=facts.indicator, origin="TOTAL", unit=units)
    last = history.isel(time=slice(-RECENT, None)).to_numpy()
    return {unit: [None if pd.isna(v) else float(v) for v in values] for unit, values in zip(units, last, strict=True)}
