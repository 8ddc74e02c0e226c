"""What happens to jobs whose worker died, and how long finished ones are kept."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db.models import Q
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from carillon.jobs.models import WorkerAlive
from carillon.jobs.retry import TRIES

log = structlog.get_logger()
#: A worker writes a sign of life each 5 s; one that is silent this long is dead.
SILENT = timedelta(seconds=20)
KEPT = timedelta(days=7)
#: Rows per statement, so that no write holds SQLite for long.
CHUNK = 200


def reap() -> int:
    """Give jobs of dead workers back to the others; one that killed its worker too often is given up."""
    now = timezone.now()
    alive = set(WorkerAlive.objects.filter(seen_at__gt=now - SILENT).values_list("worker_id", flat=True))
    freed = 0
    for job in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)[:CHUNK]:
        if set(job.worker_ids) & alive and job.worker_ids[-1] in alive:
            continue
        given_up = len(job.worker_ids) >= TRIES
        status = TaskResultStatus.FAILED if given_up else TaskResultStatus.READY
        same = DBTaskResult.objects.filter(pk=job.pk, status=TaskResultStatus.RUNNING, started_at=job.started_at)
        freed += same.update(status=status, started_at=None, finished_at=now if given_up else None)
        log.warning("job_of_dead_worker", job=str(job.pk), task=job.task_path, given_up=given_up)
    WorkerAlive.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
    return freed


def prune() -> int:
    """Delete finished jobs that nobody asks for any more, in chunks."""
    old = DBTaskResult.objects.filter(
        Q(status=TaskResultStatus.SUCCESSFUL) | Q(status=TaskResultStatus.FAILED), finished_at__lt=timezone.now() - KEPT
    )
    total = 0
    while chunk := list(old.values_list("pk", flat=True)[:CHUNK]):
        total += DBTaskResult.objects.filter(pk__in=chunk).delete()[0]
    return total
