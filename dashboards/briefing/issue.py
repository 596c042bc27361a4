"""What makes a briefing an issue: its number, who approved it, whom to ask, what analysts wrote, what is under way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboards.briefing.model import Block, Bullets, Comment, Document, Heading, Judgement
from dashboards.briefing.preparation import open_lines
from dashboards.edition_view.facts import route_links
from dashboards.edition_view.statements import Sentence
from dashboards.wording import actions as told, briefing as s, formats as words
from geo.pack.load import builtin_region
from geo.region.region import Region
from pipelines.editions.edition import Edition
from records.database import Database
from records.decisions import BriefingEdit, EditionEvent, current_edits, last_of, partner_edits
from records.lines_and_notes import line_actions


def issue(document: Document, edition: Edition, database: Database, *, region: Region | None = None) -> Document:
    """The document as it stands now: who decided on it, and before that what analysts wrote and planners took on.

    They look at the whole edition; what they write stays out of what partners and the public get. Partners get what
    was written for them, on their own briefing, without names.

    Args:
        document: As generated.
        edition: What it was generated from.
        database: Where decisions are kept.
        region: The region's pack; by default the built-in one of the edition's region id, if there is one.

    Raises:
        DatabaseError: the decisions can't be read.
    """
    decision = last_of(database, edition.region_id, ("approved", "withdrawn")).get(edition.id)
    document = replace(document, about=about_lines(edition, decision))
    if edition.manifest.get("profile") == "partner":
        return edited(document, partner_edits(database, edition.region_id, edition.id), named=False)
    if edition.manifest.get("profile"):
        return document
    until = decision.at if decision is not None and decision.kind == "approved" else None
    document = edited(document, current_edits(database, edition.region_id, edition.id, until=until))
    actions = line_actions(database, edition.region_id, until=until)
    if not actions:
        return document
    lines = open_lines(edition, actions, route_links(region or builtin_region(edition.region_id)))
    return under_way(document, [Sentence(told.OPEN_LINE.format(**vars(line))) for line in lines])


def under_way(document: Document, lines: Sequence[Sentence]) -> Document:
    """The document with the open lines of preparation at the end of what it recommends to prepare."""
    blocks, section = list[Block](), ""
    for block in (*document.blocks, None):
        if lines and section == "preparation" and (block is None or isinstance(block, Heading)):
            blocks.append(Bullets(tuple(lines)))
        section = block.key if isinstance(block, Heading) else section
        blocks += [] if block is None else [block]
    return replace(document, blocks=tuple(blocks))


def edited(document: Document, edits: Mapping[str, BriefingEdit], *, named: bool = True) -> Document:
    """The document with edited judgements and with comments under the headings of their sections.

    Args:
        document: As generated.
        edits: By part, as `records.decisions.BriefingEdit` names it; of sections left out it says that there are.
        named: Whether it says who wrote.
    """
    by, comment_by = (s.EDITED_BY, s.COMMENT_BY) if named else (s.EDITED_ON, s.COMMENT_ON)
    blocks: list[Block] = []
    for block in document.blocks:
        edit = edits.get(part_of(block) or "")
        if edit is None:
            blocks.append(block)
            continue
        told = {"user": edit.user, "day": words.long_date(edit.at.date())}
        if isinstance(block, Judgement):
            blocks.append(replace(block, edited=edit.text, edited_by=by.format(**told)))
        else:
            blocks += [block, Comment(comment_by.format(**told), edit.text)]
    commented = tuple(heading for heading in document.left_out if part_of(heading) in edits)
    return replace(document, blocks=tuple(blocks), comments_left=commented)


def part_of(block: Block) -> str | None:
    """The part that somebody can write for: a judgement's text, a comment under a heading; None for other blocks."""
    if isinstance(block, Judgement):
        return f"judgement:{block.order}"
    return f"comment:{block.key}" if isinstance(block, Heading) else None


def issue_number(edition_id: str) -> str:
    """The number of an issue within its year: that of its period, and which one of it where there are several.

    >>> issue_number("2026-W46"), issue_number("2026-W46.2"), issue_number("2025-04")
    ('46/2026', '46/2026-2', '4/2025')
    """
    period, _, again = edition_id.partition(".")
    year, _, number = period.partition("-")
    return f"{number.lstrip('W0')}/{year}{f'-{again}' if again else ''}"


def about_lines(edition: Edition, decision: EditionEvent | None = None) -> tuple[str, ...]:
    """Issue and day, approval, contact; one line each.

    Args:
        edition: Of any profile.
        decision: The last approval or withdrawal; None: none is known here.
    """
    profile = edition.manifest.get("profile")
    day = words.long_date(decision.at.date()) if decision is not None else ""
    contact = s.CONTACT.format(contact=edition.manifest.get("contact") or s.MISSING)
    issue = [s.ISSUE.format(number=issue_number(edition.id))]
    if decision is not None and decision.kind == "approved":
        issue.append(s.ISSUED.format(day=day))
    elif decision is None and not profile:
        issue.append(s.NOT_ISSUED)
    return (" · ".join(issue), _approval(decision, day, profile), contact)


def _approval(decision: EditionEvent | None, day: str, profile: str | None) -> str:
    """Who decided; the public is told the day and no name."""
    if decision is None:
        return s.APPROVED_DERIVED if profile else s.DRAFT  # a profile's edition is made by an approval alone
    if decision.kind == "approved":
        return (s.APPROVED_DAY if profile == "public" else s.APPROVED).format(user=decision.user, day=day)
    return (s.WITHDRAWN_DAY if profile == "public" else s.WITHDRAWN).format(user=decision.user, day=day)
