"""What a briefing is made of: sentences that know their numbers, judgements, tables, figures, boxes."""

from dataclasses import dataclass
from typing import ClassVar

from dashboards.briefing.tables import Table
from dashboards.edition_view.statements import Sentence


@dataclass(frozen=True)
class Heading:
    """A section's heading."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text; `style` is "body" or "note"."""

    kind: ClassVar[str] = "paragraph"
    sentence: Sentence
    style: str = "body"


@dataclass(frozen=True)
class Bullets:
    """Short statements, each on its own."""

    kind: ClassVar[str] = "bullets"
    items: tuple[Sentence, ...]


@dataclass(frozen=True)
class Judgement:
    """A key judgement: the likelihood, the numbers behind it, and apart from both the analytical confidence."""

    kind: ClassVar[str] = "judgement"
    order: int
    statement: Sentence
    evidence: Sentence
    confidence: Sentence


@dataclass(frozen=True)
class Figure:
    """A drawing with its text alternative."""

    kind: ClassVar[str] = "figure"
    name: str
    svg: bytes
    alt: str
    caption: Sentence


@dataclass(frozen=True)
class Box:
    """Set-apart text with a title."""

    kind: ClassVar[str] = "box"
    title: str
    items: tuple[Sentence, ...]


Block = Heading | Paragraph | Bullets | Judgement | Table | Figure | Box


@dataclass(frozen=True)
class Document:
    """A briefing, before it is HTML or PDF."""

    title: str
    subtitle: str
    as_of: str  # ISO date; the PDF's fixed date
    mark: str  # "SYNTHETIC DATA" or empty
    footer: tuple[str, ...]
    blocks: tuple[Block, ...]
    lang: str = "en"
    stamp: str = ""  # profile, user and time, on what is taken along; never in the edition itself
