"""The weekly briefing of an edition, as HTML, PDF, Word and slides from one document."""

from dashboards.briefing.document import briefing_document
from dashboards.briefing.formats import FORMATS, render
from geo.region.region import Region
from pipelines.editions.edition import Edition

PUBLISHED = ("html", "pdf")  # what lies in an edition; other formats are made when asked for
HTML, PDF = (f"briefing.{fmt}" for fmt in PUBLISHED)

__all__ = ["FORMATS", "HTML", "PDF", "briefing_document", "render", "render_briefing"]


def render_briefing(edition: Edition, *, region: Region | None = None) -> dict[str, bytes]:
    """The files that an edition holds, by name; the same edition gives the same bytes."""
    document = briefing_document(edition, region=region)
    return {f"briefing.{fmt}": render(document, fmt) for fmt in PUBLISHED}
