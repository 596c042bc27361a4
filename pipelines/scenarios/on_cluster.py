"""Scenarios on a Dask cluster: each is worked out by a worker; setting them side by side stays here."""

from collections.abc import Sequence

from distributed import Client

from forecasting.base.contracts import ContractError
from forecasting.scenarios.assumptions import Scenario
from forecasting.scenarios.engine import Outcome
from pipelines.compute.cluster import share
from pipelines.scenarios.compare import outcome_of, refused
from pipelines.scenarios.stage import ScenarioEdition


def outcomes_on(client: Client, stage: ScenarioEdition, scenarios: Sequence[Scenario]) -> list[Outcome]:
    """What each scenario changes: the same numbers as `run_scenario` gives here.

    Raises:
        ScenarioError: an assumption can't be met by what the figures know.
    """
    baseline, setting = share(client, stage.baseline), share(client, stage.setting)
    pending = [client.submit(outcome_of, baseline, setting, scenario, pure=False) for scenario in scenarios]
    found = []
    for scenario, future in zip(scenarios, pending, strict=True):
        try:
            found.append(future.result())
        except ContractError as error:
            raise refused(scenario, error) from error
    return found
