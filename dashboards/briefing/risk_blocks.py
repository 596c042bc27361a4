"""Risk in the briefing: why the bands, protection, prosecution, alerts, hot spots, further places."""

import pandas as pd

from dashboards.briefing.judgements import level_word
from dashboards.briefing.model import Block, Bullets, Heading, Paragraph, Table, TableCell
from dashboards.edition_view import risk_rows as risk
from dashboards.edition_view.facts import Facts
from dashboards.edition_view.statements import Number, Sentence, say
from dashboards.wording import formats as words
from dashboards.wording import risk as s
from dashboards.wording.bands import band
from geo.region.region import PERIODS_A_YEAR

N_PLACES, N_ALERTS, N_SHARED, N_DEATHS = 4, 6, 6, 3
PLACE_KEYS = ("indicator", "unit", "horizon")


def cell(number: Number) -> TableCell:
    """A cell that states one number."""
    return TableCell(number.shown, numbers=(number,))


def ciram_blocks(facts: Facts) -> list[Block]:
    """Threat, vulnerability and impact of the first pressure points side by side, and the rule that decided."""
    if "threat_band" not in facts.top or facts.top.empty:  # an edition of an earlier version
        return []
    rows = tuple(_ciram_row(facts, r) for _, r in facts.top.iterrows())
    blocks: list[Block] = [
        Heading(s.H_CIRAM),
        Table(s.CIRAM_CAPTION, s.CIRAM_HEAD, rows, widths=(2.4, 1.3, 1.4, 1.4, 1.3, 4.2)),
    ]
    of_profile = facts.edition.manifest.get("profile")  # whose table may lack what is stated of levels it does not show
    if not len(facts.edition.table("assessments")) and not of_profile:
        blocks.append(Paragraph(Sentence(s.CIRAM_NONE), style="note"))
    return blocks


def _ciram_row(facts: Facts, row: pd.Series) -> tuple[TableCell, ...]:
    threat, now = band(row["threat_band"]), band(row["pressure_band"])
    parts = [TableCell(risk.level_word(p.level)) for p in risk.stated_parts(facts, row)]
    rule = words.starred(str(row["band_rule"]))
    return (
        TableCell(facts.title(row)),
        TableCell(threat.word, threat.id),
        *parts,
        TableCell(now.word, now.id),
        TableCell(rule),
    )


def protection_blocks(facts: Facts) -> list[Block]:
    """Reception and referral places against need, deaths and missing."""
    heading = Heading(s.H_PROTECTION)
    table = risk.places_short(facts)
    if table.empty:
        return [heading, Paragraph(Sentence(s.PROTECTION_NONE)), *_deaths(facts)]
    ahead = words.periods(facts.horizon, facts.freq)
    headers = tuple(h.format(ahead=ahead) for h in s.PROTECTION_HEAD)
    rows = tuple(_places_row(facts, r) for _, r in table.head(N_PLACES).iterrows())
    shown = f"; {N_PLACES} of {len(table)} places" if len(table) > N_PLACES else ""
    caption = s.PROTECTION_CAPTION.format(period=facts.period(table["target_start"].iloc[0]), shown=shown)
    return [
        heading,
        Table(caption, headers, rows, right=(2, 3, 4, 5, 6), widths=(2.2, 3, 1.3, 1.5, 1.8, 1.2, 1.5)),
        *_deaths(facts),
    ]


def _places_row(facts: Facts, row: pd.Series) -> tuple[TableCell, ...]:
    occupied = risk.number(row, "protection", PLACE_KEYS, form="count", column="occupied_last")
    return (
        TableCell(facts.indicator_name(str(row["indicator"]))),
        TableCell(facts.place_with_direction(row)),
        cell(occupied),
        cell(risk.number(row, "protection", PLACE_KEYS, form="number", column="need_q50")),
        cell(risk.interval(row, "protection", PLACE_KEYS, columns=("need_q10", "need_q90"))),
        cell(risk.number(row, "protection", PLACE_KEYS, form="planned", column="capacity")),
        cell(risk.number(row, "protection", PLACE_KEYS, form="number", column="shortfall")),
    )


def _deaths(facts: Facts) -> list[Block]:
    return [Paragraph(deaths_sentence(facts))]


def deaths_sentence(facts: Facts) -> Sentence:
    """Deaths and missing as reported, over the region and where most; sums of 1 to 9 are not printed."""
    table = facts.edition.table("deaths")
    whole = table[table["level"].eq("total")] if len(table) else table
    if whole.empty:
        return Sentence(s.DEATHS_NONE)
    row = whole.iloc[0]
    steps, period = f"{words.period_word(facts.freq)}s", facts.period(row["newest_period"])
    if int(row["known_year"]) and words.missing(row["last_year"]):  # known, and not shown
        return say(s.DEATHS_WITHHELD, steps=steps)
    year, four = (risk.number(row, "deaths", ("unit",), form="count", column=c) for c in ("last_year", "last_4"))
    text = say(s.DEATHS, year=year, four=four, steps=steps, period=period)
    most = table[table["level"].eq("segment") & table["last_year"].ge(words.SMALL_COUNT)]
    most = most.sort_values(["last_year", "unit"], ascending=[False, True]).head(N_DEATHS)
    counts = [risk.number(r, "deaths", ("unit",), form="count", column="last_year") for _, r in most.iterrows()]
    if counts:
        places = [
            s.DEATHS_PLACE.format(place=facts.place(r), n=n) for (_, r), n in zip(most.iterrows(), counts, strict=True)
        ]
        text += Sentence(s.DEATHS_AT.format(places=words.joined(places)), tuple(counts))
    if "spread_year" in row and row["spread_year"] >= 0.005:
        text += say(s.DEATHS_SPREAD, share=risk.number(row, "deaths", ("unit",), form="share", column="spread_year"))
    full = PERIODS_A_YEAR[facts.freq]
    known = int(row["known_year"])
    return text if known >= full else text + say(s.DEATHS_GAP, steps=steps, known=known, all=full)


def prosecution_blocks(facts: Facts) -> list[Block]:
    """Expected cases and reports of the region with their lead or lag; "no data" where there is none."""
    table = risk.cases(facts, "total")
    if table.empty:
        return []
    ahead = f"in {words.periods(facts.horizon, facts.freq)}"
    headers = tuple(h.format(ahead=ahead) for h in s.PROSECUTION_HEAD)
    rows = tuple(_case_row(facts, r) for _, r in table.iterrows())
    return [Heading(s.H_PROSECUTION), Table(s.PROSECUTION_CAPTION, headers, rows, right=(1, 2), widths=(4, 2, 2, 3))]


def _case_row(facts: Facts, row: pd.Series) -> tuple[TableCell, ...]:
    indicator = str(row["indicator"])
    name = TableCell(f"{facts.indicator_name(indicator)} ({facts.unit_word(indicator)})")
    if row["state"] != "data":
        return (name, TableCell(words.NO_DATA), TableCell("–"), TableCell("–"))
    return (
        name,
        cell(risk.number(row, "prosecution", PLACE_KEYS, form="number", column="q50")),
        cell(risk.interval(row, "prosecution", PLACE_KEYS, columns=("q10", "q90"))),
        TableCell(risk.lead_word(facts, row)),
    )


def alert_blocks(facts: Facts) -> list[Block]:
    """Alerts that this edition raises, and the hot spots."""
    if not (facts.edition.folder / "alerts.parquet").is_file():
        return []
    found = risk.alerts(facts)
    lines = [Sentence(risk.alert_line(facts, r)) for _, r in found.head(N_ALERTS).iterrows()]
    if len(found) > N_ALERTS:
        lines.append(Sentence(f"{len(found) - N_ALERTS} more on the dashboard."))
    return [Heading(s.H_ALERTS), Bullets((*(lines or [Sentence(s.ALERTS_NONE)]), clusters_sentence(facts)))]


def clusters_sentence(facts: Facts) -> Sentence:
    """Where expected counts cluster along the borders, only where that is significant."""
    table = facts.edition.table("clusters")
    mine = table[table["indicator"].eq(facts.indicator) & table["hot"].ne("")] if len(table) else table
    if mine.empty:
        return Sentence(s.CLUSTERS_NONE)
    text = Sentence("")
    for kind, group in mine.groupby("hot"):
        ordered = group.sort_values(["gi_q", "unit"])
        places = [risk.unit_name(facts, u) for u in ordered["unit"].head(4)]
        more = [f"{len(ordered) - 4} more"] if len(ordered) > 4 else []
        text += say(s.CLUSTERS, what=s.HOT[str(kind)], places=words.joined([*places, *more]))
    return text


def allocation_blocks(facts: Facts) -> list[Block]:
    """The stated budget of further places, shared out; nothing where no budget is stated."""
    table = facts.edition.table("allocation")
    if table.empty:
        return []
    blocks: list[Block] = [Heading(s.H_ALLOCATION)]
    for indicator, group in table.groupby("indicator", sort=False):
        given = group.sort_values(["places", "next_value", "unit"], ascending=[False, False, True])
        rows = tuple(_shared_row(facts, r) for _, r in given.head(N_SHARED).iterrows())
        caption = allocation_caption(facts, str(indicator), group)
        blocks.append(Table(caption, s.ALLOCATION_HEAD, rows, right=(1, 2, 3, 4, 5), widths=(4, 1, 1, 1.5, 1.5, 1.5)))
    return blocks


def allocation_caption(facts: Facts, indicator: str, group: pd.DataFrame) -> str:
    """What was shared out, and what it saves against the status quo."""
    row, left = group.iloc[0], int(group["budget"].iloc[0] - group["places"].sum())
    start = pd.DatetimeIndex(facts.edition.forecast["target_start"].to_numpy())[int(row["horizon"]) - 1]
    kept = s.ALLOCATION_KEPT.format(n=words.counted(left, "place")) if left else ""
    return s.ALLOCATION_CAPTION.format(
        budget=words.planned(float(row["budget"])),
        owner=row["owner"],
        as_of=row["as_of"],
        name=facts.indicator_name(indicator).lower(),
        period=facts.period(start),
        before=words.number(float(group["shortfall_before"].sum())),
        after=words.number(float(group["shortfall_after"].sum())),
        kept=kept,
    ).strip()


def _shared_row(facts: Facts, row: pd.Series) -> tuple[TableCell, ...]:
    keys = ("indicator", "unit")
    forms = (
        ("planned", "capacity"),
        ("planned", "places"),
        ("number", "shortfall_before"),
        ("number", "shortfall_after"),
        ("ratio", "next_value"),
    )
    numbers = [cell(risk.number(row, "allocation", keys, form=form, column=column)) for form, column in forms]
    return (TableCell(risk.unit_name(facts, str(row["unit"]))), *numbers)


def likely_blocks(facts: Facts) -> list[Block] | None:
    """Who likely exceeds the capacity, from when and for how long; None in editions without points."""
    if facts.edition.table("points").empty or not facts.ranked["exceedance_probability"].notna().any():
        return None
    level, reach = level_word(facts), words.periods(facts.last_horizon, facts.freq)
    found = risk.likely_points(facts, level)
    if found.empty:
        return [Paragraph(say(s.POINTS_NONE, level=level, reach=reach))]
    shown = found.head(len(facts.top))
    more = s.POINTS_SHOWN.format(shown=len(shown)) if len(shown) < len(found) else ""
    n = words.counted(len(found), level)
    caption = s.POINTS_CAPTION.format(n=n[:1].upper() + n[1:], reach=reach, shown=more, unit=facts.unit_word())
    rows = tuple(_likely_row(facts, r) for _, r in shown.iterrows())
    return [Table(caption, s.POINTS_HEAD, rows, right=(3, 4, 5), widths=(2.4, 2.8, 2.2, 1.2, 1.2, 1.2, 2))]


def _likely_row(facts: Facts, point: pd.Series) -> tuple[TableCell, ...]:
    return (
        TableCell(facts.title(point)),
        TableCell(facts.direction(point) or "–"),
        TableCell(facts.period(point["likely_from"])),
        TableCell(words.periods(int(point["lead_periods"]), facts.freq)),
        TableCell(words.periods(int(point["likely_run"]), facts.freq)),
        cell(risk.number(point, "points", ("indicator", "unit"), form="number", column="total_excess")),
        TableCell(str(point["capacity_owner"])),
    )
