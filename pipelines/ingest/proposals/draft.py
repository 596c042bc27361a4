"""A mapping in the making: keys with the reason for each, what the table does not say, and its text as YAML."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from pipelines.ingest.reading.mapping import OPEN, Mapping

_ORDER = (
    "source title licence absence sheet encoding delimiter header_row header_rows fill_down columns wide dates "
    "constants filters leave_out values add_up_over year_to_date thousands decimal flags point_decimals"
).split()


@dataclass
class Draft:
    """A proposal; `why` gives each key (path) its reason."""

    keys: dict[str, Any] = field(default_factory=dict)
    why: dict[tuple[str, ...], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # about the table as a whole

    def say(self, *path: str, value: object, why: str) -> None:
        """Set a key; a second one of the same name wins."""
        at = self.keys
        for part in path[:-1]:
            at = at.setdefault(part, {})
        at[path[-1]] = value
        self.why[path] = why

    @property
    def lacking(self) -> tuple[str, ...]:
        """Constants that the table does not say and somebody has to."""
        parts = (self.keys.get(part, {}) for part in ("columns", "constants", "dates"))
        return tuple(name for part in parts for name, value in part.items() if value == OPEN)

    @property
    def mapping(self) -> Mapping | None:
        """The mapping; None as long as something is lacking."""
        return None if self.lacking else Mapping.model_validate(self.keys)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Keys with their reasons, in the order of the file."""
        ordered = sorted(self.why, key=lambda path: _ORDER.index(path[0]))
        return [(".".join(path), self.why[path]) for path in ordered]

    def text(self) -> str:
        """The mapping file, with the reasons as comments."""
        lines = [f"# {note}" for note in self.notes]
        for key in sorted(self.keys, key=_ORDER.index):
            value = self.keys[key]
            if isinstance(value, dict):
                lines.append(f"{key}:")
                lines += [line for name in value for line in self._lines(key, name)]
            else:
                lines += _line("", key, value, self.why.get((key,), ""))
        return "\n".join(lines) + "\n"

    def _lines(self, key: str, name: str) -> list[str]:
        return _line("  ", name, self.keys[key][name], self.why.get((key, name), ""))


def _line(indent: str, key: str, value: object, why: str) -> list[str]:
    if isinstance(value, dict) and len(value) > 3:
        inner = yaml.safe_dump(value, allow_unicode=True, width=10_000).splitlines()
        return [f"{indent}{key}:  # {why}", *(f"{indent}  {line}" for line in inner)]
    said = yaml.safe_dump({key: value}, default_flow_style=True, allow_unicode=True, width=10_000).strip()[1:-1]
    if len(indent) + len(said) + len(why) + 4 > 118 and why:
        return [f"{indent}# {why}", indent + said]
    return [f"{indent}{said}" + (f"  # {why}" if why else "")]
