"""Builders for mapped tables: a table as text, a mapping as YAML, and what is read of it."""

from pathlib import Path

from geo.region.region import Region
from pipelines.ingest.reading.mapped_table import read_with
from pipelines.ingest.reading.mapping import Mapping, parse_mapping
from pipelines.observations.schema import Reading
from tests.regions import make_region

FIXED = "constants: {indicator: irregular_crossings, place_kind: segment}\n"
LONG = "columns: {place: Section, period_start: Month, count: Number}\n" + FIXED


def mapping_of(text: str) -> Mapping:
    return parse_mapping(text, where="map.yaml")


def read_text_table(
    folder: Path, table: str | bytes, mapping: str = LONG, *, region: Region | None = None, name: str = "table.csv"
) -> Reading:
    path = folder / name
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    return read_with(mapping_of(mapping), path, region or make_region())


def figures(reading: Reading) -> list[tuple[str, str, str, float]]:
    """(place, first day, period, count) of each figure."""
    table = reading.observations
    days = table["period_start"].dt.strftime("%Y-%m-%d")
    return list(zip(table["place"], days, table["period"], table["count"], strict=True))


def reasons(reading: Reading) -> list[tuple[int, str]]:
    return list(zip(reading.rejected["line"], reading.rejected["reason"], strict=True))
