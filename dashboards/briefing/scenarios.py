"""Scenarios in the briefing: what is assumed, and what follows for the region and the places that change most."""

from collections.abc import Sequence
from textwrap import shorten

import pandas as pd

from dashboards.briefing.model import Block, Bullets, Figure, Heading, Paragraph
from dashboards.briefing.tables import Column, Table, table_of
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.headline import headline_in_words
from dashboards.edition_view.scenario_changes import bands, difference, most_changed
from dashboards.edition_view.statements import Sentence
from dashboards.figures.svg.differences import difference_map, difference_maps
from dashboards.scenarios.answer import answer
from dashboards.scenarios.assumptions_in_words import assumed_in_words, held_back_in_words
from dashboards.scenarios.tables import beside_each_other, difference_rows, place_of, summary_rows, widest
from dashboards.wording import formats as words, scenarios as texts
from pipelines.scenarios.compare import Compared

N_PLACES = 3
N_SUMMED = 2  # of more scenarios on a page answers alone say what is assumed, and the summary alone gives sums
N_ASSUMED, N_ROWS, N_LEAST, N_MAPS, MAP_IN, MAPS_IN = 4, 8, 3, 4, 3.2, {2: 2.1, 3: 1.6, 4: 1.4}  # what a page holds
TITLE_LETTERS = 100  # of the maps beside each other, all together
SHOWN = {"place": 3.4, "into": 1.3, "baseline": 1.5, "value": 1.5, "difference": 1.7, "band": 1.9}
LONG = {"scenario": 3.2, "whole": 2.4, "sum": 2.6, "total": 2.4, "lacking": 1.9, "left": 1.9}


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
        Heading(texts.H_SCENARIOS, "scenarios"),
        Paragraph(Sentence(texts.CAVEAT)),
        _summary(facts, compared),
        Bullets(told),
        Paragraph(Sentence(_note(facts, compared)), style="note"),
    ]


def _summary(facts: Facts, compared: Compared, *, named: bool = True) -> Table:
    """One row a scenario, at the reader's period; on request without its name."""
    period = _period(facts, compared)
    rows = summary_rows(compared, horizon=facts.horizon)
    keys = [k for k in rows[0] if k != "scenario" or named]
    whole = facts.edition.forecast["name"].sel(unit=widest(compared)).item() or texts.WIDEST[widest(compared)]
    said = {
        "period": period,
        "unit": words.starred(str(whole)),
        "steps": f"{words.period_word(facts.freq)}s",
        "reach": words.periods(compared.base.setting.horizon, facts.freq),
    }
    columns = [
        Column(texts.SUMMARY[k].format(**said), lambda _, r, k=k: r[k], right=i > 0, width=LONG.get(k, 1.3))  # type: ignore[misc]
        for i, k in enumerate(keys)
    ]
    return table_of(facts, texts.SCENARIOS_CAPTION.format(period=period), columns, rows)


def _note(facts: Facts, compared: Compared) -> str:
    """What differences are of, and what the headline is where it speaks for all."""
    said = [texts.SUMS]
    said += [headline_in_words(compared.base.region, facts.countries)] if widest(compared) == "headline" else []
    return " ".join(said)


def scenario_page_blocks(facts: Facts, compared: Compared, text: str) -> list[Block]:
    """One scenario on one page: the answer, what is assumed, the map, the places that change most."""
    name, period, lines = compared.scenarios[0].name, _period(facts, compared), _assumed(compared, text, N_ASSUMED)
    drawn = difference_map(_at(facts, compared), compared.base.region, scenario=name, title="", height_in=MAP_IN)
    alt = texts.MAP_ALT.format(region=words.starred(compared.base.region.name), scenario=name, period=period)
    figure = [Figure("map", drawn, alt, Sentence(texts.SCENARIO_MAP.format(period=period)))] if drawn else []
    return [
        Paragraph(Sentence(texts.CAVEAT)),
        Heading(texts.H_ANSWER, "scenario-answer"),
        Paragraph(Sentence(answer(compared, facts, name=name, text=text))),
        _summary(facts, compared, named=False),
        Heading(texts.H_ASSUMED, "scenario-assumed"),
        Bullets(tuple(Sentence(line) for line in (*lines, held_back_in_words(compared.base, text)))),
        *figure,
        _changes(facts, compared, period),
        Paragraph(Sentence(_note(facts, compared)), style="note"),
    ]


def comparison_page_blocks(facts: Facts, compared: Compared, written: Sequence[str]) -> list[Block]:
    """Several scenarios on one page: the answer to each, what each assumes, a map of each, where they differ most.

    Args:
        facts: The edition at a period.
        compared: The scenarios beside the edition's baseline.
        written: Their texts, in the same order.
    """
    names, period = [s.name for s in compared.scenarios], _period(facts, compared)
    summed = len(names) <= N_SUMMED
    told = [answer(compared, facts, name=n, text=t, summed=summed) for n, t in zip(names, written, strict=True)]
    return [
        Paragraph(Sentence(texts.CAVEAT)),
        Heading(texts.H_ANSWER, "scenario-answer"),
        *(Paragraph(Sentence(texts.SCENARIO_SAID.format(name=n, said=t))) for n, t in zip(names, told, strict=True)),
        _summary(facts, compared),
        Heading(texts.H_ASSUMED, "scenario-assumed"),
        Bullets(tuple(map(Sentence, _assumed_by_each(compared, written)))),
        *_maps(facts, compared, period),
        _beside_each_other(facts, compared, period),
        Paragraph(Sentence(_note(facts, compared)), style="note"),
    ]


def _assumed_by_each(compared: Compared, written: Sequence[str]) -> list[str]:
    """A line for each scenario; of those who are held back one for all, where it is the same."""
    most, names = max(1, N_ASSUMED + 1 - len(written)), [s.name for s in compared.scenarios]
    assumed = ["; ".join(_assumed(compared, text, most)) or texts.ASSUMED_NOTHING for text in written]
    held = [held_back_in_words(compared.base, text) for text in written]
    if len(written) > N_SUMMED and len(set(held)) == 1:
        return held[:1]  # the answers above say what each assumes, and the page is full
    if len(set(held)) > 1:
        assumed = [f"{own}. {rest}" for own, rest in zip(assumed, held, strict=True)]
    lines = [texts.SCENARIO_SAID.format(name=n, said=own) for n, own in zip(names, assumed, strict=True)]
    return lines if len(set(held)) > 1 else [*lines, held[0]]


def _maps(facts: Facts, compared: Compared, period: str) -> list[Figure]:
    """A map of each scenario, at one scale; of more than a page holds those that change most, which it says."""
    region, at = compared.base.region, _at(facts, compared)
    names = with_most(at, [s.name for s in compared.scenarios], most=N_MAPS)
    titles = {name: shorten(name, TITLE_LETTERS // len(names), placeholder="…") for name in names}
    high = MAPS_IN.get(len(names), MAPS_IN[2])
    drawn = difference_maps(at, region, titles=titles, height_in=high)
    alt = texts.MAPS_ALT.format(region=words.starred(region.name), scenarios=words.joined(names), period=period)
    said = texts.SCENARIO_MAP.format(period=period)
    if len(names) < len(compared.scenarios):
        said = f"{texts.MAPS_OF_MOST.format(n=len(names), all=len(compared.scenarios))} {said}"
    return [Figure("maps", drawn, alt, Sentence(said))] if drawn else []


def with_most(table: pd.DataFrame, names: Sequence[str], *, most: int) -> list[str]:
    """At most so many scenarios, those whose largest difference at a place is the largest, in their own order."""
    places = table[table["level"].eq("segment")]
    size = places["difference_mean"].abs().groupby(places["scenario"]).max()
    largest = set(size.sort_values(ascending=False, kind="stable").index[:most])
    return [name for name in names if name in largest]


def _beside_each_other(facts: Facts, compared: Compared, period: str) -> Table:
    rows = beside_each_other(compared, horizon=facts.horizon, top=max(N_LEAST, N_ROWS - len(compared.scenarios)))
    heads: dict[str | int, str] = {"place": texts.TABLE["place"], "baseline": texts.TABLE["baseline"]}
    heads |= {i: scenario.name for i, scenario in enumerate(compared.scenarios)}
    columns = [
        Column(head, lambda _, row, key=key: row[key], right=key != "place", width=3.4 if key == "place" else 1.6)  # type: ignore[misc]
        for key, head in heads.items()
    ]
    return table_of(facts, texts.SCENARIOS_CHANGES.format(period=period), columns, rows)


def _period(facts: Facts, compared: Compared) -> str:
    return facts.period(compared.base.scope.starts[facts.horizon - 1])


def _at(facts: Facts, compared: Compared) -> pd.DataFrame:
    """The comparison at the reader's period, its medians as the tables beside the map say them."""
    at = compared.table[compared.table["horizon"].eq(facts.horizon)]
    return at.assign(difference_mean=at["difference_q50"])


def _assumed(compared: Compared, text: str, most: int) -> list[str]:
    """What a scenario assumes; of many assumptions the first."""
    lines = assumed_in_words(compared.base, text)
    rest = len(lines) - most
    return [*lines[:most], *([texts.ANSWER_REST.format(n=rest)] if rest > 0 else [])]


def _changes(facts: Facts, compared: Compared, period: str) -> Table:
    """The places that change most at the reader's period."""
    rows = difference_rows(compared, level="segment", horizon=facts.horizon, countries=facts.countries, top=N_ROWS)
    columns = [
        Column(texts.TABLE[key], lambda _, row, key=key: str(row[key]), right=i > 1, width=width)  # type: ignore[misc]
        for i, (key, width) in enumerate(SHOWN.items())
    ]
    return table_of(facts, texts.SCENARIO_CHANGES.format(period=period), columns, rows)


def _told(facts: Facts, compared: Compared, name: str, text: str) -> str:
    """One scenario: its assumptions, and where it changes most."""
    assumed = "; ".join(assumed_in_words(compared.base, text))
    rows = most_changed(compared.table, scenario=name, level="segment", top=N_PLACES)
    places = "; ".join(_place(facts, row) for _, row in rows.iterrows())
    return texts.SCENARIO_LINE.format(
        name=name, assumed=assumed or texts.SCENARIO_EMPTY, places=places or texts.SCENARIO_SAME
    )


def _place(facts: Facts, row: pd.Series) -> str:
    band = bands(row)
    moved = f", {band}" if "→" in band else ""
    return texts.SCENARIO_PLACE.format(
        place=place_of(row), period=facts.period(row["target_start"]), difference=difference(row), band=moved
    )
