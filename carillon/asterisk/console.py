"""Asterisk's console, asked over its socket: reloads, what is registered, what to forget; nobody listens in between."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

#: What may stand in a command: no quotes, no blanks, nothing that could begin another word or command.
_WORD = re.compile(r"[\w./:;@*+=-]+", re.ASCII)
#: Asterisk's own client says so for one command; the connection then ends with its answer.
_ONE_COMMAND = "cli quit after "


class ConsoleError(Exception):
    """Asterisk does not run or does not answer; carries the sentence for the log."""


class Console:
    """A console of the Asterisk whose control socket this is; a connection per command, each a fraction of 1 ms."""

    def __init__(self, socket: Path, seconds: float = 5.0) -> None:
        self._socket, self._seconds = socket, seconds

    async def ask(self, *words: str) -> str:
        """Return what Asterisk prints; ConsoleError when it is away, ValueError for what is no word of a command."""
        for word in words:
            if not _WORD.fullmatch(word):
                raise ValueError(f"not a word of a console command: {word!r}")
        command = " ".join(words)
        try:
            answer = await asyncio.wait_for(self._asked(command), self._seconds)
        except TimeoutError:
            raise ConsoleError(f"Asterisk does not answer to {command!r} within {self._seconds:g} s") from None
        except OSError as error:
            raise ConsoleError(f"Asterisk does not run: {error}") from error
        # It greets with a line of its own: name, process and version.
        return answer.partition("\n")[2]

    async def _asked(self, command: str) -> str:
        reader, writer = await asyncio.open_unix_connection(self._socket)
        try:
            writer.write(f"{_ONE_COMMAND}{command}\0".encode())
            return (await reader.read()).decode("utf-8", "replace")
        finally:
            writer.close()
