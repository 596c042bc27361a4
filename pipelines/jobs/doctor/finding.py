"""What a check found."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One line: the subject, how it stands, what was seen, and what to do where something is to do."""

    subject: str
    state: State
    seen: str
    advice: str = ""


def worst(findings: list[Finding]) -> State:
    """The worst state among findings; none at all is fine.

    >>> worst([Finding("disk", "ok", ""), Finding("clock", "warn", "")])
    'warn'
    """
    order: tuple[State, ...] = ("ok", "warn", "fail")
    return max((f.state for f in findings), key=order.index, default="ok")
