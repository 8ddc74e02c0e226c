"""The background worker: takes jobs, tries failed ones again, runs periodic ones, and says that it is alive."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType
from typing import Any

import structlog
from django.db import OperationalError, close_old_connections, connection
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker as TaskWorker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import exclusive_transaction

from carillon.jobs.models import WorkerAlive
from carillon.jobs.periodic import run_due
from carillon.jobs.retry import TRIES, wait_before

log = structlog.get_logger()
INTERVAL_SECONDS = 0.25
ALIVE_SECONDS = 5
PERIODIC_SECONDS = 5


class Worker:
    """One process that works. It ends after the job at hand when told to (SIGTERM, SIGINT)."""

    def __init__(self) -> None:
        self.name = f"{os.getpid()}-{get_random_string(12)}"
        self.ending = threading.Event()
        self.runner = TaskWorker(
            queue_names=["*"],
            interval=INTERVAL_SECONDS,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=self.name,
            excluded_queue_names=[],
        )

    def stop(self, number: int, frame: FrameType | None) -> None:
        self.ending.set()

    def keep_alive(self) -> None:
        """Write a sign of life until the end, also during a long job; a database that is away is waited for."""
        while not self.ending.is_set():
            try:
                WorkerAlive.objects.update_or_create(worker_id=self.name, defaults={"seen_at": timezone.now()})
            except OperationalError:
                connection.close()
            self.ending.wait(ALIVE_SECONDS)
        connection.close()

    def take(self) -> DBTaskResult[..., Any] | None:
        """Claim the next ready job."""
        jobs = DBTaskResult.objects.ready().filter(backend_name="default")
        with exclusive_transaction(jobs.db):
            job: DBTaskResult[..., Any] | None = jobs.get_locked()
            if job is not None:
                job.claim(self.name)
        return job

    def work(self, job: DBTaskResult[..., Any]) -> None:
        """Run a job; one that failed goes back with a later start until its tries are used up."""
        self.runner.run_task(job)
        job.refresh_from_db()
        if job.status != TaskResultStatus.FAILED:
            return
        tries = len(job.worker_ids)
        if tries >= TRIES:
            log.error("job_given_up", job=str(job.pk), task=job.task_path, tries=tries)
            return
        again = timezone.now() + wait_before(tries + 1)
        failed = DBTaskResult.objects.filter(pk=job.pk, status=TaskResultStatus.FAILED)
        failed.update(status=TaskResultStatus.READY, run_after=again, started_at=None, finished_at=None)
        log.warning("job_tried_again", job=str(job.pk), task=job.task_path, tries=tries, at=again.isoformat())

    def run(self) -> None:
        """Work until told to end."""
        periodic_at = 0.0
        while not self.ending.is_set():
            close_old_connections()
            try:
                if time.monotonic() >= periodic_at:
                    periodic_at = time.monotonic() + PERIODIC_SECONDS
                    run_due()
                job = self.take()
                if job is not None:
                    self.work(job)
                    continue
            except OperationalError as error:
                log.warning("database_away", error=str(error)[:200])
                connection.close()
                self.ending.wait(2)
            self.ending.wait(INTERVAL_SECONDS)


def run() -> None:
    """Be the process `carillon worker`."""
    worker = Worker()
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    alive = threading.Thread(target=worker.keep_alive, name="alive", daemon=True)
    alive.start()
    log.info("worker_started", worker=worker.name)
    worker.run()
    alive.join(timeout=2)
    log.info("worker_ended", worker=worker.name)
