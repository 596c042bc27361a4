"""Opening editions for the pages: every byte is checked once, then the edition is shared by all readers.

What is kept goes by the edition's folder, which is another one for each profile, and by its seal: nobody is given what
was made of another profile's edition, or of bytes that are no longer there.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import streamlit as st

from dashboards.briefing.document import briefing_document
from dashboards.briefing.issue import issue
from dashboards.briefing.model import Document
from dashboards.edition_view.facts import Facts, route_links
from dashboards.figures.map_data import Shapes, shapes_of
from dashboards.server.serve import REGION_VARIABLE
from dashboards.server.visitor import visitor
from geo.pack.load import PackError, load_region
from geo.pack.map_shapes import Ground, ground_of
from geo.region.region import Edge, Region
from pipelines.editions.edition import Edition, aside, latest_edition, lost_latest
from pipelines.observations.schema import TOTAL
from pipelines.publish.release.profiles import INTERNAL, list_profile, lost_derived, open_profile
from pipelines.store.checksums import checksum
from pipelines.store.paths import Store, open_store
from records.database import open_database

P = ParamSpec("P")
T = TypeVar("T")


class DamagedEditionError(Exception):
    """An edition's files are not what was published; nothing of it is shown."""


def store() -> Store:
    """The store that the server was started on."""
    return open_store()


def first_region() -> str:
    """Id of the region that the server was started with."""
    named = os.environ.get(REGION_VARIABLE, "western_balkans")
    return Path(named).resolve().name if Path(named).is_dir() else named


def editions_shown(region: str) -> list[str]:
    """Editions that the visitor's profile may see, oldest period first, without those that were rolled back from."""
    left_out = aside(store(), region)["set_aside"]
    return [e for e in list_profile(store(), region, visitor().profile) if e not in left_out]


def newest_lost(region: str) -> str | None:
    """The newest edition's name (or "") where it can't be read and an earlier one is seen in its place; else None."""
    profile = visitor().profile
    return lost_latest(store(), region) if profile == INTERNAL else lost_derived(store(), region, profile)


def latest_shown(region: str) -> str | None:
    """The edition that the visitor sees first."""
    if visitor().profile == INTERNAL:
        return latest_edition(store(), region)
    return next(reversed(editions_shown(region)), None)


def checked_edition(region: str, edition_id: str) -> Edition:
    """Open an edition as the visitor's profile sees it, whose every byte is as published.

    Raises:
        EditionError: there is no such edition, or not for this profile.
        DamagedEditionError: a file differs from its checksum; the message names it.
    """
    edition = open_profile(store(), region, edition_id, visitor().profile)
    return _verified(str(edition.folder), checksum(edition.folder / "manifest.json"))


@st.cache_resource(max_entries=6, show_spinner=False)
def _verified(folder: str, manifest_checksum: str) -> Edition:  # noqa: ARG001 - part of the cache's key
    edition = Edition(Path(folder))
    problems = edition.verify()
    if problems:
        raise DamagedEditionError("; ".join(problems[:3]))
    return edition


def _key(edition: Edition) -> str:
    return f"{edition.folder} {edition.seal}"


_cached = partial(st.cache_resource, show_spinner=False, hash_funcs={Edition: _key})


@_cached(max_entries=64)
def facts_of(
    edition: Edition,
    indicator: str | None = None,
    *,
    horizon: int | None = None,
    route: str | None = None,
    nationality: str = TOTAL,
) -> Facts:
    """What pages read of an edition at some choices; readers with equal choices share what was worked out."""
    return Facts(edition, indicator, horizon, route, nationality)


def at_any_lead(facts: Facts) -> Facts:
    """The same choices but for the lead time: for what does not depend on it, so that it is made once."""
    return facts_of(facts.edition, facts.chosen_indicator, route=facts.chosen_route, nationality=facts.nationality)


def made(make: Callable[Concatenate[Facts, P], T], facts: Facts, /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What a function makes of an edition at a reader's choices: worked out once for all who choose the same.

    Nobody may change what comes back: others are looking at it.

    Args:
        make: A function of a module (no lambda, nothing bound), which reads nothing but its arguments: no clock, no
            database, no visitor.
        facts: The edition and the choices.
        *args: What else decides; values whose `repr` says all of them.
        **kwargs: The same, by name.
    """
    choices = (facts.chosen_indicator, facts.chosen_horizon, facts.chosen_route, facts.nationality)
    name = f"{make.__code__.co_filename} {make.__qualname__}"
    key = f"{name} {_key(facts.edition)} {choices!r} {args!r} {kwargs!r}"
    return cast("T", _made(key, _make=lambda: make(facts, *args, **kwargs)))


@st.cache_resource(max_entries=600, show_spinner=False)
def _made(key: str, *, _make: Callable[[], Any]) -> Any:  # noqa: ANN401, ARG001 - any maker's; the cache's key
    return _make()


@_cached(max_entries=6)
def shapes(edition: Edition) -> Shapes | None:
    """The map of an edition; None where it holds no geometry."""
    return shapes_of(edition.risk, ground(edition.region_id))


@_cached(max_entries=4)
def pack(region: str) -> Region | None:
    """The region's pack; None where it is not at hand."""
    named = os.environ.get(REGION_VARIABLE, "")
    try:
        return load_region(named if Path(named).is_dir() and Path(named).resolve().name == region else region)
    except PackError:
        return None


def links(edition: Edition) -> list[Edge]:
    """The route graph of an edition's region; empty where it is not known."""
    return route_links(pack(edition.region_id))


@_cached(max_entries=4)
def briefing(edition: Edition) -> Document:
    """The briefing of an edition, to be looked at."""
    return briefing_document(edition, region=pack(edition.region_id))


def issued(edition: Edition, document: Document) -> Document:
    """A briefing of the edition as it stands now: who approved or withdrew it, what was written, what is under way.

    Raises:
        DatabaseError: the decisions can't be read.
    """
    return issue(document, edition, open_database(store().database), region=pack(edition.region_id))


@_cached(max_entries=4)
def ground(region: str) -> Ground:
    """Country shapes behind the map; empty where the region's pack is not at hand or has none."""
    return ground_of(pack(region))
