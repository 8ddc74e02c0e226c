"""Periodic jobs: when each ran last, so that only one worker runs it at a time."""

from __future__ import annotations

from django.db import models


class PeriodicJob(models.Model):
    """One row per periodic job; a worker claims a due one by a conditional UPDATE of next_at."""

    name = models.CharField(max_length=60, unique=True)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class WorkerAlive(models.Model):
    """A worker's sign of life; jobs of a silent one are given to others."""

    worker_id = models.CharField(max_length=64, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker_id
