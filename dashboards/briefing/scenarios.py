"""Scenarios in the briefing: what is assumed, and what follows for the region and the places that change most."""

from collections.abc import Sequence

import pandas as pd

from dashboards.briefing.model import Block, Bullets, Figure, Heading, Paragraph
from dashboards.briefing.tables import Column, Table, table_of
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.scenario_changes import bands, difference, most_changed
from dashboards.edition_view.statements import Sentence
from dashboards.figures.svg.differences import difference_map
from dashboards.scenarios.answer import answer
from dashboards.scenarios.assumptions_in_words import assumed_in_words, held_back_in_words
from dashboards.scenarios.tables import difference_rows, place_of, summary_rows, widest
from dashboards.wording import briefing as s, formats as words, scenarios as texts
from pipelines.scenarios.compare import Compared

N_PLACES = 3
N_ASSUMED, N_ROWS, MAP_IN = 4, 8, 3.7  # what a page holds
SHOWN = {"place": 3.4, "into": 1.3, "baseline": 1.5, "value": 1.5, "difference": 1.7, "band": 1.9}
LONG = {"scenario": 3.2, "whole": 2.6, "left": 2.0}


def scenario_blocks(facts: Facts, compared: Compared, written: Sequence[str]) -> list[Block]:
    """The section on scenarios.

    Args:
        facts: The edition at the briefing's horizon.
        compared: The scenarios beside the edition's baseline.
        written: Their texts, in the same order: the assumptions are told from them.
    """
    told = tuple(
        Sentence(_told(facts, compared, scenario.name, text))
        for scenario, text in zip(compared.scenarios, written, strict=True)
    )
    return [
        Heading(s.H_SCENARIOS, "scenarios"),
        Paragraph(Sentence(texts.CAVEAT)),
        _summary(facts, compared),
        Bullets(told),
        Paragraph(Sentence(texts.SUMS), style="note"),
    ]


def _summary(facts: Facts, compared: Compared, *, named: bool = True) -> Table:
    """One row a scenario, at the reader's period; on request without its name."""
    period = facts.period(compared.base.scope.starts[facts.horizon - 1])
    rows = summary_rows(compared, horizon=facts.horizon)
    keys = [k for k in rows[0] if k != "scenario" or named]
    whole = facts.edition.forecast["name"].sel(unit=widest(compared)).item() or texts.WIDEST[widest(compared)]
    said = {
        "period": period,
        "unit": words.starred(str(whole)),
        "reach": words.periods(compared.base.setting.horizon, facts.freq),
    }
    columns = [
        Column(texts.SUMMARY[k].format(**said), lambda _, r, k=k: r[k], right=i > 0, width=LONG.get(k, 1.4))  # type: ignore[misc]
        for i, k in enumerate(keys)
    ]
    return table_of(facts, s.SCENARIOS_CAPTION.format(period=period), columns, rows)


def scenario_page_blocks(facts: Facts, compared: Compared, text: str) -> list[Block]:
    """One scenario on one page: the answer, what is assumed, the map, the places that change most."""
    name, period = compared.scenarios[0].name, facts.period(compared.base.scope.starts[facts.horizon - 1])
    assumed = assumed_in_words(compared.base, text)
    rest = len(assumed) - N_ASSUMED
    lines = [*assumed[:N_ASSUMED], *([texts.ANSWER_REST.format(n=rest)] if rest > 0 else [])]
    at = compared.table[compared.table["horizon"].eq(facts.horizon)]
    at = at.assign(difference_mean=at["difference_q50"])  # what the tables beside the map say
    drawn = difference_map(at, compared.base.region, scenario=name, title="", height_in=MAP_IN)
    alt = texts.MAP_ALT.format(region=words.starred(compared.base.region.name), scenario=name, period=period)
    figure = [Figure("map", drawn, alt, Sentence(s.SCENARIO_MAP.format(period=period)))] if drawn else []
    return [
        Paragraph(Sentence(texts.CAVEAT)),
        Heading(s.H_ANSWER, "scenario-answer"),
        Paragraph(Sentence(answer(compared, facts, name=name, text=text))),
        _summary(facts, compared, named=False),
        Heading(s.H_ASSUMED, "scenario-assumed"),
        Bullets(tuple(Sentence(line) for line in (*lines, held_back_in_words(compared.base, text)))),
        *figure,
        _changes(facts, compared, period),
        Paragraph(Sentence(texts.SUMS), style="note"),
    ]


def _changes(facts: Facts, compared: Compared, period: str) -> Table:
    """The places that change most at the reader's period."""
    rows = difference_rows(compared, level="segment", horizon=facts.horizon, countries=facts.countries, top=N_ROWS)
    columns = [
        Column(texts.TABLE[key], lambda _, row, key=key: str(row[key]), right=i > 1, width=width)  # type: ignore[misc]
        for i, (key, width) in enumerate(SHOWN.items())
    ]
    return table_of(facts, s.SCENARIO_CHANGES.format(period=period), columns, rows)


def _told(facts: Facts, compared: Compared, name: str, text: str) -> str:
    """One scenario: its assumptions, and where it changes most."""
    assumed = "; ".join(assumed_in_words(compared.base, text))
    rows = most_changed(compared.table, scenario=name, level="segment", top=N_PLACES)
    places = "; ".join(_place(facts, row) for _, row in rows.iterrows())
    return s.SCENARIO_LINE.format(name=name, assumed=assumed or s.SCENARIO_EMPTY, places=places or s.SCENARIO_SAME)


def _place(facts: Facts, row: pd.Series) -> str:
    band = bands(row)
    moved = f", {band}" if "→" in band else ""
    return s.SCENARIO_PLACE.format(
        place=place_of(row), period=facts.period(row["target_start"]), difference=difference(row), band=moved
    )
