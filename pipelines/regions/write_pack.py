"""Write a new region pack into a folder."""

import csv
from collections.abc import Mapping
from pathlib import Path

from geo.build.any_region import Asked, BuildError, atlas_codes, build_pack
from geo.build.atlas import FILE, read_atlas
from geo.build.segments import RawPoint
from geo.region.region import Freq

POINT_COLUMNS = ("name", "border", "lon", "lat")
HOW_TO_GET = (
    f"--natural-earth: expected {FILE} of the npm package world-atlas 2.0.2, got {{got}}. "
    "Get it once with 'npm pack world-atlas@2.0.2' and unpack it, or download the package from a mirror of npm."
)


def write_region(
    folder: Path,
    *,
    countries: tuple[str, ...],
    freq: Freq,
    natural_earth: Path | None,
    name: str | None = None,
    crossing_points: Path | None = None,
    force: bool = False,
) -> list[Path]:
    """Derive a pack and write its files.

    Raises:
        BuildError: the atlas is not there or cannot be read, a country is unknown, or the folder already holds files.
    """
    if folder.exists() and any(folder.iterdir()) and not force:
        raise BuildError(f"{folder}: expected a new or empty folder, it holds files. Say --force to write over them.")
    if natural_earth is None:
        raise BuildError(HOW_TO_GET.format(got="nothing"))
    try:
        atlas = read_atlas(natural_earth, atlas_codes())
    except FileNotFoundError as error:
        raise BuildError(HOW_TO_GET.format(got=f"'{natural_earth}' without it")) from error
    except (OSError, ValueError) as error:
        raise BuildError(HOW_TO_GET.format(got=f"a file that can't be read ({error})")) from error
    points = _read_points(crossing_points) if crossing_points else ()
    title = name or folder.resolve().name.replace("_", " ").capitalize()
    texts = build_pack(atlas, Asked(countries, freq, title, points))
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8", newline="\n")
    return [folder / file for file in texts]


def _read_points(path: Path) -> tuple[RawPoint, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BuildError(f"{path}: expected a CSV of crossing points in UTF-8: {error}.") from error
    missing = [c for c in POINT_COLUMNS if rows and c not in rows[0]]
    if missing or not rows:
        got = f"no {', '.join(missing)}" if missing else "no rows"
        raise BuildError(f"{path}: expected the columns {', '.join(POINT_COLUMNS)}, got {got}.")
    try:
        return tuple(_point(row) for row in rows)
    except (TypeError, ValueError) as error:
        raise BuildError(f"{path}: expected numbers in lon and lat: {error}.") from error


def _point(row: Mapping[str, str]) -> RawPoint:
    mode, aliases = row.get("mode") or "road", row.get("aliases") or ""
    return RawPoint(row["name"], row["border"], float(row["lon"]), float(row["lat"]), mode, aliases)
