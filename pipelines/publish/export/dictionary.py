"""What the columns of tables that leave mean, and their units: the dictionary on the first sheet of their workbooks."""

from collections.abc import Iterable, Mapping

Dictionary = Mapping[str, tuple[str, str]]  # column → what it holds, its unit
COUNT, SHARE, BAND, PLACE = "counts a period", "share, 0 to 1", "low, moderate, high, very_high", ""
_QUANTILES = {"q025": "2.5", "q10": "10", "q25": "25", "q50": "50", "q75": "75", "q90": "90", "q975": "97.5"}

WHERE_WHEN: Dictionary = {
    "unit": ("id of what the row is about: segment:…, border:…, route:…, headline, total", PLACE),
    "level": ("kind of the unit", PLACE),
    "name": ("its name", PLACE),
    "segment": ("id of the segment", PLACE),
    "route": ("id of the route", PLACE),
    "border": ("the border: codes of its two countries", PLACE),
    "from_country": ("country that is left", "alpha-3 code"),
    "to_country": ("country that is entered", "alpha-3 code"),
    "indicator": ("what is counted", "id; its unit is named above"),
    "horizon": ("how far ahead: 1 is the first period after the last observed one", "periods"),
    "target_start": ("first day of the period", "date"),
    "target_end": ("last day of the period", "date"),
}
RISK: Dictionary = {
    "rank": ("place in the ranking, the highest pressure first", PLACE),
    **WHERE_WHEN,
    **{q: (f"{p} % of the possible outcomes lie at or below it", COUNT) for q, p in _QUANTILES.items()},
    "q50": ("median: as likely as not to be above", COUNT),
    "mean": ("mean of the possible outcomes", COUNT),
    "baseline_q50": ("median of the baseline, a simple method", COUNT),
    "capacity": ("planned capacity; empty: nobody has stated one", COUNT),
    "exceedance_probability": ("chance of exceeding the planned capacity", SHARE),
    "expected_excess": ("expected above the planned capacity", COUNT),
    "surge_probability": ("chance of more than 1.5 times the mean of the last four known periods", SHARE),
    "pressure_band": ("indicative pressure band; no impact level under Article 34", BAND),
    "band_basis": ("what the band rests on", "text"),
    "band_rule": ("the rule that decided the band", "text"),
    "threat_band": ("band from the forecast alone, before vulnerability and impact", BAND),
    "previous_band": ("band that the last issue, or its replay, gave for this same period", BAND),
    "vulnerability": ("as stated; empty: not stated, which is not low", "level"),
    "impact": ("as stated; empty: not stated, which is not low", "level"),
    **{f"chance_{b}": (f"chance of what the band {b} asks", SHARE) for b in ("moderate", "high", "very_high")},
    **{f"limit_{b}": (f"chance from which the band {b} is given", SHARE) for b in ("moderate", "high", "very_high")},
    "last_mean": ("mean of the last four known periods, once complete", COUNT),
    "trend_percent": ("median against that mean", "per cent"),
    "skill": ("error of past forecasts divided by the baseline's; below 1 is better", "ratio"),
    "no_better": ("past forecasts were no better than the baseline's, or none could be scored", "true or false"),
    "regime_break": ("recent figures left the pattern that past forecasts knew", "true or false"),
    "reported_share": ("share of the recent periods that was reported", SHARE),
    "edition": ("the edition", "id"),
    "synthetic": ("made-up figures for demonstration", "true or false"),
    "footnote": ("belongs to the row wherever it goes", "text"),
}
_SCENARIO: Dictionary = {
    **{
        q: RISK[q] for q in ("q025", "q10", "q50", "q90", "q975", "pressure_band", "exceedance_probability", "capacity")
    },
    "excess_mean": RISK["expected_excess"],
    "excess_q90": ("nine in ten possible outcomes exceed the planned capacity by no more", COUNT),
}
DIFFERENCES: Dictionary = {
    "scenario": ("name of the scenario", "text"),
    **WHERE_WHEN,
    **{name: (f"in the scenario: {what}", unit) for name, (what, unit) in _SCENARIO.items()},
    **{f"baseline_{name}": (f"in the edition's forecast: {what}", unit) for name, (what, unit) in _SCENARIO.items()},
    **{
        f"difference_{q}": (f"scenario less forecast, of the same futures: {_SCENARIO[q][0]}", COUNT)
        for q in ("q025", "q10", "q50", "q90", "q975")
    },
    "difference_mean": ("scenario less forecast: mean of the same futures", COUNT),
    "probability_higher": ("share of futures in which the scenario's figure is higher", SHARE),
    "probability_lower": ("share of futures in which it is lower", SHARE),
}


def described(columns: Iterable[str], dictionary: Dictionary) -> list[tuple[str, str, str]]:
    """Column, meaning and unit of the columns that the dictionary knows, in their order."""
    return [(c, *dictionary[c]) for c in columns if c in dictionary]
