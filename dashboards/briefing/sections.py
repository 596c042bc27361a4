"""The briefing by sections: which there are, and the document with some of them."""

from collections.abc import Sequence
from dataclasses import replace

from dashboards.briefing.model import Block, Box, Document, Heading


def section_names(document: Document) -> list[str]:
    """Headings of the sections, in order."""
    return [block.text for block in document.blocks if isinstance(block, Heading)]


def only(document: Document, names: Sequence[str]) -> Document:
    """The document with these sections alone; the boxes at its end (method, how to read it) always stay.

    Args:
        document: The whole briefing.
        names: Headings of the sections to keep; unknown ones are passed over.
    """
    body, end = _split(document.blocks)
    kept: list[Block] = []
    keeping = False
    for block in body:
        if isinstance(block, Heading):
            keeping = block.text in names
        if keeping:
            kept.append(block)
    return replace(document, blocks=(*kept, *end))


def _split(blocks: Sequence[Block]) -> tuple[Sequence[Block], Sequence[Block]]:
    """The body, and the boxes after its last other block."""
    n = len(blocks)
    while n and isinstance(blocks[n - 1], Box):
        n -= 1
    return blocks[:n], blocks[n:]
