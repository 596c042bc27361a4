"""What a briefing is made of: sentences that know their numbers, judgements, tables, figures, boxes."""

from dataclasses import dataclass
from typing import ClassVar

from dashboards.edition_view.statements import Number, Sentence


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
class TableCell:
    """A table's cell; `band_id` colours it."""

    text: str
    band_id: str | None = None
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table with one row of headers; `right` are the positions of right-aligned columns, `widths` are shares."""

    kind: ClassVar[str] = "table"
    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    right: tuple[int, ...] = ()
    widths: tuple[float, ...] = ()


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

    def numbers(self) -> tuple[Number, ...]:
        """Every number stated with a reference, in reading order."""
        return tuple(n for block in self.blocks for n in _numbers(block))


def _numbers(block: Block) -> tuple[Number, ...]:
    if isinstance(block, Paragraph):
        return block.sentence.numbers
    if isinstance(block, Judgement):
        return block.statement.numbers + block.evidence.numbers + block.confidence.numbers
    if isinstance(block, Bullets | Box):
        return tuple(n for item in block.items for n in item.numbers)
    if isinstance(block, Table):
        return tuple(n for row in block.rows for cell in row for n in cell.numbers)
    return block.caption.numbers if isinstance(block, Figure) else ()
