"""The sources by id: a new one is a module beside this file, and its name here."""

from collections.abc import Mapping
from importlib import import_module

from pipelines.observations.schema import Source

MODULES = (
    "csv",
    "frontex",
    "italy_landings",
    "missing_migrants",
    "sample",
    "unhcr_western_balkans",
    "usbp",
)
_FOUND: list[Source] = [import_module(f"pipelines.ingest.sources.{name}").SOURCE for name in MODULES]
SOURCES: Mapping[str, Source] = {source.id: source for source in _FOUND}
