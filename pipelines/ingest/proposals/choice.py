"""Which columns of a table were taken for what, while a proposal is made."""

from dataclasses import dataclass, field

from geo.region.region import Region
from pipelines.ingest.proposals.draft import Draft
from pipelines.ingest.proposals.look import SeenColumn, SeenTable


@dataclass
class Choice:
    """A table, the draft of its mapping, and the columns that have a role."""

    table: SeenTable
    region: Region
    draft: Draft = field(default_factory=Draft)
    taken: dict[str, SeenColumn] = field(default_factory=dict)  # role → column
    wide: tuple[SeenColumn, ...] = ()

    @property
    def free(self) -> list[SeenColumn]:
        """Columns with anything in them that have no role yet."""
        used = [c.position for c in [*self.taken.values(), *self.wide]]
        return [c for c in self.table.columns if c.position not in used and c.is_filled]

    def says(self, role: str) -> bool:
        """Whether it is decided where a role stands."""
        return any(role in self.draft.keys.get(part, {}) for part in ("columns", "constants"))

    def take(self, role: str, column: SeenColumn, why: str) -> None:
        """Give a column a role."""
        self.taken[role] = column
        self.draft.say("columns", role, value=column.name, why=why)

    def take_wide(self, columns: list[SeenColumn], role: str, why: str) -> None:
        """Take columns of figures that are named after what they hold."""
        self.wide = tuple(columns)
        self.draft.say("wide", value="known", why=why)
        self.draft.say("columns", role, value="@heading", why="see 'wide'")
