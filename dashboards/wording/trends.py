"""A forecast against the mean of the last periods, in words: a per cent only over a count that is itself printed."""

from dashboards.wording.formats import NO_DATA, SMALL_COUNT, missing, number

SAME = 5.0  # %; a smaller change is none


def has_base(base: float | None) -> bool:
    """Whether per cents of a count per period say anything: of fewer than ten one more is a large share, or all of it.

    >>> has_base(10.0), has_base(9.4), has_base(0.0), has_base(None)
    (True, False, False, False)
    """
    return base is not None and not missing(float(base)) and base >= SMALL_COUNT


def trend(percent_change: float | None, base: float | None) -> str:
    """A change against the last periods in words.

    Args:
        percent_change: Of the base.
        base: The mean of the last periods, counts per period.

    >>> trend(12.2, 100.0), trend(-30, 100.0), trend(2, 100.0), trend(None, 100.0), trend(-100, 0.4)
    ('12 % above', '30 % below', 'about the same as', 'no data', 'below')
    """
    if percent_change is None or missing(float(percent_change)):
        return NO_DATA
    if abs(percent_change) < SAME:
        return "about the same as"
    way = "above" if percent_change > 0 else "below"
    return f"{number(abs(percent_change))} % {way}" if has_base(base) else way


def course(percent_change: float) -> str:
    """Which way a change goes, by the steps of `trend`.

    >>> course(12.2), course(-30.0), course(2.0)
    ('rises', 'eases', 'holds')
    """
    return "holds" if abs(percent_change) < SAME else "rises" if percent_change > 0 else "eases"


def trend_arrow(percent_change: float | None, base: float | None) -> str:
    """A change against the last periods as a table shows it.

    >>> trend_arrow(12.2, 50.0), trend_arrow(-30, 50.0), trend_arrow(2, 50.0), trend_arrow(-30, 2.0)
    ('▲ 12 %', '▼ 30 %', '≈', '▼')
    >>> trend_arrow(None, 50.0)
    '–'
    """
    if percent_change is None or missing(float(percent_change)):
        return "–"
    arrow = {"rises": "▲", "eases": "▼"}.get(course(percent_change))
    if arrow is None:
        return "≈"
    return f"{arrow} {number(abs(percent_change))} %" if has_base(base) else arrow
