"""What is another than in an edition that was seen before: who stands first, and in which band."""

from collections.abc import Iterator

from dashboards.edition_view.facts import Facts, Row
from dashboards.wording import actions as texts, formats as words, trends
from dashboards.wording.bands import band

MOST = 5  # places named


def changes_since(before: Facts, now: Facts) -> list[str]:
    """Places that entered and left the first ones, and those in another band, each edition at its own lead time.

    Args:
        before: The edition that was seen, at the reader's choices.
        now: The edition that is shown, at the same.
    """
    then, these = _names(before), _names(now)
    first = dict.fromkeys(now.top["unit"])
    was_first = dict.fromkeys(before.top["unit"])
    entered = [these[u] for u in first if u not in was_first]
    left = [these.get(u, then[u]) for u in was_first if u not in first]
    rebanded = list(_rebanded(before, now))
    told = (
        texts.ENTERED.format(n=len(first), places=words.listed(entered, MOST)) if entered else "",
        texts.LEFT.format(places=words.listed(left, MOST)) if left else "",
        texts.REBANDED.format(places=words.listed(rebanded, MOST)) if rebanded else "",
    )
    return [line for line in told if line]


def _rebanded(before: Facts, now: Facts) -> Iterator[str]:
    bands = {row["unit"]: row["pressure_band"] for row in before.ranked_rows}
    for row in now.ranked_rows:
        was, is_ = (band(b).word for b in (bands.get(row["unit"], row["pressure_band"]), row["pressure_band"]))
        if was != is_:
            yield texts.REBAND.format(place=now.title(row), before=was, now=is_)


def followed_line(facts: Facts, unit: str) -> str:
    """A followed place in one line: band, median, range, trend."""
    row = facts.row(unit)
    if row is None:
        return texts.MINE_UNKNOWN.format(place=_name(facts, unit))
    trend = "" if words.missing(row["trend_percent"]) else trends.trend(row["trend_percent"], row["last_mean"])
    return texts.MINE_LINE.format(
        place=_capital(facts.place_with_direction(row)),
        band=band(row["pressure_band"]).word,
        median=words.number(row["q50"]),
        ends=words.ends(row["q10"], row["q90"]),
        trend=texts.MINE_TREND.format(trend=trend, steps=facts.steps) if trend else "",
    )


def _names(facts: Facts) -> dict[str, str]:
    return {str(row["unit"]): facts.title(row) for row in facts.ranked_rows}


def _name(facts: Facts, unit: str) -> str:
    segment: Row | None = facts.segment(unit.partition(":")[2])
    return unit if segment is None else _capital(facts.place_with_direction(segment))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
