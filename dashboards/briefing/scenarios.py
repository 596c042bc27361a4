"""Scenarios in the briefing: what is assumed, and what follows for the region and the places that change most."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from dashboards.briefing.model import Block, Bullets, Heading, Paragraph
from dashboards.briefing.tables import Column, table_of
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.scenario_changes import bands, difference, most_changed
from dashboards.edition_view.statements import Sentence
from dashboards.scenarios.assumptions_in_words import in_words, read_draft
from dashboards.scenarios.tables import place_of, summary_rows, widest
from dashboards.wording import briefing as s, formats as words, scenarios as texts
from pipelines.scenarios.compare import Compared

N_PLACES = 3
LONG = {"scenario": 3.2, "whole": 2.6, "left": 2.0}


def scenario_blocks(facts: Facts, compared: Compared, written: Sequence[str]) -> list[Block]:
    """The section on scenarios.

    Args:
        facts: The edition at the briefing's horizon.
        compared: The scenarios beside the edition's baseline.
        written: Their texts, in the same order: the assumptions are told from them.
    """
    period = facts.period(compared.base.scope.starts[facts.horizon - 1])
    rows = summary_rows(compared, horizon=facts.horizon)
    whole = facts.edition.forecast["name"].sel(unit=widest(compared)).item() or texts.WIDEST[widest(compared)]
    named = {"period": period, "unit": words.starred(str(whole)), "steps": facts.steps}
    columns = [
        Column(texts.SUMMARY[k].format(**named), lambda _, r, k=k: r[k], right=i > 0, width=LONG.get(k, 1.4))  # type: ignore[misc]
        for i, k in enumerate(rows[0])
    ]
    table = table_of(facts, s.SCENARIOS_CAPTION.format(period=period), columns, rows)
    told = tuple(
        Sentence(_told(facts, compared, scenario.name, text))
        for scenario, text in zip(compared.scenarios, written, strict=True)
    )
    return [
        Heading(s.H_SCENARIOS, "scenarios"),
        Paragraph(Sentence(texts.CAVEAT)),
        table,
        Bullets(told),
        Paragraph(Sentence(texts.SUMS), style="note"),
    ]


def _told(facts: Facts, compared: Compared, name: str, text: str) -> str:
    """One scenario: its assumptions, and where it changes most."""
    base = compared.base
    named = {x.id: words.starred(x.name) for x in base.region.segments}
    periods = {h: facts.period(start) for h, start in enumerate(base.scope.starts, start=1)}
    say = partial(in_words, freq=base.region.freq, named=named, periods=periods)
    assumed = "; ".join(say(a) for a in read_draft(text)[1])
    rows = most_changed(compared.table, scenario=name, level="segment", top=N_PLACES)
    places = "; ".join(_place(facts, row) for _, row in rows.iterrows())
    return s.SCENARIO_LINE.format(name=name, assumed=assumed or s.SCENARIO_EMPTY, places=places or s.SCENARIO_SAME)


def _place(facts: Facts, row: pd.Series) -> str:
    band = bands(row)
    moved = f", {band}" if "→" in band else ""
    return s.SCENARIO_PLACE.format(
        place=place_of(row), period=facts.period(row["target_start"]), difference=difference(row), band=moved
    )
