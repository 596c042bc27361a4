"""Hold two editions against each other, value by value: every table, array and page of the one in the other.

`python benchmarks/compare_editions.py BEFORE AFTER [--renamed old=new …]`: intended new names of columns, dimensions,
variables and files are stated; anything else that differs is printed, and the exit code is then 1. What depends on the
code or the clock (`run.json`, checksums, code and library versions) is not compared.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import xarray as xr

MADE_BY = {"code_version", "code", "libraries", "files", "fingerprint", "run", "settings_digest", "sha256", "id"}


def differences(before: Path, after: Path, renamed: Mapping[str, str]) -> Iterator[str]:
    """Each thing in which the second edition is not the first."""
    names = {renamed.get(p.name, p.name): p for p in before.iterdir() if p.name not in {"run.json", "manifest.sha256"}}
    for extra in sorted({p.name for p in after.iterdir()} - set(names) - {"run.json", "manifest.sha256"}):
        yield f"{extra}: only after"
    for name, path in sorted(names.items()):
        other = after / name
        if not other.exists():
            yield f"{name}: only before"
        elif name.endswith(".zarr"):
            yield from (f"{name}: {d}" for d in _arrays(path, other, renamed))
        elif name.endswith(".parquet"):
            yield from (f"{name}: {d}" for d in _tables(path, other, renamed))
        elif name.endswith(".json"):
            first, second = (json.loads(p.read_text(encoding="utf-8")) for p in (path, other))
            yield from (f"{name}: {d}" for d in _facts(first, second, renamed, ""))
        elif name.endswith(".html"):
            yield from (f"{name}: {d}" for d in _lines(path, other))


def _tables(before: Path, after: Path, renamed: Mapping[str, str]) -> Iterator[str]:
    first, second = (_table(p) for p in (before, after))
    first = first.rename(columns=renamed)
    if list(first.columns) != list(second.columns):
        yield f"columns {sorted(set(first.columns) ^ set(second.columns)) or 'in another order'}"
        return
    if len(first) != len(second):
        yield f"{len(first)} rows became {len(second)}"
        return
    for name in first.columns:
        if not first[name].equals(second[name]):
            yield f"{name}: {int((first[name].ne(second[name]) & first[name].notna()).sum())} values differ"


def _table(path: Path) -> pd.DataFrame:
    geometric = b"geo" in (pq.read_schema(path).metadata or {})
    return pd.DataFrame(gpd.read_parquet(path).to_wkt()) if geometric else pd.read_parquet(path)


def _arrays(before: Path, after: Path, renamed: Mapping[str, str]) -> Iterator[str]:
    first, second = (xr.open_zarr(p, consolidated=False).load() for p in (before, after))
    first = first.rename({o: n for o, n in renamed.items() if o in first.variables or o in first.dims})
    for name in sorted({*map(str, first.variables)} ^ {*map(str, second.variables)}):
        yield f"{name} is on one side only"
    for name in sorted({*map(str, first.variables)} & {*map(str, second.variables)}):
        if not first[name].identical(second[name]):
            same = first[name].equals(second[name])
            yield f"{name}: {'attributes' if same else 'values'} differ"


def _facts(before: object, after: object, renamed: Mapping[str, str], where: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        named = {renamed.get(k, k): v for k, v in before.items()}
        for key in sorted({*named, *after} - MADE_BY):
            if key not in named or key not in after:
                yield f"{where}.{key} is on one side only"
            else:
                yield from _facts(named[key], after[key], renamed, f"{where}.{key}")
    elif before != after:
        yield f"{where}: {str(before)[:100]} became {str(after)[:100]}"


def _lines(before: Path, after: Path) -> Iterator[str]:
    first, second = (re.sub(r"code \S+?[,.<]", "", p.read_text(encoding="utf-8")).split("\n") for p in (before, after))
    if len(first) != len(second):
        yield f"{len(first)} lines became {len(second)}"
    for one, other in zip(first, second, strict=False):
        if one != other:
            yield f"'{one.strip()[:160]}' became '{other.strip()[:160]}'"


def main() -> int:
    """Print what differs; 1 where anything does."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--renamed", nargs="*", default=[], metavar="OLD=NEW")
    asked = parser.parse_args()
    found = list(differences(asked.before, asked.after, dict(r.split("=", 1) for r in asked.renamed)))
    for line in found:
        print(line)
    print(f"{len(found)} differences")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
