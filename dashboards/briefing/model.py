"""What a briefing is made of: sentences that know their numbers, judgements, tables, figures, boxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar

from dashboards.briefing.tables import Table
from dashboards.edition_view.statements import Sentence
from dashboards.wording.briefing import GENERATED, MARK_SHORT, SHORTENED, SHORTENED_COMMENTS


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
    edited: str = ""  # what an analyst made of the statement, which then stands below it
    edited_by: str = ""

    @property
    def headline(self) -> str:
        """What stands first: the edited text, or else the statement."""
        return self.edited or self.statement.text

    @property
    def below(self) -> tuple[str, ...]:
        """What stands under it: who edited it and what was generated, the evidence, the confidence."""
        told = (self.edited_by, GENERATED.format(text=self.statement.text)) if self.edited else ()
        return (*told, *(sentence.text for sentence in (self.evidence, self.confidence) if sentence.text))


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


@dataclass(frozen=True)
class Comment:
    """What an analyst says of a section, told apart from what is generated."""

    kind: ClassVar[str] = "comment"
    by: str
    text: str


Block = Heading | Paragraph | Bullets | Judgement | Table | Figure | Box | Comment


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
    left_out: tuple[Heading, ...] = ()  # sections that somebody left out
    comments_left: tuple[Heading, ...] = ()  # those of them that somebody commented on
    lang: str = "en"
    stamp: str = ""  # profile, user and time, on what is taken along; never in the edition itself

    @property
    def shortened(self) -> str:
        """What a shortened briefing says of itself on its first page; empty where it is whole."""
        return shortened(self.left_out, self.comments_left)

    @property
    def closing(self) -> tuple[Box, ...]:
        """The boxes at its end: method, how to read it."""
        last_first = takewhile(lambda block: isinstance(block, Box), reversed(self.blocks))
        return tuple(block for block in last_first if isinstance(block, Box))[::-1]

    @property
    def marks(self) -> str:
        """What stands at the head of every page: who may read it, and whether the figures are made up."""
        return f"{self.handling} · {MARK_SHORT}" if self.mark else self.handling


def shortened(left_out: Sequence[Heading | Box], comments: Sequence[Heading], *, form: str = SHORTENED) -> str:
    """That a briefing is shortened: what it is without, and on which of that somebody commented in the full one.

    Args:
        left_out: Sections and boxes that it lacks; empty: it is whole, and nothing is said.
        comments: Those of them with a comment.
        form: The sentence, with `{sections}`.
    """
    if not left_out:
        return ""
    without = form.format(sections="; ".join(_titles(left_out)))
    told = SHORTENED_COMMENTS.format(sections="; ".join(_titles(comments))) if comments else ""
    return f"{without} {told}".strip()


def _titles(blocks: Sequence[Heading | Box]) -> list[str]:
    return [block.text if isinstance(block, Heading) else block.title for block in blocks]
