"""Which periodic job is due, and that only one worker runs it."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from carillon.jobs.models import PeriodicJob

log = structlog.get_logger()


def run_due() -> list[str]:
    """Run each due job of PERIODIC_JOBS that this worker wins; return their names. Failures wait for the next turn."""
    done = []
    known = dict(PeriodicJob.objects.values_list("name", "next_at"))
    for name, seconds in settings.PERIODIC_JOBS.items():
        now = timezone.now()
        if name not in known:
            PeriodicJob.objects.get_or_create(name=name, defaults={"next_at": now})
        elif known[name] > now:
            continue
        if not claim(name, seconds):
            continue
        try:
            import_string(name)()
        except Exception:  # the top of a task
            log.exception("periodic_job_failed", job=name)
        else:
            done.append(name)
    return done


def claim(name: str, seconds: int) -> bool:
    """Take this run of the job, by one conditional UPDATE: of several workers exactly one gets True."""
    now = timezone.now()
    due = PeriodicJob.objects.filter(name=name, next_at__lte=now)
    return bool(due.update(next_at=now + timedelta(seconds=seconds), last_at=now))
