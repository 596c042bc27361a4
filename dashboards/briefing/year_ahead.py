"""The year ahead in the briefing: what is expected over the year, by quarters, by place, and against which levels."""

import pandas as pd

from dashboards.briefing.model import Block, Heading, Paragraph
from dashboards.briefing.tables import Column, Table, numbers, table_of
from dashboards.edition_view import year_ahead as year
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Number, Sentence, number_of, say
from dashboards.wording import briefing as s, formats as words, year_ahead as texts
from geo.region.region import PERIODS_A_YEAR

TABLE = "outlook"
N_PLACES = 8
H = texts.HEADS


def span_name(facts: Facts, row: pd.Series) -> str:
    """What a sum is over: "quarter 1, May 2025 to July 2025"."""
    name = texts.SPANS[str(row["span"])].format(number=row["number"], reach=facts.reach)
    return f"{name[:1].upper()}{name[1:]}: {from_to(facts, row)}"


def from_to(facts: Facts, row: pd.Series, *, new_line: bool = False) -> str:
    """The first and the last period of a sum, on a chart below each other."""
    first, last = ends(facts, row)
    return texts.FROM_TO.format(first=f"{first}<br>" if new_line else f"{first} ", last=last)


def ends(facts: Facts, row: pd.Series) -> tuple[str, str]:
    """Names of the first and the last period of a sum."""
    starts = facts.edition.forecast["target_start"].to_numpy()
    return facts.period(row["target_start"]), facts.period(starts[int(row["last_horizon"]) - 1])


SUMS = (
    Column(H["median"], numbers(words.number, "q50", table=TABLE), right=True, width=1.5),
    Column(H["r80"], numbers(words.ends, "q10", "q90", table=TABLE), right=True, width=2.2),
    Column(H["r95"], numbers(words.ends, "q025", "q975", table=TABLE), right=True, width=2.2),
    Column(H["last_year"], numbers(words.count, "last_year", table=TABLE), right=True, width=1.5),
    Column(H["over_last"], numbers(words.percent, "chance_last_year", table=TABLE), right=True, width=1.4),
    Column(H["highest"], numbers(words.count, "highest", table=TABLE), right=True, width=1.6),
    Column(H["over_highest"], numbers(words.percent, "chance_highest", table=TABLE), right=True, width=1.6),
)
PLANNED = (
    Column(H["planned"], numbers(words.planned, "planned", table=TABLE), right=True, width=1.4),
    Column(H["over_planned"], numbers(words.percent, "chance_planned", table=TABLE), right=True, width=1.6),
)
SPAN = Column(H["span"], span_name, width=3.6)
PLACE = Column(H["place"], Facts.place_with_direction, width=3.2)


def year_blocks(facts: Facts) -> list[Block]:
    """The sentence on the whole, its quarters, and the places; nothing where the edition holds no sums."""
    row = year.widest(facts)
    if row is None:
        return []
    blocks: list[Block] = [Heading(texts.HEADING, "year"), Paragraph(year_sentence(facts, row))]
    quarters = quarters_table(facts, str(row["unit"]))
    places = places_table(facts, N_PLACES)
    if year.is_short(facts):
        a_year = PERIODS_A_YEAR["W" if facts.freq == "W" else "M"]
        blocks.append(Paragraph(Sentence(texts.SHORT.format(reach=facts.reach, year=a_year))))
    return [*blocks, quarters, *([places] if places else []), Paragraph(Sentence(texts.NOTE), style="note")]


def briefing_year_blocks(facts: Facts) -> list[Block]:
    """The same in the briefing, where the edition looks a whole year ahead."""
    return [] if year.is_short(facts) else year_blocks(facts)


def year_sentence(facts: Facts, row: pd.Series) -> Sentence:
    """The sum, its range, the simple method's, and the chances of exceeding the levels that are known."""
    first, last = ends(facts, row)
    found = say(
        texts.EXPECTED,
        scope=scope(facts, row),
        sum=_number(row, "q50"),
        unit=facts.unit_word(),
        range=number_of(row, words.interval, "q10", "q90", table=TABLE),
        first=first,
        last=last,
    )
    return found + baseline_sentence(row) + levels_sentence(row)


def baseline_sentence(row: pd.Series) -> Sentence:
    """What a simple method expects."""
    simple = row.copy()
    simple["model_id"], simple["q50"] = year.BASELINE, row["baseline_q50"]
    return say(texts.BASELINE, baseline=_number(simple, "q50"))


def levels_sentence(row: pd.Series) -> Sentence:
    """The chance of exceeding each level that is known."""
    found = Sentence("")
    if not words.missing(row["last_year"]):
        found += say(texts.LAST_YEAR, chance=_chance(row, "last_year"), level=_counted(row, "last_year"))
    if int(row["years"]) > 1:
        years = number_of(row, words.whole, "years", table=TABLE)
        found += say(texts.HIGHEST, chance=_chance(row, "highest"), level=_counted(row, "highest"), years=years)
    if not words.missing(row["planned"]):
        level = number_of(row, words.planned, "planned", table=TABLE)
        found += say(texts.PLANNED, chance=_chance(row, "planned"), level=level)
    return found if found.text else Sentence(texts.HIGHEST_ONE)


def _number(row: pd.Series, column: str) -> Number:
    return number_of(row, words.number, column, table=TABLE)


def _counted(row: pd.Series, column: str) -> Number:
    return number_of(row, words.count, column, table=TABLE)


def _chance(row: pd.Series, level: str) -> Number:
    return number_of(row, words.percent, f"chance_{level}", table=TABLE)


def scope(facts: Facts, row: pd.Series) -> str:
    """Whose sum it is, in a sentence."""
    route = facts.routes.get(str(row["unit"]).partition(":")[2], "")
    kind = str(row["level"]) if str(row["level"]) in s.SCOPE else "total"
    return s.SCOPE[kind].format(level=facts.level, route=route)


def quarters_table(facts: Facts, unit: str) -> Table:
    """The sums of one unit: its quarters and the whole."""
    rows = year.of_unit(facts, unit)
    row = year.whole(rows).iloc[0]
    name = texts.SPANS[str(row["span"])].format(reach=facts.reach, number="")
    said = scope(facts, row)
    place = said[:1].upper() + said[1:]
    caption = texts.CAPTION_QUARTERS.format(place=place, unit=facts.unit_word(), whole=name)
    return table_of(facts, caption, (SPAN, *_columns(rows)), rows)


def places_table(facts: Facts, most: int) -> Table | None:
    """The whole sums of the largest places; None with fewer than two."""
    rows = year.by_place(facts)
    if len(rows) < 2:
        return None
    first, last = ends(facts, rows.iloc[0])
    shown = (
        texts.MORE.format(n=most, all=words.counted(len(rows), str(rows["level"].iloc[0]))) if len(rows) > most else ""
    )
    unit = facts.unit_word()
    caption = texts.CAPTION.format(what=unit[:1].upper() + unit[1:], first=first, last=last, shown=shown)
    return table_of(facts, caption, (PLACE, *_columns(rows)), rows.head(most))


def _columns(rows: pd.DataFrame) -> tuple[Column, ...]:
    """The columns of sums; capacity's only where one is stated."""
    return (*SUMS, *PLANNED) if rows["planned"].notna().any() else SUMS
