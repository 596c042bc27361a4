"""What a briefing is made of: sentences that know their numbers, judgements, tables, figures, boxes."""

from dataclasses import dataclass
from typing import ClassVar

from dashboards.briefing.tables import Table
from dashboards.edition_view.statements import Sentence
from dashboards.wording.briefing import MARK_SHORT, SHORTENED


@dataclass(frozen=True)
class Heading:
    """A section's heading; sections are chosen by their key."""

    kind: ClassVar[str] = "heading"
    text: str
    key: str


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
    """A briefing, before it is HTML, PDF, Word or slides."""

    title: str
    subtitle: str
    as_of: str  # ISO date; the PDF's fixed date
    mark: str  # "SYNTHETIC DATA" or empty
    handling: str  # who may read it
    footer: tuple[str, ...]
    blocks: tuple[Block, ...]
    about: tuple[str, ...] = ()  # issue, approval, contact: lines under the title
    left_out: tuple[str, ...] = ()  # headings of sections that somebody left out
    lang: str = "en"
    stamp: str = ""  # profile, user and time, on what is taken along; never in the edition itself

    @property
    def shortened(self) -> str:
        """What a shortened briefing says of itself on its first page; empty where it is whole."""
        return SHORTENED.format(sections="; ".join(self.left_out)) if self.left_out else ""

    @property
    def marks(self) -> str:
        """What stands at the head of every page: who may read it, and whether the figures are made up."""
        return f"{self.handling} · {MARK_SHORT}" if self.mark else self.handling
