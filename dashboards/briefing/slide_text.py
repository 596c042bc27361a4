"""How texts fit a box of a slide: smaller where they are long, and what still doesn't fit goes to the next slide.

Measured in DejaVu Sans, which is wider than what programs for slides show: what fits here fits there.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from matplotlib.font_manager import get_font
from matplotlib.ft2font import LoadFlags
from pptx.dml.color import RGBColor

from dashboards.briefing.pictures import font_folder

LEAST_PT = 9.0  # smaller type is no reading on a wall
SHARES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6)  # of the usual size
LINE_HEIGHT = 1.22  # of the type's size
INSET_IN = (0.2, 0.1)  # what a text box leaves free, both sides together: across, down
POINTS = 72.0  # an inch


class SlideLine(NamedTuple):
    """A paragraph on a slide; `with_next`: no slide ends between it and the next one."""

    text: str
    size_pt: float
    colour: RGBColor
    bold: bool = False
    with_next: bool = False


def fitted(
    lines: Sequence[SlideLine], *, width_in: float, height_in: float, least: int = 0
) -> tuple[list[SlideLine], list[SlideLine]]:
    """The lines in the largest type that fits a box, and those that don't fit even in the smallest, in their own.

    What is no larger than `LEAST_PT` keeps its size; `least` lines are taken, whatever their length.
    """
    width, height = (POINTS * (size - inset) for size, inset in zip((width_in, height_in), INSET_IN, strict=True))
    sized = list(lines)
    for share in SHARES:
        sized = [line._replace(size_pt=_smaller(line.size_pt, share)) for line in lines]
        if _height_pt(sized, width) <= height:
            return sized, []
    fits = next((n for n in range(len(sized) - 1, 0, -1) if _height_pt(sized[:n], width) <= height), 0)
    whole = next((n for n in range(fits, 0, -1) if not sized[n - 1].with_next), fits)
    n = max(whole, least)
    if n < len(lines):  # without the rest, what fits may be larger
        sized, _ = fitted(lines[:n], width_in=width_in, height_in=height_in, least=n)
    return sized[:n], list(lines[n:])


def _smaller(size_pt: float, share: float) -> float:
    """Half points, as programs for slides show them."""
    return max(min(size_pt, LEAST_PT), math.floor(2 * size_pt * share) / 2)


def _height_pt(lines: Sequence[SlideLine], width_pt: float) -> float:
    """With the half of a line that follows each."""
    return sum((LINE_HEIGHT * _rows(line, width_pt) + 0.5) * line.size_pt for line in lines)


def _rows(line: SlideLine, width_pt: float) -> int:
    """How many rows a text is broken into; a word that is longer than a row takes several."""
    rows, used = 1, 0.0
    blank = _width(" ", bold=line.bold) * line.size_pt
    for word in line.text.split():
        long = sum(_width(c, bold=line.bold) for c in word) * line.size_pt
        if used and used + blank + long > width_pt:
            rows, used = rows + 1, 0.0
        more = max(math.ceil(long / width_pt) - 1, 0)
        rows, used = rows + more, used + (blank if used else 0.0) + long - more * width_pt
    return rows


@cache
def _width(character: str, *, bold: bool) -> float:
    """Of the type's size; a character that the font lacks is as wide as high."""
    font = get_font(font_folder() / f"DejaVuSans{'-Bold' if bold else ''}.ttf")
    if not font.get_char_index(ord(character)):
        return 1.0
    font.set_size(100, POINTS)
    return float(font.load_char(ord(character), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / 65_536 / 100
