"""AMI without Asterisk: actions find their answers, a broken connection is made again, hostile text is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carillon.asterisk.ami import Ami, AmiError, Message, frame


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_field_is_one_line_or_refused(name: str, value: str) -> None:
    try:
        data = frame([("Action", "Ping"), (name, value)])
    except ValueError:
        assert set(name + value) & set("\r\n\0")
        return
    assert data == f"Action: Ping\r\n{name}: {value}\r\n\r\n".encode()


class Engine:
    """Says yes to everything except to what is called Refuse; Break breaks the connection."""

    def __init__(self) -> None:
        self.asked: list[Message] = []
        self.port = 0
        self.serving: list[asyncio.Task[None]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.serving.append(task)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        with suppress(ConnectionError):
            while data := await self._request(reader):
                message = dict(line.split(": ", 1) for line in data.split("\r\n") if line)
                self.asked.append(message)
                if message["Action"] == "Break":
                    break
                if message["Action"] == "Silent":
                    continue
                verdict = "Error\r\nMessage: no such thing" if message["Action"] == "Refuse" else "Success"
                writer.write(b"Event: FullyBooted\r\nPrivilege: system,all\r\n\r\n")
                writer.write(f"Response: {verdict}\r\nActionID: {message['ActionID']}\r\n\r\n".encode())
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _request(self, reader: asyncio.StreamReader) -> str:
        try:
            return (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return ""


@asynccontextmanager
async def connected(events: list[Message]) -> AsyncIterator[tuple[Ami, Engine]]:
    engine = Engine()
    server = await asyncio.start_server(engine.serve, "127.0.0.1", 0)
    engine.port = server.sockets[0].getsockname()[1]
    ami = Ami("127.0.0.1", engine.port, "carillon", "secret", on_event=events.append)
    running = asyncio.create_task(ami.run())
    try:
        await asyncio.wait_for(ami.connected.wait(), 2)
        yield ami, engine
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        server.close()
        await asyncio.wait_for(asyncio.gather(*engine.serving), 2)


async def test_it_signs_in_and_actions_asked_at_once_get_their_own_answers() -> None:
    events: list[Message] = []
    async with connected(events) as (ami, engine):
        answers = await asyncio.gather(*(ami.action("Ping") for _ in range(20)))
        assert len({answer["ActionID"] for answer in answers}) == 20
        assert (engine.asked[0]["Action"], engine.asked[0]["Secret"]) == ("Login", "secret")
        assert events[0]["Event"] == "FullyBooted"
        with pytest.raises(AmiError, match="Refuse: no such thing"):
            await ami.action("Refuse")
        with pytest.raises(AmiError, match="no answer in"):
            await ami.action("Silent", seconds=0.05)
        with pytest.raises(ValueError, match="line break"):
            await ami.action("Ping", ("Variable", "a\r\nAction: Originate"))


async def test_a_broken_connection_is_told_and_made_again() -> None:
    async with connected([]) as (ami, _engine):
        with pytest.raises(AmiError, match="broke"):
            await ami.action("Break")
        await asyncio.wait_for(ami.connected.wait(), 2)
        assert (await ami.action("Ping"))["Response"] == "Success"


async def test_without_a_connection_an_action_says_so() -> None:
    with pytest.raises(AmiError, match="not connected"):
        await Ami("127.0.0.1", 1, "a", "b").action("Ping")
