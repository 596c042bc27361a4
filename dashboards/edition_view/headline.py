"""What a region's headline figure is: in words wherever it is shown."""

from collections.abc import Mapping

from dashboards.wording import formats as words, pages as texts
from geo.region.region import Region

MOST_BORDERS = 12  # named of those at which the headline figure is counted


def headline_in_words(region: Region | None, countries: Mapping[str, str]) -> str:
    """What the headline figure is, with the borders at which it is counted, where the pack is at hand."""
    counted = [c for c in region.cells if c.headline] if region else []
    ways = dict.fromkeys(words.direction(c.from_country, c.to_country, countries) for c in counted)
    borders = words.listed([way for way in ways if way], MOST_BORDERS)
    return texts.HEADLINE.format(at=texts.HEADLINE_AT.format(borders=borders) if borders else "")
