"""The sources by id."""

from collections.abc import Mapping
from typing import cast

from pipelines.ingest.sources import csv, frontex, italy_landings, missing_migrants, sample, unhcr_western_balkans, usbp
from pipelines.observations.schema import DataRefusedError, Source

_MODULES = (csv, frontex, italy_landings, missing_migrants, sample, unhcr_western_balkans, usbp)
SOURCES: Mapping[str, Source] = {module.ID: cast("Source", module) for module in _MODULES}


def source_named(source_id: str) -> Source:
    """The source with that id.

    Raises:
        DataRefusedError: there is none; the message names those there are.
    """
    if source_id not in SOURCES:
        raise DataRefusedError(f"no source '{source_id}'. There are: {', '.join(sorted(SOURCES))}.")
    return SOURCES[source_id]
