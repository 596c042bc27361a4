"""The README's "five minutes", run as it stands: the files it prints, the commands it prints, in its order."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.servers import free_port, is_healthy

ROOT = Path(__file__).resolve().parents[2]
HEADING = "## Forecast with your own figures in five minutes"
SEGMENTS = {"yuma": 480.0, "san_diego": 2500.0, "el_centro": 1100.0}
MONTHS = 120


def readme_blocks() -> dict[str, str]:
    """The section's fenced blocks by language."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split(HEADING, 1)[1].split("\n## ", 1)[0]
    return dict(re.findall(r"```(\w+)\n(.*?)```", section, flags=re.DOTALL))


def figures_file(first_lines: str) -> str:
    """The README's first lines, completed to 120 months × 3 segments."""
    rng = np.random.default_rng(7)
    months = pd.date_range("2014-12-01", periods=MONTHS, freq="MS")
    lines = first_lines.strip().splitlines()
    printed = {tuple(line.split(",")[2:4]) for line in lines[1:]}
    for segment, level in SEGMENTS.items():
        for month in months:
            if (segment, f"{month:%Y-%m-%d}") not in printed:
                season = 1 + 0.3 * np.sin(2 * np.pi * (month.month - 3) / 12)
                count = rng.negative_binomial(20, 20 / (20 + level * season))
                lines.append(f"irregular_crossings,segment,{segment},{month:%Y-%m-%d},M,{count}")
    return "\n".join(lines) + "\n"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_readme_five_minutes_run_as_they_stand(tmp_path: Path) -> None:
    blocks = readme_blocks()
    (tmp_path / "my_region").mkdir()
    (tmp_path / "my_region" / "region.yaml").write_text(blocks["yaml"], encoding="utf-8")
    (tmp_path / "figures.csv").write_text(figures_file(blocks["csv"]), encoding="utf-8")
    commands = [line.split("#")[0].split() for line in blocks["sh"].splitlines() if line.startswith("routecast")]
    assert [c[1] for c in commands] == ["region", "ingest", "run", "backtest", "dashboard"]
    program = shutil.which("routecast", path=str(Path(sys.executable).parent))
    assert program is not None
    for command in commands[:-1]:
        done = subprocess.run([program, *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    forecasts = pd.read_parquet(tmp_path / "scores" / "forecasts.parquet")
    assert {"yuma", "total"} <= set(forecasts["location"])
    assert {"routecast", "baseline", "AutoARIMA", "peer_mean"} <= set(forecasts["model_id"])
    scores = pd.read_parquet(tmp_path / "scores" / "scores.parquet")
    assert {"wis_log1p", "wis", "ae", "covered_50", "covered_95", "vintages"} <= set(scores.columns)
    port = free_port()
    server = subprocess.Popen([program, *commands[-1][1:], "--port", str(port)], cwd=tmp_path)
    try:
        assert is_healthy(port, seconds=60)
    finally:
        server.terminate()
        server.wait(timeout=20)
