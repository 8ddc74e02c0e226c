"""The console without Asterisk: one command a connection, its greeting left out, an absent engine named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from carillon.asterisk.console import Console, ConsoleError


@asynccontextmanager
async def engine(folder: Path, *, silent: bool = False) -> AsyncIterator[tuple[Console, list[bytes]]]:
    """Something that listens as Asterisk does and keeps what it was told."""
    told: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"host/1/22.10.1\n")
        told.append(await reader.readuntil(b"\0"))
        if silent:
            await reader.read()
        else:
            writer.write(b"Module reloaded.\nTwice.\n")
        writer.close()

    server = await asyncio.start_unix_server(serve, folder / "ctl")
    async with server:
        yield Console(folder / "ctl", seconds=0.2), told


async def test_an_answer_comes_without_the_greeting(tmp_path: Path) -> None:
    async with engine(tmp_path) as (console, told):
        assert await console.ask("module", "reload", "res_pjsip.so") == "Module reloaded.\nTwice.\n"
    assert told == [b"cli quit after module reload res_pjsip.so\0"]


@pytest.mark.parametrize("word", ["a b", "a\0core stop now", 'a"', "", "$(x)", "a\nb", "é"])
async def test_what_is_no_word_is_never_sent(tmp_path: Path, word: str) -> None:
    async with engine(tmp_path) as (console, told):
        with pytest.raises(ValueError, match="not a word"):
            await console.ask("database", "del", word)
    assert told == []


async def test_an_engine_that_is_away_or_silent_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConsoleError, match="does not run"):
        await Console(tmp_path / "nothing").ask("core", "ping")
    async with engine(tmp_path, silent=True) as (console, _told):
        with pytest.raises(ConsoleError, match=r"does not answer to 'core ping' within 0.2 s"):
            await console.ask("core", "ping")
