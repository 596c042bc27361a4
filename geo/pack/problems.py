"""What is wrong with a region pack: every problem at once, each with file and line."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in one place of a pack."""

    file: str
    line: int | None  # 1 = the file's first line; None where the format has no lines
    message: str

    def __str__(self) -> str:
        """`file:line: message`."""
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class PackError(Exception):
    """A region pack can't be used; `problems` holds everything that is wrong with it. Exit code 3."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))
