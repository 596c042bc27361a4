"""The ranking as the table of the first page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboards.edition_view.facts import Facts
from dashboards.figures.map_data import flags
from dashboards.wording import formats as words
from dashboards.wording import pages as texts
from dashboards.wording.bands import band, band_change

RECENT = 12  # periods in the small chart
COLUMNS = ("rank", "place", "way", "recent", "band", "chance", "lead", "median", "range", "change")


def ranking_rows(facts: Facts, *, top: int) -> list[dict[str, Any]]:
    """One row per ranked unit, in order, everything but the small chart as text.

    Args:
        facts: The edition at an indicator and lead time.
        top: At most so many rows.

    Returns:
        `id, colour, ink`, and `COLUMNS`; `recent` is a list of counts, None where there is no report, `recent_text`
        says it in words.
    """
    ranked = facts.ranked_rows[:top]
    recent, leads = _recent(facts, [row["unit"] for row in ranked]), _leads(facts)
    return [_row(facts, row, recent[row["unit"]], leads) for row in ranked]


def _row(facts: Facts, row: Mapping[str, Any], recent: list[float | None], leads: Mapping[str, int]) -> dict[str, Any]:
    unit, now = str(row["unit"]), band(row["pressure_band"])
    chance = row["exceedance_probability"]
    return {
        "id": unit,
        "colour": now.colour,
        "ink": now.ink,
        "rank": int(row["rank"]),
        "place": facts.title(row),
        "way": " · ".join(part for part in (facts.direction(row), flags(row)) if part),
        "recent": recent,
        "recent_text": _recent_text(recent),
        "band": now.word,
        "chance": "–" if words.missing(chance) else words.percent(chance),
        "lead": words.periods(leads[unit], facts.freq) if unit in leads else "–",
        "median": words.number(row["q50"]),
        "range": words.interval(row["q10"], row["q90"]).removesuffix(" (80 %)"),
        "change": _change(row),
    }


def ranking_table(facts: Facts) -> pd.DataFrame:
    """The ranking to download: every ranked unit, without the small chart."""
    rows = ranking_rows(facts, top=len(facts.ranked))
    shown = [c for c in COLUMNS if c != "recent"]
    return pd.DataFrame(rows, columns=["id", *shown]).rename(columns={"id": "unit", "way": "direction"})


def _leads(facts: Facts) -> dict[str, int]:
    """Periods until an exceedance becomes likely, of the units where it does."""
    table = facts.table("points")
    if table.empty:
        return {}
    mine = table[table["indicator"].eq(facts.indicator)].dropna(subset=["lead_periods"])
    return {str(u): int(lead) for u, lead in zip(mine["unit"], mine["lead_periods"], strict=True)}


def _change(row: Mapping[str, Any]) -> str:
    steps = band_change(row["pressure_band"], row["previous_band"])
    return "" if steps is None else f"{'▲' if steps > 0 else '▼'} {abs(steps)}" if steps else "–"


def _recent_text(values: list[float | None]) -> str:
    return texts.RECENT_TEXT.format(values=", ".join(words.count(v) for v in values))


def _recent(facts: Facts, units: list[str]) -> dict[str, list[float | None]]:
    history = facts.edition.forecast["history"].sel(
        indicator=facts.indicator, nationality=facts.nationality, unit=units
    )
    last = history.isel(time=slice(-RECENT, None)).to_numpy()
    return {unit: [None if pd.isna(v) else float(v) for v in values] for unit, values in zip(units, last, strict=True)}
