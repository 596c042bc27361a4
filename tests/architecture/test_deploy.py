"""The shipped units and manifests are well-formed, and call commands that there are."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from routecast.cli import app

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SERVICE = DEPLOY / "systemd" / "routecast-weekly.service"
TIMER = DEPLOY / "systemd" / "routecast-weekly.timer"


def manifests() -> dict[str, Any]:
    documents = yaml.safe_load_all((DEPLOY / "kubernetes" / "weekly.yaml").read_text(encoding="utf-8"))
    return {d["kind"]: d for d in documents}


def options(command: str) -> set[str]:
    found = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    return {o for p in found for o in p.opts}


def called(text: str) -> list[tuple[str, list[str]]]:
    """Each `routecast COMMAND --option` in a text."""
    return [
        (m[1], re.findall(r"--[a-z-]+", m[2])) for m in re.finditer(r"routecast ([a-z]+)((?: --?[\w.-]+| \d+)*)", text)
    ]


@pytest.mark.parametrize("path", [SERVICE, DEPLOY / "kubernetes" / "weekly.yaml"], ids=lambda p: p.name)
def test_commands_that_are_called_exist_with_their_options(path: Path) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if re.search("ExecStart|args", line)]
    calls = called("\n".join(lines))
    assert calls
    for command, given in calls:
        assert set(given) <= options(command)


def test_commands_in_the_documentation_exist_with_their_options() -> None:
    text = (DEPLOY.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    root = typer.main.get_command(app)
    calls = re.findall(r"routecast ((?:[a-z]+ )*[a-z]+)((?: (?:--?[\w-]+|[\w./:-]+|\"[^\"]*\"))*)", text)
    assert len(calls) > 8
    for words, rest in calls:
        command = root
        for word in words.split():
            command = getattr(command, "commands", {}).get(word, command)
        assert command is not root, words
        assert set(re.findall(r"--[a-z-]+", rest)) <= {o for p in command.params for o in p.opts}, words


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    program = Path(sys.executable).parent / "routecast"
    service = re.sub(r"/opt/routecast/\.venv/bin/routecast", str(program), SERVICE.read_text(encoding="utf-8"))
    service = re.sub(r"file:///opt/routecast/docs/operations.md", "man:systemd(1)", service)
    (tmp_path / SERVICE.name).write_text(service)
    shutil.copy(TIMER, tmp_path)
    units = [str(tmp_path / SERVICE.name), str(tmp_path / TIMER.name)]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_timer_is_on_mondays_and_makes_up_for_a_missed_one() -> None:
    text = TIMER.read_text(encoding="utf-8")
    assert re.search(r"^OnCalendar=Mon ", text, flags=re.MULTILINE)
    assert "Persistent=true" in text


def test_a_degraded_edition_is_no_failure_for_systemd() -> None:
    assert "\nSuccessExitStatus=4\n" in SERVICE.read_text(encoding="utf-8")


def test_the_cronjob_runs_one_at_a_time_and_never_as_root() -> None:
    spec = manifests()["CronJob"]["spec"]
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert (spec["concurrencyPolicy"], pod["restartPolicy"]) == ("Forbid", "Never")
    assert pod["securityContext"]["runAsNonRoot"] is True


@pytest.mark.parametrize(("code", "seen"), [(0, 0), (1, 1), (3, 3), (4, 0), (5, 5)])
def test_the_cronjob_takes_a_degraded_edition_for_a_success(tmp_path: Path, code: int, seen: int) -> None:
    pod = manifests()["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (tmp_path / "routecast").write_text(f"#!/bin/sh\nexit {code}\n")
    (tmp_path / "routecast").chmod(0o755)
    words = [*container["command"], *container["args"]]
    done = subprocess.run(words, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False)
    assert done.returncode == seen


def test_the_cronjobs_volumes_are_there() -> None:
    found = manifests()
    pod = found["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    volumes = {v["name"]: v for v in pod["volumes"]}
    assert {m["name"] for m in pod["containers"][0]["volumeMounts"]} == set(volumes)
    claim = volumes["store"]["persistentVolumeClaim"]["claimName"]
    assert claim == found["PersistentVolumeClaim"]["metadata"]["name"]
