"""Indicative pressure bands as readers see them: word, colour and line width, always together.

Colours are safe for deuteranopia; width is the second cue, in print and for those who don't see the colour.
"""

from dataclasses import dataclass

from forecasting.base.contracts import BANDS


@dataclass(frozen=True)
class Band:
    """One band's word and drawing."""

    id: str
    word: str
    colour: str
    ink: str  # text on the colour, contrast ≥ 4.5
    width_pt: float
    order: int  # 0 = low; -1 = no band


NO_BAND = Band("none", "no band", "#bdbdbd", "#1a1a1a", 1.5, -1)
ALL_BANDS: tuple[Band, ...] = (
    Band("low", "low", "#4575b4", "#ffffff", 2.0, 0),
    Band("moderate", "moderate", "#fee090", "#1a1a1a", 3.0, 1),
    Band("high", "high", "#f46d43", "#1a1a1a", 4.5, 2),
    Band("very_high", "very high", "#a50026", "#ffffff", 6.0, 3),
)
_BY_ID = {b.id: b for b in ALL_BANDS}
if tuple(_BY_ID) != BANDS:
    raise RuntimeError(f"dashboards.wording.bands: expected the bands {BANDS}, got {tuple(_BY_ID)}. Adapt ALL_BANDS.")


def band(band_id: object) -> Band:
    """The band by its id; None, NaN and unknown ids are "no band".

    >>> band("very_high").word, band(None).word
    ('very high', 'no band')
    """
    return _BY_ID.get(band_id, NO_BAND) if isinstance(band_id, str) else NO_BAND


def band_change(now: object, before: object) -> int | None:
    """Bands moved up (+) or down (−) since the edition compared with; None where either has none.

    >>> band_change("high", "low"), band_change("low", None)
    (2, None)
    """
    new, old = band(now), band(before)
    return None if NO_BAND in (new, old) else new.order - old.order


def change_word(steps: int | None) -> str:
    """A change of band in words.

    >>> [change_word(s) for s in (1, -2, 0, None)]
    ['▲ up 1 band', '▼ down 2 bands', 'unchanged', 'not compared']
    """
    if steps is None:
        return "not compared"
    if steps == 0:
        return "unchanged"
    sign, verb = ("▲", "up") if steps > 0 else ("▼", "down")
    return f"{sign} {verb} {abs(steps)} band{'s' if abs(steps) > 1 else ''}"
