"""One document, four formats; each is imported when it is asked for."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple

from dashboards.briefing.model import Document


class Format(NamedTuple):
    """A format: the media type of its files, and the function of this folder that makes them."""

    media_type: str
    module: str
    function: str


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "html": Format("text/html", "html", "render_html"),
        "pdf": Format("application/pdf", "pdf", "render_pdf"),
        "docx": Format(f"{_OFFICE}.wordprocessingml.document", "word", "render_docx"),
        "pptx": Format(f"{_OFFICE}.presentationml.presentation", "slides", "render_pptx"),
    }
)


def render(document: Document, fmt: str) -> bytes:
    """The document in one of `FORMATS`; the same document gives the same bytes."""
    form = FORMATS[fmt]
    made: bytes = getattr(import_module(f"dashboards.briefing.{form.module}"), form.function)(document)
    return made
