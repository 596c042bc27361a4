"""An assumption is one class: added to a copy of the house, files hold it, runs move by it, pages say and ask it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
PACKAGES = ("geo", "forecasting", "pipelines", "records", "dashboards")
ADDED = '''

class Delay(Assumption):
    """All who enter at a segment come later: this share of them not at all within the horizon."""

    title = "Arrivals are held up"
    kind: Literal["delay"] = "delay"
    segment: Annotated[str, Named("segment"), Ask("Where they are held up")]
    share: Annotated[ShareRange, Ask("Held up, % (range)", usual=(10, 20))]

    def move(self, moves: Moves, setting: Setting, _diversion: Diversion, /) -> None:
        held = setting.sampled(self.share, "delay", self.segment)
        multiply(moves.inflow, setting.cells_of(self.segment), self.ramped(1.0 - held, setting))

    def sentence(self, say: Phrases) -> str:
        return f"{say.share(self.share)} of arrivals at {say.place(self.segment)} are held up"
'''
USE = """
import sys
from pathlib import Path

import forecasting
from dashboards.scenarios.assumptions_in_words import in_words, read_draft
from forecasting.scenarios.assumptions import KINDS
from pipelines.scenarios.compare import compare_scenarios
from pipelines.scenarios.read_file import ScenarioError, load_scenario
from pipelines.scenarios.scenario_edition import open_scenario_edition
from tests.regions import make_region
from tests.scenario_editions import put_edition

here = Path.cwd()
assert Path(forecasting.__file__).is_relative_to(here)
base = open_scenario_edition(put_edition(here / "store"), make_region())
file = here / "delayed.yaml"
text = "name: delayed\\nassumptions:\\n  - {kind: delay, segment: %s, share: 0.5, from: 2000-01-01}\\n"
file.write_text(text % "a-9")
try:
    load_scenario(file, base.scope)
except ScenarioError as error:
    print(error)
file.write_text(text % "a-1")
table = compare_scenarios(base, [load_scenario(file, base.scope)]).table.set_index(["unit", "horizon"])
row = table.loc[("segment:a-1", 2)]
print(round(row["q50"] / row["baseline_q50"], 6))
print(in_words(read_draft(file.read_text())[1][0], freq="W", named={}, periods={}))
print(list(KINDS)[-1], KINDS["delay"].title)
"""


def test_one_class_adds_an_assumption_to_files_runs_and_words(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("packs", "__pycache__"))
    with (tmp_path / "forecasting" / "scenarios" / "assumptions.py").open("a", encoding="utf-8") as file:
        file.write(ADDED)
    script = tmp_path / "use.py"
    script.write_text(USE, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "delayed.yaml:3: assumptions[1].segment: unknown segment 'a-9'. Known: a-1, a-2, b-1.",
        "0.5",
        "50 % of arrivals at a-1 are held up, from 2000-01-01 on",
        "delay Arrivals are held up",
    ]
