"""What makes a briefing an issue: its number, when it was issued, who approved it, whom to ask."""

from dashboards.wording import briefing as s, formats as words
from pipelines.editions.edition import Edition
from records.decisions import EditionEvent


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
