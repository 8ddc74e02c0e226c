"""Asking the database from a coroutine, where no call waits for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, connection

T = TypeVar("T")


async def in_thread(question: Callable[[], T]) -> T:
    """Ask on a thread of the default pool; a broken connection is not kept."""

    def ask() -> T:
        try:
            return question()
        except DatabaseError:
            connection.close()
            raise

    return await asyncio.to_thread(ask)
