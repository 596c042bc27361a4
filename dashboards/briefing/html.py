"""The briefing as one self-contained HTML file."""

import base64
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from dashboards.briefing.model import Document, Figure
from dashboards.edition_view.statements import Number
from dashboards.wording.bands import band

TEMPLATES = Path(__file__).parent / "templates"


def render_html(document: Document) -> bytes:
    """One file: styles and drawings inside, every text escaped, no script, no outside address."""
    return _template().render(doc=document).encode()


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(band=band, image=_image, references=_references)
    return environment.get_template("briefing.html.j2")


def _image(figure: Figure) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(figure.svg).decode("ascii")


def _references(numbers: tuple[Number, ...]) -> str:
    """The references of a text, for its `data-numbers` attribute."""
    return "; ".join(f"{n.shown} = {n.anchor}" for n in numbers)
