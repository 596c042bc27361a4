"""The shipped units and manifests are well-formed, and call commands that there are."""

import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from routecast.terminal.commands_at_need import PLACES, load
from tests.servers import free_port
from tests.tools import run_tool

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SERVICE = DEPLOY / "systemd" / "routecast-weekly.service"
TIMER = DEPLOY / "systemd" / "routecast-weekly.timer"


KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
DOCUMENTS: list[Any] = [d for path in KUBERNETES for d in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
POLICIES = [d["spec"] for d in DOCUMENTS if d["kind"] == "NetworkPolicy"]
PART, COMPONENT = "app.kubernetes.io/part-of", "app.kubernetes.io/component"


def manifests() -> dict[str, Any]:
    documents = yaml.safe_load_all((DEPLOY / "kubernetes" / "weekly.yaml").read_text(encoding="utf-8"))
    return {d["kind"]: d for d in documents}


def pods() -> dict[str, Any]:
    """Component → its pod's template."""
    found = [d["spec"] for d in DOCUMENTS if d["kind"] in ("Deployment", "CronJob")]
    templates = [s["jobTemplate"]["spec"]["template"] if "jobTemplate" in s else s["template"] for s in found]
    return {t["metadata"]["labels"][COMPONENT]: t for t in templates}


def chosen(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a policy's selector means a pod."""
    plain = all(labels.get(k) == v for k, v in selector.get("matchLabels", {}).items())
    assert {e["operator"] for e in selector.get("matchExpressions", [])} <= {"In"}
    return plain and all(labels.get(e["key"]) in e["values"] for e in selector.get("matchExpressions", []))


def reached(component: str, *, way: str) -> set[tuple[str, int]]:
    """Whom a pod may ask (`egress`), or who may ask it (`ingress`), each with the port."""
    labels, found = pods()[component]["metadata"]["labels"], set()
    rules = [r for p in POLICIES if chosen(p["podSelector"], labels) for r in p.get(way, [])]
    for rule in rules:
        for other in rule["to" if way == "egress" else "from"]:
            if "ipBlock" in other:
                names = ["internet"]
            elif "namespaceSelector" in other:
                names = list(other["namespaceSelector"]["matchLabels"].values())
            else:
                wanted = other["podSelector"]
                names = [c for c, pod in pods().items() if chosen(wanted, pod["metadata"]["labels"])]
                names = names or list(wanted["matchLabels"].values())
            found |= {(name, port["port"]) for name in names for port in rule["ports"]}
    return found


def options(command: str) -> set[str]:
    return {o for p in load(command).params for o in p.opts}


def called(text: str) -> list[tuple[str, list[str]]]:
    """Each `routecast COMMAND --option` in a text."""
    return [
        (m[1], re.findall(r"--[a-z-]+", m[2])) for m in re.finditer(r"routecast ([a-z]+)((?: --?[\w.-]+| \d+)*)", text)
    ]


CALLING = [SERVICE, *(DEPLOY / "kubernetes" / f"{n}.yaml" for n in ("weekly", "dashboard")), DEPLOY / "compose.yaml"]


@pytest.mark.parametrize("path", CALLING, ids=lambda p: p.name)
def test_commands_that_are_called_exist_with_their_options(path: Path) -> None:
    lines = [
        line for line in path.read_text(encoding="utf-8").splitlines() if re.search("ExecStart|args|command", line)
    ]
    lines = [re.sub(r'[\[\],"]+', " ", line).replace("  ", " ") for line in lines]
    calls = called("\n".join(lines))
    assert calls
    for command, given in calls:
        assert set(given) <= options(command)


def test_commands_in_the_documentation_exist_with_their_options() -> None:
    text = (DEPLOY.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    calls = re.findall(r"routecast ((?:[a-z]+ )*[a-z]+)((?: (?:--?[\w-]+|[\w./:-]+|\"[^\"]*\"))*)", text)
    assert len(calls) > 8
    for words, rest in calls:
        first, *rest_of_them = words.split()
        assert first in PLACES, words
        command = load(first)
        for word in rest_of_them:
            command = getattr(command, "commands", {}).get(word, command)
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


def test_manifests_fit_the_schema_of_kubernetes(tmp_path: Path) -> None:
    code = (
        "import json, sys, kubernetes_validate as k\n"
        "for document in json.load(open(sys.argv[1], encoding='utf-8')): k.validate(document, '1.32', strict=True)\n"
        "print('good')"
    )
    (tmp_path / "all.json").write_text(json.dumps(DOCUMENTS), encoding="utf-8")
    assert run_tool("kubernetes_validate", code, str(tmp_path / "all.json")) == "good\n"


@pytest.mark.parametrize("component", sorted(pods()))
def test_pod_has_no_right_that_it_does_not_need(component: str) -> None:
    spec = pods()[component]["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & set(spec)
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert {next(k for k in v if k != "name") for v in spec["volumes"]} <= {"persistentVolumeClaim", "emptyDir"}
    assert all(v["emptyDir"]["sizeLimit"] for v in spec["volumes"] if "emptyDir" in v)
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}
    assert container["resources"]["limits"]["memory"]
    assert "/tmp" in {m["mountPath"] for m in container["volumeMounts"]}
    served = spec.get("restartPolicy") != "Never"
    assert {"readinessProbe", "livenessProbe"} <= set(container) or not served


@pytest.mark.asvs("V13.2.5")
def test_pods_reach_only_what_they_need() -> None:
    everybody = {"matchLabels": {PART: "routecast"}}
    assert {"podSelector": everybody, "policyTypes": ["Ingress", "Egress"]} in POLICIES  # nobody anybody
    assert {t["metadata"]["labels"][PART] for t in pods().values()} == {"routecast"}
    dns, outside, database = ("kube-system", 53), ("internet", 443), ("postgresql", 5432)
    assert {name: reached(name, way="egress") for name in pods()} == {
        "dashboard": {dns, outside, database},
        "weekly": {dns, outside, database, ("dask-scheduler", 8786)},
        "dask-scheduler": {dns, ("dask-worker", 8788), ("dask-worker", 8789)},
        "dask-worker": {dns, ("dask-scheduler", 8786), ("dask-worker", 8788)},
    }
    assert {name: reached(name, way="ingress") for name in pods()} == {
        "dashboard": {("ingress-nginx", 8501)},
        "weekly": set(),
        "dask-scheduler": {("weekly", 8786), ("dask-worker", 8786)},
        "dask-worker": {(name, port) for name in ("dask-scheduler", "dask-worker") for port in (8788, 8789)},
    }


def test_services_lead_to_pods_and_ports_that_there_are() -> None:
    for service in (d for d in DOCUMENTS if d["kind"] == "Service"):
        selector = {"matchLabels": service["spec"]["selector"]}
        (template,) = [t for t in pods().values() if chosen(selector, t["metadata"]["labels"])]
        ports = {p["name"] for c in template["spec"]["containers"] for p in c["ports"]}
        assert {p["targetPort"] for p in service["spec"]["ports"]} <= ports


@pytest.mark.slow
def test_dasks_commands_start_and_answer_their_probes(tmp_path: Path) -> None:
    """The words of the manifests, on ports of this machine."""
    ports = {name: str(free_port()) for name in ("8786", "8787", "8788", "8789", "8790")}

    def here(component: str) -> list[str]:
        words = " ".join(pods()[component]["spec"]["containers"][0]["args"]).replace("routecast-dask:", "127.0.0.1:")
        for named, free in ports.items():
            words = words.replace(named, free)
        return [str(Path(sys.executable).parent / "dask"), *words.replace("/tmp", str(tmp_path)).split()[1:]]

    with ExitStack() as stack:
        for component in ("dask-scheduler", "dask-worker"):
            running = stack.enter_context(subprocess.Popen(here(component), stderr=subprocess.DEVNULL, cwd=tmp_path))
            stack.callback(running.terminate)
        assert {_health(ports[http]) for http in ("8787", "8790")} == {"ok"}


def _health(port: str) -> str:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def test_containers_of_compose_have_no_right_that_they_do_not_need() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for service in services.values():
        assert (service["user"], service["read_only"], service["cap_drop"]) == ("10001:10001", True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["tmpfs"][0].startswith("/tmp:")
        assert not {"privileged", "cap_add", "network_mode", "devices"} & set(service)
    assert services["dashboard"]["ports"] == ["127.0.0.1:8501:8501"]  # TLS comes before it


def test_image_runs_as_a_numbered_user_and_writes_to_two_folders() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (.*)$", text, flags=re.MULTILINE) == ["10001:10001"]
    assert re.findall(r"^VOLUME (.*)$", text, flags=re.MULTILINE) == ["/store"]
    assert {"HOME=/tmp", "MPLCONFIGDIR=/tmp", "NUMBA_CACHE_DIR=/tmp"} <= set(text.split())
    ignored = (DEPLOY / "Containerfile.containerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", "tests", "benchmarks", ".venv"} <= set(ignored)
