"""The attack on what a store has let out: all derived editions of a region together, as an outsider would read them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.attack.bounds import Bound, Published, attack
from benchmarks.attack.histories import Members, pack_members, read_published
from benchmarks.attack.inversion import Inversion, invert_edition
from benchmarks.attack.nationalities import read_nationalities
from geo.region.region import Region
from geo.region.units import summing_matrix, unit_table
from pipelines.editions.edition import MANIFEST, Edition, EditionError, edition_order
from pipelines.store.paths import Store

OUTSIDE = ("partner", "public")
NEWEST = 4  # periods of which counts are tried, where all are attacked
NOBODY = 0.5  # persons; shares of one, and the slack that the solver has on sums of shares, are less


@dataclass(frozen=True)
class AttackResult:
    """What an attack found."""

    region: str
    editions: tuple[str, ...]
    periods: int  # the newest ones whose withheld figures were attacked; 0: all
    cells: int  # figures attacked
    nationalities: int  # of them by nationality group, with those that no edition names and that must be small
    tried: int  # withheld counts of the last edition that were tried against the baseline that is shown
    narrow: int  # of all these bounded more narrowly than the protection width
    narrowest: float | None  # counts; None where nothing was attacked

    def plain(self, *, when: str) -> dict[str, Any]:
        """As the result file holds it."""
        return {"when": when, **asdict(self)}


def attack_store(
    store: Store, region: Region, *, periods: int, progress: Callable[[str, int, int], None] = lambda *_: None
) -> AttackResult:
    """Bound every withheld figure of the newest periods from all that partners and the public were ever given.

    Args:
        store: Where the derived editions lie; those that wait for their day are read too.
        region: The pack: how units add up is public.
        periods: How many of the newest; 0: all (minutes for a region of a hundred places).
        progress: Told of every indicator.

    Raises:
        EditionError: nothing was let out yet.
    """
    folders = derived_folders(store, region.id)
    if not folders:
        raise EditionError(
            f"{store.root}: expected an approved edition of region '{region.id}', there is none to attack. Approve one "
            "with 'routecast editions approve'."
        )
    known = {str(u) for folder in folders for u in Edition(folder).forecast["unit"].to_numpy()}
    members = members_of(region, known)
    histories, nationalities = read_published(folders, members), read_nationalities(folders, members)
    rules = region.disclosure
    width, widths, small = float(rules.protection_width), list[float](), 0
    for number, (indicator, one) in enumerate(histories.items()):
        progress("indicators attacked", number, len(histories))
        widths += [bound.width for bound in _bounds(one, periods, width)]
        named, unnamed = nationalities.get(indicator, (None, None))
        if named is not None and unnamed is not None:
            found = [bound.width for bound in _bounds(named, periods, width)]
            found += [b.width for b in _bounds(unnamed, periods, width) if gives_away(b, rules.threshold_of(indicator))]
            widths, small = widths + found, small + len(found)
    progress("indicators attacked", len(histories), len(histories))
    inverted = _inverted(store, region, periods or NEWEST)
    narrow = sum(found < width - 1e-6 for found in widths) + inverted.narrowed
    ids = tuple(dict.fromkeys(folder.name for folder in folders))
    return AttackResult(region.id, ids, periods, len(widths), small, inverted.tried, narrow, min(widths, default=None))


def _inverted(store: Store, region: Region, periods: int) -> Inversion:
    """The last edition that partners were given, against its own history."""
    given = [f for f in derived_folders(store, region.id) if f.parent.parent.name == OUTSIDE[0]]
    source = store.editions(region.id) / given[-1].name if given else None
    if source is None or not source.is_dir():
        return Inversion(0, 0)
    rules = region.disclosure
    asked = {"periods": periods, "width": rules.protection_width, "largest": 2 * rules.threshold}
    return invert_edition(Edition(source), Edition(given[-1]), **asked)


def gives_away(bound: Bound, threshold: int) -> bool:
    """Whether a count that no edition names is known to be small: nobody is nobody, and large ones may be known."""
    return NOBODY < bound.high < threshold


def _bounds(published: Published, periods: int, width: float) -> list[Bound]:
    """Bounds of the targets of the newest periods; 0: of all."""
    newest = max((t for _, _, t in published.withheld), default=0)
    targets = [t for t in published.withheld if periods == 0 or t[2] > newest - periods]
    return attack(replace(published, withheld=targets), enough=2 * width)


def derived_folders(store: Store, region: str) -> Sequence[Path]:
    """Folders of all derived editions, older ones first."""
    found = [f for p in OUTSIDE for f in store.profiles(p, region).glob("*") if (f / MANIFEST).is_file()]
    return sorted(found, key=lambda folder: edition_order(folder.name))


def members_of(region: Region, known: set[str]) -> Members:
    """Unit → the cells it sums, of those that the editions name."""
    units = unit_table(region)["unit"].tolist()
    cells = [f"cell:{c.id}" for c in region.cells]
    rows = summing_matrix(region).tolil().rows
    named = {u: [cells[int(i)] for i in np.asarray(row)] for u, row in zip(units, rows, strict=True)}
    return pack_members({u: [c for c in held if c in known] for u, held in named.items()})
