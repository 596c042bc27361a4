"""The sources by id: a mapping file beside this one, or a module where a layout needs Python, and its name here."""

from collections.abc import Mapping as ById
from functools import partial
from importlib import import_module
from pathlib import Path

from pipelines.ingest.reading.mapped_table import read_with
from pipelines.ingest.reading.mapping import Mapping, load_mapping
from pipelines.observations.schema import Source

MODULES = (
    "csv",
    "frontex",
    "italy_landings",
    "missing_migrants",
    "sample",
)


def source_of(mapping: Mapping) -> Source:
    """A source that reads its tables by a mapping."""
    return Source(
        id=mapping.source,
        description=mapping.title,
        licence=mapping.licence,
        absence=mapping.absence,
        indicators=mapping.reported,
        read=partial(read_with, mapping),
    )


_MAPPED = [source_of(load_mapping(path)) for path in sorted(Path(__file__).parent.glob("*.yaml"))]
_FOUND: list[Source] = [import_module(f"pipelines.ingest.sources.{name}").SOURCE for name in MODULES]
SOURCES: ById[str, Source] = {source.id: source for source in [*_FOUND, *_MAPPED]}
"""One module or mapping file per source; each turns a provider's file into canonical observations."""
