"""``/metrics`` needs its token, and every alert that is recommended asks for something it tells."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from assetreg.config import Settings
from assetreg.db.job import Job
from assetreg.db.session import Database
from assetreg.domain.access import EVERYTHING, system
from assetreg.domain.terms import Door, JobState
from assetreg.jobs import heartbeat
from assetreg.services import jobs
from tests.web.conftest import NOON, Clock, MakeApp, browser

TOKEN = "en lång token som bara mätaren har"
ALERTS = Path(__file__).parent.parent.parent / "docs" / "alerts.yml"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SUFFIXES = r"(_total|_bucket|_sum|_count|_created)$"


@pytest.fixture
def watched(settings: Settings) -> Settings:
    return replace(settings, metrics_token=TOKEN.encode())


def told(make_app: MakeApp, settings: Settings) -> dict[tuple[str, str], float]:
    answer = browser(make_app(settings)).get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(each.name, ",".join(each.labels.values())): each.value for family in families for each in family.samples}


def test_nobody_reads_without_the_token(make_app: MakeApp, settings: Settings, watched: Settings) -> None:
    closed, open_ = make_app(settings), make_app(watched)
    assert browser(closed).get("/metrics", headers=BEARER).status_code == 403
    assert browser(closed).get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403
    for stated in ({}, {"Authorization": "Bearer fel"}, {"Authorization": f"Basic {TOKEN}"}):
        refused = browser(open_).get("/metrics", headers=stated)
        assert refused.status_code == 401
        assert "assetreg_" not in refused.text
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_jobs_and_register_are_counted(
    make_app: MakeApp, watched: Settings, web_database: Database, clock: Clock
) -> None:
    with web_database.transaction(EVERYTHING) as session:
        for number in range(3):
            jobs.enqueue(session, "import.stage", {"import": number}, actor=system(Door.CLI, NOON))
        old = session.execute(select(Job).order_by(Job.id)).scalars().first()
        assert old is not None
        old.state, old.ended_at = JobState.FAILED, NOON - timedelta(days=2)
    clock.turn(minutes=7)
    found = told(make_app, watched)
    assert found["assetreg_jobs", "queued"] == 2
    assert found["assetreg_jobs", "running"] == 0
    assert found["assetreg_jobs_failed", ""] == 0
    assert found["assetreg_jobs_oldest_seconds", ""] == 420
    assert found["assetreg_history_protected", ""] == 1
    assert found["assetreg_database_up", ""] == 1
    assert found["assetreg_migration", ""] == found["assetreg_migration_newest", ""] > 0


def test_silent_database_is_told_and_not_a_fault(make_app: MakeApp, watched: Settings, tmp_path: Path) -> None:
    from assetreg.app import create_app

    nowhere = Database(f"sqlite:///{tmp_path}/no/such.db", history_key=watched.history_key)
    answer = create_app(watched, database=nowhere).test_client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert "assetreg_database_up 0.0" in answer.text
    nowhere.close()


def test_every_alert_asks_for_what_is_told(make_app: MakeApp, watched: Settings) -> None:
    rules = [rule for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
    known = {re.sub(SUFFIXES, "", name) for name, _ in told(make_app, watched)} | set(_worker())
    known |= {"assetreg_failed_logins", "assetreg_http_requests", "assetreg_devices"}
    asked = {name for rule in rules for name in re.findall(r"\bassetreg_\w+", rule["expr"])}
    assert {name for name in asked if re.sub(SUFFIXES, "", name) not in known} == set()
    assert len(rules) >= 8
    for rule in rules:
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["labels"]["severity"] in {"page", "ticket"}


def _worker() -> list[str]:
    return [family.name for family in heartbeat._seen.collect()]
