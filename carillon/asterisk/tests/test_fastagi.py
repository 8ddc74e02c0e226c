"""FastAGI without Asterisk: what is sent is read back as it was meant, and a death is told from an end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from carillon.asterisk.fastagi import AgiError, Channel, ChannelGone, Server, argument, quoted

anything = st.text(st.one_of(st.sampled_from('"\\ ,()[]\t$'), st.characters(exclude_characters="\n\r\0")), max_size=60)


def parsed(line: str) -> list[str]:
    """Read a command line as Asterisk does: words at blanks, quotes keep them together, a backslash takes the next."""
    words: list[str] = []
    word, in_quotes, started, escaped = "", False, False, False
    for sign in line:
        if escaped:
            word, escaped, started = word + sign, False, True
        elif sign == "\\":
            escaped = True
        elif sign == '"':
            in_quotes, started = not in_quotes, True
        elif sign in " \t" and not in_quotes:
            words, word, started = [*words, word] if started else words, "", False
        else:
            word, started = word + sign, True
    assert not in_quotes
    return [*words, word] if started else words


@given(anything)
def test_a_quoted_text_is_one_argument_and_the_same(words: str) -> None:
    assert parsed(f"SET VARIABLE X {quoted(words)}") == ["SET", "VARIABLE", "X", words]


@pytest.mark.parametrize("sign", ["\n", "\r", "\0"])
def test_a_line_break_is_refused(sign: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        quoted(f"a{sign}EXEC Hangup")


def split_arguments(line: str) -> list[str]:
    """Split an application's arguments as Asterisk does: not inside brackets, quotes or after a backslash."""
    found, depth, in_quotes, escaped = [""], 0, False, False
    for sign in line:
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
            continue
        elif sign == '"':
            in_quotes = not in_quotes
            continue
        elif sign in "([":
            depth += 1
        elif sign in ")]" and depth:
            depth -= 1
        elif sign == "," and not depth and not in_quotes:
            found.append("")
            continue
        found[-1] += sign
    return found


@given(st.lists(anything, min_size=1, max_size=4))
def test_arguments_stay_apart_or_are_refused(words: list[str]) -> None:
    try:
        line = ",".join(map(argument, words))
    except ValueError:
        return
    assert split_arguments(line) == words


@asynccontextmanager
async def asterisk_meets(
    script: Callable[[Channel], Awaitable[None]], environment: bytes = b"agi_context: org-1\nagi_extension: 9001\n\n"
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, Server]]:
    server = Server(script)
    await server.start("127.0.0.1", 0)
    assert server.port
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(environment)
    yield reader, writer, server
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    await asyncio.wait_for(server.drain(), 2)


async def test_a_script_executes_asks_and_notices_that_the_caller_is_gone() -> None:
    told: list[str] = []

    async def script(channel: Channel) -> None:
        told.append(channel.env["context"])
        told.append(await channel.execute("Dial", "PJSIP/a&PJSIP/b", "30", "gL(5000)"))
        told.append(await channel.get("${DIALSTATUS}|${HANGUPCAUSE}"))
        told.append(str(channel.hungup))

    async with asterisk_meets(script) as (reader, writer, _server):
        assert await reader.readline() == b'EXEC Dial "PJSIP/a&PJSIP/b,30,gL(5000)"\n'
        writer.write(b"200 result=-1\nHANGUP\n")
        assert await reader.readline() == b'GET FULL VARIABLE "${DIALSTATUS}|${HANGUPCAUSE}"\n'
        writer.write(b"200 result=1 (ANSWER|16 (x))\n")
        assert await reader.read() == b""
    assert told == ["org-1", "-1", "ANSWER|16 (x)", "True"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"200 result=-2\n", AgiError),
        (b"510 Invalid or unknown command\n", AgiError),
        (b"520-Invalid command syntax.\nUsage\n520 End of proper usage.\n", AgiError),
        (b"511 Command Not Permitted on a dead channel or intercept routine\n", ChannelGone),
        (b"", ChannelGone),
    ],
)
async def test_each_refusal_has_its_exception(answer: bytes, error: type[Exception]) -> None:
    raised: list[BaseException] = []

    async def script(channel: Channel) -> None:
        try:
            await channel.execute("Nonsense")
        except (AgiError, ChannelGone) as one:
            raised.append(one)

    async with asterisk_meets(script) as (reader, writer, _server):
        await reader.readline()
        writer.write(answer)
        writer.write_eof()
        await reader.read()
    assert [type(one) for one in raised] == [error]


@pytest.mark.parametrize(
    "environment",
    [
        b"agi_callerid: 1\nagi_context: org-2\nagi_context: org-1\n\n",
        b"agi_callerid: 1\nanything\n\n",
        b"agi_callerid: 1\nHANGUP: x\n\n",
    ],
)
async def test_a_forged_environment_is_no_call(environment: bytes) -> None:
    calls: list[Channel] = []

    async def script(channel: Channel) -> None:
        calls.append(channel)

    async with asterisk_meets(script, environment) as (reader, _writer, _server):
        assert await reader.read() == b""
    assert calls == []


async def test_what_is_no_variable_no_application_or_too_long_is_never_sent() -> None:
    done = asyncio.Event()

    async def script(channel: Channel) -> None:
        for name in ("A B", "A\nB", 'A"', "", "CALLERID(num) x"):
            with pytest.raises(ValueError, match="not a variable"):
                await channel.set(name, "x")
        with pytest.raises(ValueError, match="not an application"):
            await channel.execute("Dial x", "y")
        with pytest.raises(ValueError, match="8000 bytes"):
            await channel.execute("Dial", "é" * 4000)
        done.set()

    async with asterisk_meets(script) as (reader, _writer, _server):
        assert await reader.read() == b""
    assert done.is_set()


async def test_draining_takes_no_new_calls_and_waits_for_the_running_one() -> None:
    go_on = asyncio.Event()

    async def script(_channel: Channel) -> None:
        await go_on.wait()

    async with asterisk_meets(script) as (_reader, _writer, server):
        await asyncio.sleep(0.05)
        assert server.calls == 1
        draining = asyncio.create_task(server.drain())
        await asyncio.sleep(0.05)
        assert not draining.done()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
        go_on.set()
        await asyncio.wait_for(draining, 2)


def test_a_script_runs_on_the_loop_that_the_workers_use() -> None:
    """Their transports are of another kind than asyncio's own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test_a_script_executes_asks_and_notices_that_the_caller_is_gone())


async def test_a_caller_who_is_gone_before_the_first_command_ends_the_script() -> None:
    raised: list[BaseException] = []

    async def script(channel: Channel) -> None:
        try:
            await channel.get("${DIALSTATUS}")
        except ChannelGone as one:
            raised.append(one)

    async with asterisk_meets(script, b"agi_context: org-1\n\nHANGUP\n") as (reader, writer, _server):
        writer.write_eof()
        await reader.read()
    assert len(raised) == 1


async def test_a_connection_that_says_nothing_is_no_call() -> None:
    calls: list[Channel] = []

    async def script(channel: Channel) -> None:
        calls.append(channel)

    async with asterisk_meets(script, b"agi_context: org-1\n") as (reader, writer, _server):
        writer.write_eof()
        assert await reader.read() == b""
    assert calls == []
