"""Jobs: done once, tried again later, given back when their worker is killed; periodic ones run by one worker only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from carillon.jobs.models import PeriodicJob, WorkerAlive
from carillon.jobs.periodic import claim, run_due
from carillon.jobs.reaper import SILENT, prune, reap
from carillon.jobs.retry import TRIES, wait_before
from carillon.jobs.tests.tasks import fail, hang_once, note
from carillon.jobs.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def _work() -> int:
    worker, done = Worker(), 0
    while job := worker.take():
        worker.work(job)
        done += 1
    return done


def test_jobs_are_done_once_and_in_order(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for text in "abc":
        note.enqueue(str(out), text)
    assert _work() == 3
    assert out.read_text() == "a\nb\nc\n"
    assert _work() == 0


def test_a_job_of_a_change_that_failed_never_runs(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        note.enqueue(str(tmp_path / "out"), "x")
        raise ZeroDivisionError
    assert _work() == 0


def test_a_failed_job_is_tried_again_later_and_given_up_at_last(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fail.enqueue(str(out))
    for turn in range(1, TRIES + 1):
        assert _work() == 1
        assert _work() == 0, "not at once"
        job = DBTaskResult.objects.get()
        if turn < TRIES:
            assert job.status == TaskResultStatus.READY
            pause = job.run_after - timezone.now()
            assert timedelta(0) < pause <= wait_before(turn + 1)
            DBTaskResult.objects.update(run_after=timezone.now())
    assert DBTaskResult.objects.get().status == TaskResultStatus.FAILED
    assert out.read_text().count("tried") == TRIES


def test_pauses_double_up_to_an_hour() -> None:
    assert [wait_before(attempt).total_seconds() for attempt in (2, 3, 4, 12, 40)] == [10, 20, 40, 3600, 3600]


def _wait(condition: Callable[[], bool], what: str, seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.1)


def _file_database(path: Path) -> BaseDatabaseWrapper:
    """Copy the test's database, which is in memory, to a file that other processes can open."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    copy = connection.copy()
    copy.settings_dict["NAME"] = str(path)
    return copy


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start real worker processes on the test's database."""
    original = connections["default"]
    if connection.vendor == "sqlite":
        connections["default"] = _file_database(tmp_path / "jobs.sqlite3")
    name = connection.settings_dict["NAME"]
    code = (
        "import django;from django.conf import settings;"
        f"settings.DATABASES['default']['NAME']={str(name)!r};settings.PERIODIC_JOBS={{}};"
        "django.setup();from carillon.jobs.worker import run;run()"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "carillon.settings", "CARILLON_DATA": str(tmp_path / "data")}
    running: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=project.PROJECT)
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()
    if connections["default"] is not original:
        connections["default"].close()
        connections["default"] = original


def test_a_job_whose_worker_is_killed_is_done_by_another(
    start: Callable[[], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    hang_once.enqueue(str(out))
    first = start()
    _wait(out.exists, "the job begins")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert DBTaskResult.objects.get().status == TaskResultStatus.RUNNING
    WorkerAlive.objects.update(seen_at=timezone.now() - 2 * SILENT)
    assert reap() == 1
    second = start()
    _wait(lambda: DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL, "another worker does it")
    assert len(out.read_text().splitlines()) == 2
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=20) == 0, "told to end, it ends cleanly"


def test_two_workers_share_the_jobs_and_do_each_once(
    start: Callable[[], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for number in range(40):
        note.enqueue(str(out), str(number))
    start()
    start()
    _wait(lambda: not DBTaskResult.objects.exclude(status=TaskResultStatus.SUCCESSFUL).exists(), "all are done")
    assert sorted(map(int, out.read_text().split())) == list(range(40))


def _running(worker: str, tries: int = 1) -> DBTaskResult[..., Any]:
    note.enqueue("/dev/null", "x")
    job = DBTaskResult.objects.latest("enqueued_at")
    job.worker_ids = [worker] * tries
    job.status, job.started_at = TaskResultStatus.RUNNING, timezone.now() - timedelta(hours=5)
    job.save()
    return job


def test_the_job_of_a_living_worker_is_left_alone_however_long_it_takes() -> None:
    WorkerAlive.objects.create(worker_id="busy", seen_at=timezone.now())
    _running("busy")
    assert reap() == 0


def test_a_job_that_killed_too_many_workers_is_given_up() -> None:
    job = _running("dead", tries=TRIES)
    assert reap() == 1
    job.refresh_from_db()
    assert job.status == TaskResultStatus.FAILED


def test_finished_jobs_are_deleted_after_a_week(tmp_path: Path) -> None:
    for text in "ab":
        note.enqueue(str(tmp_path / "out"), text)
    _work()
    old = DBTaskResult.objects.all()[:1]  # it was just made
    DBTaskResult.objects.filter(pk__in=[job.pk for job in old]).update(finished_at=timezone.now() - timedelta(days=8))
    assert prune() == 1
    assert DBTaskResult.objects.count() == 1


def test_a_periodic_run_is_won_by_one_worker() -> None:
    PeriodicJob.objects.create(name="x", next_at=timezone.now())
    assert [claim("x", 60) for _turn in range(3)] == [True, False, False]


def test_every_periodic_job_of_the_settings_runs_when_due() -> None:
    assert set(run_due()) == set(project.PERIODIC_JOBS)
    assert run_due() == []
    PeriodicJob.objects.update(next_at=timezone.now())
    assert set(run_due()) == set(project.PERIODIC_JOBS)


def test_a_periodic_job_that_fails_does_not_stop_the_others(settings: Any) -> None:
    settings.PERIODIC_JOBS = {"carillon.jobs.reaper.missing": 60, "carillon.jobs.reaper.reap": 60}
    assert run_due() == ["carillon.jobs.reaper.reap"]
