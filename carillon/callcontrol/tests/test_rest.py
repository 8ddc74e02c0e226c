"""How long the log may wait: never for a page that somebody looks at, and longer only for many calls together."""

from __future__ import annotations

from carillon.callcontrol.main import BUSY_SECONDS, LOOK_SECONDS, MANY_CALLS, UNSEEN_SECONDS, rest


def test_a_page_that_somebody_looks_at_waits_for_no_rest() -> None:
    assert [rest(ended, watched=True) for ended in (0, MANY_CALLS, 1000)] == [LOOK_SECONDS] * 3


def test_only_many_calls_make_the_log_wait_longer() -> None:
    few, many = rest(MANY_CALLS - 1, watched=False), rest(MANY_CALLS, watched=False)
    assert (rest(0, watched=False), few, many) == (UNSEEN_SECONDS, UNSEEN_SECONDS, BUSY_SECONDS)
    assert LOOK_SECONDS < UNSEEN_SECONDS < BUSY_SECONDS
