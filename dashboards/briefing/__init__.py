"""The weekly briefing of an edition, as HTML and PDF from one document."""

from collections.abc import Sequence
from dataclasses import replace

from dashboards.briefing.document import briefing_document
from dashboards.briefing.html import render_html
from dashboards.briefing.pdf import render_pdf
from geo.region.region import Region
from pipelines.editions.edition import Edition
from pipelines.scenarios.compare import Compared

HTML, PDF = "briefing.html", "briefing.pdf"


def render_briefing(
    edition: Edition,
    *,
    region: Region | None = None,
    what_if: tuple[Compared, Sequence[str]] | None = None,
    stamp: str = "",
) -> dict[str, bytes]:
    """The briefing's files by name; the same edition, scenarios and stamp (who takes it along) give the same bytes."""
    document = replace(briefing_document(edition, region=region, what_if=what_if), stamp=stamp)
    return {HTML: render_html(document), PDF: render_pdf(document)}
