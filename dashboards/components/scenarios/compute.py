"""What the page computes: what `routecast scenario compare` does, kept per edition and text; as far as a route goes."""

import hashlib
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboards.edition_view.facts import Facts
from dashboards.scenarios.tables import TOTAL
from dashboards.server.audit_trail import note_once
from dashboards.server.serve import REGION_VARIABLE
from dashboards.server.visitor import require
from dashboards.wording import formats as words
from geo.pack.load import PackError, load_region
from pipelines.editions.edition import Edition, EditionError
from pipelines.scenarios.compare import Compared, compare_scenarios
from pipelines.scenarios.read_file import parse_scenario
from pipelines.scenarios.scenario_edition import ScenarioEdition, open_scenario_edition
from pipelines.store.checksums import checksum


def base_of(edition: Edition) -> ScenarioEdition:
    """An edition made ready for scenarios, once per server.

    Raises:
        EditionError: it keeps no draws, or its pack is not at hand.
    """
    return _base(str(edition.folder), checksum(edition.folder / "manifest.json"), _edition=edition)


@st.cache_resource(max_entries=3, show_spinner=False)
def _base(folder: str, manifest_checksum: str, *, _edition: Edition) -> ScenarioEdition:  # noqa: ARG001 - the cache's key
    named = os.environ.get(REGION_VARIABLE, "")
    own = Path(named).is_dir() and Path(named).resolve().name == _edition.region_id
    try:
        region = load_region(named if own else _edition.region_id)
    except PackError as error:
        raise EditionError(f"the pack of region '{_edition.region_id}' is not at hand.") from error
    return open_scenario_edition(_edition, region)


def today() -> date:
    """The reader's day."""
    return datetime.now(tz=UTC).date()


def first_open(base: ScenarioEdition) -> int:
    """How far ahead the first period lies that is not over on the reader's day; 1 where all of the outlook is."""
    day, freq = today(), base.region.freq
    starts = enumerate(base.scope.starts.date, start=1)
    ahead = (h for h, start in starts if words.when(start, freq, day) != "over")
    return next(ahead, 1)


def compared_on(edition: Edition, texts: tuple[str, ...]) -> Compared:
    """Scenarios, given as valid texts, beside the edition's baseline and each other.

    Raises:
        ScenarioError: the figures can't meet an assumption.
        NotAdmittedError: the visitor has no right to.
    """
    require("run_scenario")
    written = "".join(texts).encode()
    if texts:
        digest = hashlib.sha256(written).hexdigest()
        note_once("scenario_run", (edition.region_id, edition.id), scenarios=len(texts), sha256=digest)
    return _compared(str(edition.folder), checksum(edition.folder / "manifest.json"), texts, _edition=edition)


@st.cache_resource(max_entries=12, show_spinner=False)
def _compared(folder: str, manifest_checksum: str, texts: tuple[str, ...], *, _edition: Edition) -> Compared:
    base = _base(folder, manifest_checksum, _edition=_edition)
    return compare_scenarios(base, [parse_scenario(text, base.scope) for text in texts])


def on_route(compared: Compared, facts: Facts) -> Compared:
    """The comparison with the units of the reader's route alone; unchanged where no route is chosen.

    Figures of a segment or border stay those of all routes that use it, as everywhere on the dashboard; movement is
    computed on the whole graph, so the account stays whole too.
    """
    route = facts.chosen_route
    if route is None:
        return compared
    units = compared.base.units
    cells = units[units["level"].eq("cell") & units["route"].eq(route)]
    crossed = units["segment"].isin(cells["segment"]) & units["level"].eq("segment")
    borders = units["level"].eq("border") & units["border"].isin(units.loc[crossed, "border"])
    own = {f"route:{route}", *cells["unit"], *units.loc[crossed | borders, "unit"]}
    return replace(
        compared,
        table=_of(compared.table, own),
        sums=_of(compared.sums, own),
        pairs=_of(compared.pairs, own),
        reception=_of(compared.reception, {*own, TOTAL}),
    )


def _of(table: pd.DataFrame, units: set[str]) -> pd.DataFrame:
    return table[table["unit"].isin(units)].reset_index(drop=True) if len(table) else table
