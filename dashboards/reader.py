"""Opening editions for the pages: every byte is checked once, then the edition is shared by all readers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboards.figures.ground import Ground, ground_of
from dashboards.serve import REGION_VARIABLE
from geo.load import PackError, load_region
from pipelines.editions import Edition, checksum, open_edition
from pipelines.store import open_store

if TYPE_CHECKING:
    from pipelines.store import Store


class DamagedEditionError(Exception):
    """An edition's files are not what was published; nothing of it is shown."""


def store() -> Store:
    """The store that the server was started on."""
    return open_store()


def first_region() -> str:
    """Id of the region that the server was started with."""
    named = os.environ.get(REGION_VARIABLE, "western_balkans")
    return Path(named).resolve().name if Path(named).is_dir() else named


def checked_edition(region: str, edition_id: str) -> Edition:
    """Open an edition whose every byte is as published.

    Raises:
        EditionError: there is no such edition.
        DamagedEditionError: a file differs from its checksum; the message names it.
    """
    edition = open_edition(store(), region, edition_id)
    return _verified(str(edition.folder), checksum(edition.folder / "manifest.json"))


@st.cache_resource(max_entries=6, show_spinner=False)
def _verified(folder: str, manifest_checksum: str) -> Edition:  # noqa: ARG001 - part of the cache's key
    edition = Edition(Path(folder))
    problems = edition.verify()
    if problems:
        raise DamagedEditionError("; ".join(problems[:3]))
    return edition


@st.cache_resource(max_entries=4, show_spinner=False)
def ground(region: str) -> Ground:
    """Country shapes behind the map; empty where the region's pack is not at hand or has none."""
    named = os.environ.get(REGION_VARIABLE, "")
    try:
        return ground_of(
            load_region(named if Path(named).is_dir() and Path(named).resolve().name == region else region)
        )
    except PackError:
        return ground_of(None)
