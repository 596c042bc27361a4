"""What scenarios change on an edition's draws: worked out here, or each by a worker of a Dask cluster."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from forecasting.base.contracts import ContractError
from forecasting.scenarios.assumptions import Scenario, moves_of
from forecasting.scenarios.engine import Outcome, move_flow
from forecasting.scenarios.moves import Setting
from geo.pack.entries import Problem
from pipelines.scenarios.read_file import ScenarioError
from pipelines.scenarios.scenario_edition import ScenarioEdition


def outcomes_of(base: ScenarioEdition, scenarios: Sequence[Scenario], *, scheduler: str | None = None) -> list[Outcome]:
    """What each scenario changes.

    Args:
        base: The edition.
        scenarios: What is assumed.
        scheduler: Address of a Dask scheduler whose workers work them out, to the same numbers; None: this process.

    Raises:
        ScenarioError: an assumption can't be met by what the figures know; by the scenario's name.
        ClusterError: the scheduler does not answer, or was lost.
    """
    if scheduler is None:
        return [_named(s, partial(_outcome, base.baseline, base.setting, s)) for s in scenarios]
    from pipelines.compute.cluster import cluster, share  # noqa: PLC0415 - slow to import, and needed here alone

    with cluster(scheduler) as client:
        baseline, setting = share(client, base.baseline), share(client, base.setting)
        pending = [client.submit(_outcome, baseline, setting, s, pure=False) for s in scenarios]
        return [_named(s, future.result) for s, future in zip(scenarios, pending, strict=True)]


def _outcome(baseline: np.ndarray, setting: Setting, scenario: Scenario) -> Outcome:
    return move_flow(baseline, moves_of(scenario, setting), setting)


def _named(scenario: Scenario, work: Callable[[], Outcome]) -> Outcome:
    try:
        return work()
    except ContractError as error:
        raise ScenarioError([Problem(scenario.name, None, str(error))]) from error
