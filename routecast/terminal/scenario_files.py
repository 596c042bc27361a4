"""Scenario files on the command line: an edition made ready for them, and several compared."""

from collections.abc import Sequence
from pathlib import Path

from geo.pack.load import load_region
from pipelines.editions.edition import open_edition
from pipelines.scenarios.compare import Compared, compare_scenarios
from pipelines.scenarios.read_file import load_scenario
from pipelines.scenarios.scenario_edition import ScenarioEdition, open_scenario_edition
from pipelines.store.paths import open_store
from routecast.terminal.errors import UsageError


def open_base(edition: str, region: str, store: Path | None) -> ScenarioEdition:
    """An edition of a store made ready for scenarios."""
    pack = load_region(region)
    return open_scenario_edition(open_edition(open_store(store), pack.id, edition), pack)


def compare_files(base: ScenarioEdition, files: Sequence[Path], *, scheduler: str | None = None) -> Compared:
    """The scenarios of some files beside the baseline and each other.

    Args:
        base: The edition.
        files: Scenarios as YAML.
        scheduler: Address of a Dask scheduler whose workers work them out; None: this process.

    Raises:
        UsageError: two have the same name.
        ScenarioError: a file can't be read or says what can't be meant.
        ClusterError: the scheduler does not answer, or was lost.
    """
    scenarios = [load_scenario(path, base.scope) for path in files]
    names = [s.name for s in scenarios]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise UsageError(f"scenarios: expected a name of its own for each, '{twice[0]}' is there twice. Rename one.")
    return compare_scenarios(base, scenarios, scheduler=scheduler)
