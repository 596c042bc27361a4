"""Load a region pack: a built-in one by name, or a user's folder."""

import re
from pathlib import Path

from geo.pack.assemble import assemble
from geo.pack.entries import suggest
from geo.pack.pack import read_pack
from geo.pack.pack_checks import check_pack
from geo.pack.problems import PackError, Problem
from geo.region.region import Region

__all__ = ["PackError", "Problem", "builtin_regions", "load_region", "pack_folder"]

PACKS = Path(__file__).parents[1] / "packs"


def builtin_regions() -> list[str]:
    """Names of the packs that ship with Routecast."""
    return sorted(path.parent.name for path in PACKS.glob("*/region.yaml"))


def pack_folder(name_or_folder: str | Path) -> Path:
    """The folder of a built-in pack, or the given one.

    Raises:
        PackError: it is neither a built-in name nor a folder with a `region.yaml`.
    """
    folder = PACKS / name_or_folder if str(name_or_folder) in builtin_regions() else Path(name_or_folder)
    if not (folder / "region.yaml").is_file():
        name = str(name_or_folder)
        got = "a folder without region.yaml" if folder.is_dir() else "neither"
        near = suggest(name, builtin_regions())
        message = f"expected a built-in region or a folder that holds region.yaml, got {got}.{near}"
        raise PackError([Problem(name, None, message)])
    return folder


def load_region(name_or_folder: str | Path) -> Region:
    """Load and check a region pack.

    Args:
        name_or_folder: A built-in name (`builtin_regions()`) or a folder; the folder's name is the region's id.

    Raises:
        PackError: something is wrong with it; its `problems` are all that is, with file and line.
    """
    folder = pack_folder(name_or_folder)
    pack = read_pack(folder)
    problems = [*pack.problems, *check_pack(pack)]
    name = folder.resolve().name
    if not re.fullmatch("[A-Za-z0-9_-]+", name):
        message = f"the folder's name is the region's id: expected letters, digits, '-' and '_', got '{name}'."
        problems.append(Problem("region.yaml", None, message))
    if not pack.segments and not problems:
        problems.append(Problem("region.yaml", None, "segments: expected at least one, got none."))
    if problems or pack.settings is None:
        raise PackError(sorted(set(problems), key=lambda p: (p.file, p.line or 0)))
    return assemble(pack, pack.settings.spec)
