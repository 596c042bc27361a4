"""What changed since the last issue: bands expected of one and the same period then and now."""

from dashboards.edition_view.facts import Facts, Row
from dashboards.wording import briefing as s
from dashboards.wording.bands import band_change


def compared_with(facts: Facts) -> str:
    """What an edition's bands are held against, as a sentence names it; empty where there is nothing."""
    compared = facts.edition.manifest["compared_with"]
    kind = str(compared["kind"])
    return "" if kind == "none" else s.COMPARED[kind].format(id=compared["id"], step=facts.step)


def moved(row: Row) -> int | None:
    """Bands moved up (+) or down (−) by what is expected of the row's period; None where either gave no band."""
    return band_change(row["pressure_band"], row["previous_band"])


def moves(facts: Facts) -> list[int | None]:
    """Bands moved by each ranked unit at the reader's period."""
    return [moved(row) for row in facts.ranked_rows]
