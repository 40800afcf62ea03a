"""The files that the recipes install are ones that their programs take, and agree with each other."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from assetreg.cli.servers import on_gunicorn
from assetreg.config import SETTINGS, Settings
from tests.conftest import leave_out
from tests.in_service.machine import EXAMPLES, PAGES, ROOT

WORKER_ENDS_WITHIN_S = 20
UNITS = sorted([*EXAMPLES.glob("*.service"), *EXAMPLES.glob("*.timer")])
MONITORING = (PAGES / "monitoring.md").read_text(encoding="utf-8")
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    return found or leave_out(name, f"no {name} here")


def checked(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def text_of(name: str) -> str:
    return (EXAMPLES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    for each in UNITS:
        text = re.sub(r"/opt/assetreg/bin/assetreg(?= |$)", "/bin/true", each.read_text(encoding="utf-8"))
        (tmp_path / each.name).write_text(text, encoding="utf-8")
    assert checked(analyze, "verify", "--man=no", tmp_path / unit.name) == ""


def test_systemd_takes_a_node_of_several(tmp_path: Path) -> None:
    """The part that is laid over the unit replaces its command; two would be refused."""
    analyze = program("systemd-analyze")
    laid_over = tmp_path / "assetreg.service.d"
    laid_over.mkdir()
    for source, target in (("assetreg.service", tmp_path), ("assetreg-node.conf", laid_over)):
        text = text_of(source).replace("/opt/assetreg/bin/assetreg ", "/bin/true ")
        (target / source).write_text(text, encoding="utf-8")
    assert checked(analyze, "verify", "--man=no", tmp_path / "assetreg.service") == ""


def stated_in(name: str) -> dict[str, str]:
    words = (word for line in text_of(name).splitlines() for word in shlex.split(line, comments=True))
    return dict(word.split("=", 1) for word in words)


@pytest.mark.parametrize("name", ["assetreg.env", "several-nodes.env"])
def test_settings_are_taken(name: str, tmp_path: Path) -> None:
    stated = stated_in(name)
    for each in [each for each in stated if each.endswith("_FILE")]:
        (tmp_path / each).write_text("f" * 64, encoding="ascii")
        stated[each] = str(tmp_path / each)
    settings = Settings.from_env(stated)
    assert settings.https
    assert settings.log_format == "json"
    assert settings.metrics_token
    assert bool(settings.database_read_url) is (name == "several-nodes.env")


@pytest.mark.parametrize("name", ["assetreg.env", "several-nodes.env"])
def test_settings_mean_the_same_to_systemd_and_to_the_shell(name: str) -> None:
    """Else the service and the command would work in different registers."""
    script = f'set -a; . "{EXAMPLES / name}"; env -0'
    sourced = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, env={}).stdout
    found = dict(line.split("=", 1) for line in sourced.split("\0") if line)
    assert {key: value for key, value in found.items() if key.startswith("ASSETREG_")} == stated_in(name)


def test_largest_upload_passes_the_proxy() -> None:
    most = next(int(each.default) for each in SETTINGS if each.name == "ASSETREG_MAX_UPLOAD_MB")
    [passes] = re.findall(r"client_max_body_size (\d+)m;", text_of("nginx.conf"))
    assert most < int(passes) < 2 * most


def test_nodes_are_the_same_in_every_file() -> None:
    haproxy = re.findall(r"server nod\d+ (\S+)", text_of("haproxy.cfg"))
    [scraped] = re.findall(r"targets: \[(10\.[^\]]+)\]", text_of("prometheus.yml"))
    assert scraped.split(", ") == haproxy


def test_node_answers_on_until_the_proxy_has_turned_away_and_may_finish() -> None:
    [drain] = re.findall(r"--drain (\d+)$", text_of("assetreg-node.conf"), re.MULTILINE)
    [(every, times)] = re.findall(r"check inter (\d+)s fall (\d+)", text_of("haproxy.cfg"))
    [patience] = re.findall(r"TimeoutStopSec=(\d+)", text_of("assetreg.service"))
    assert int(every) * int(times) < int(drain)
    assert int(drain) + on_gunicorn.LONGEST_END_S + WORKER_ENDS_WITHIN_S <= int(patience)


def test_alerts_are_about_the_job_that_is_measured() -> None:
    [measured] = yaml.safe_load(text_of("prometheus.yml"))["scrape_configs"]
    alerts = (ROOT / "docs" / "alerts.yml").read_text(encoding="utf-8")
    assert set(re.findall(r'job="(\w+)"', alerts)) == {measured["job_name"]}
    rules = [rule for group in yaml.safe_load(alerts)["groups"] for rule in group["rules"]]
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}
    assert all(rule["annotations"]["summary"].endswith(".") for rule in rules)


def test_every_measure_is_in_the_table() -> None:
    sources = [ROOT / "assetreg" / "web" / name for name in ("metrics.py", "measures.py")]
    sources.append(ROOT / "assetreg" / "jobs" / "heartbeat.py")
    text = "\n".join(each.read_text(encoding="utf-8") for each in sources)
    counters = set(re.findall(r'Counter\(\s*"(assetreg_\w+)"', text))
    told = {f"{name}_total" if name in counters else name for name in re.findall(r'"(assetreg_\w+)"', text)}
    page = (PAGES / "monitoring.md").read_text(encoding="utf-8")
    listed = {
        name for row in re.findall(r"^\| (`assetreg_.*?) \|", page, re.MULTILINE) for name in row.split("`")[1::2]
    }
    assert listed == told


def test_log_line_of_the_page_has_the_fields_of_a_real_one() -> None:
    import json
    import logging

    from assetreg.outputs.log_lines import JsonLines

    [shown] = re.findall(r"^```json\n(.*?)^```$", MONITORING, re.MULTILINE | re.DOTALL)
    stated = json.loads(shown)
    record = logging.LogRecord("assetreg.request", logging.INFO, "", 0, "request", (), None)
    record.facts = {name: stated[name] for name in ("method", "rule", "status", "ms", "account")}
    real = json.loads(JsonLines(request=lambda: stated["request"]).format(record))
    assert list(stated) == list(real)
    assert {**real, "time": stated["time"]} == stated


def test_container_copies_all_that_the_program_is_built_of(tmp_path: Path) -> None:
    copied = re.findall(r"^COPY (?!--from)(.*) (\S+)$", CONTAINER, re.MULTILINE)
    for names, to in copied:
        for name in names.split():
            source, target = ROOT / name, tmp_path / (name if to in (".", "./") else to)
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "made")]
    done = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = (tmp_path / "made").glob("assetreg-*.whl")
    assert wheel.stat().st_size > 100_000


def services() -> Iterator[tuple[str, dict[str, object]]]:
    yield from COMPOSE["services"].items()


def test_compose_names_only_what_it_has() -> None:
    for name, service in services():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"]), name  # type: ignore[call-overload]
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"]), name  # type: ignore[call-overload]
        volumes = {str(each).split(":")[0] for each in service.get("volumes", [])}  # type: ignore[attr-defined]
        assert volumes <= set(COMPOSE["volumes"]), name
        environment = service.get("environment", {})
        assert isinstance(environment, dict)
        for each, value in environment.items():
            if each.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]  # type: ignore[operator]


def test_compose_settings_are_taken(tmp_path: Path) -> None:
    stated = dict(COMPOSE["services"]["register"]["environment"])
    bodies = {"ASSETREG_DATABASE_URL_FILE": f"postgresql://assetreg:{'0f' * 32}@database/assetreg\n"}
    for each in [each for each in stated if each.endswith("_FILE")]:
        (tmp_path / each).write_text(bodies.get(each, "f" * 64), encoding="ascii")
        stated[each] = str(tmp_path / each)
    settings = Settings.from_env(stated)
    assert settings.shown_database == "postgresql+psycopg://assetreg:***@database/assetreg"
    assert settings.https
