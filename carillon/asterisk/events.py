"""What a line of Asterisk's call event file says, however hostile the names in it.

Asterisk's own JSON form is not used: it escapes quotes but no backslashes, so that a caller whose name holds a
backslash could end a field and forge the next one. Doubled quotes cannot be broken out of.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: In the order of deploy/asterisk/cel_custom.conf; eventtime is seconds since 1970 UTC with microseconds.
FIELDS = (
    "eventtype",
    "eventtime",
    "num",
    "name",
    "exten",
    "context",
    "channame",
    "appname",
    "appdata",
    "uniqueid",
    "linkedid",
    "peer",
    "eventextra",
)


_QUOTED = r'"(?:[^"]|"")*"'
_WHOLE = re.compile(rf"{_QUOTED}(?:,{_QUOTED}){{{len(FIELDS) - 1}}}")
_BEGIN = re.compile(r'"[A-Z]')


def begins_event(line: str) -> bool:
    """Whether a line of the file begins an event.

    A caller's number may hold line breaks, so an event may take several lines; but each quote in it is doubled, so
    no line of his begins with one quote and a letter.
    """
    return _BEGIN.match(line) is not None


def is_whole(text: str) -> bool:
    """Whether this is all of an event (without its last line break)."""
    return _plain(text) is not None or _WHOLE.fullmatch(text) is not None


@lru_cache(maxsize=4)  # asked twice of each line: is it whole, and what does it say
def _plain(text: str) -> list[str] | None:
    """The fields of an event that holds no quote but in its last field, as nearly all do: a third of the time.

    None = look closer. Where no field before the last one holds a quote, each separator found is a real one.
    """
    fields = text[1:-1].split('","', len(FIELDS) - 1)
    if len(fields) != len(FIELDS) or text[0] != '"' or text[-1] != '"' or '"' in "".join(fields[:-1]):
        return None
    fields[-1] = fields[-1].replace('""', "\0")
    if '"' in fields[-1] or "\0" in text:
        return None
    fields[-1] = fields[-1].replace("\0", '"')
    return fields


def read_event(text: str) -> dict[str, str] | None:
    """Return the fields of an event without its last line break; None for one that was cut or is none of ours."""
    if (plain := _plain(text)) is not None:
        return dict(zip(FIELDS, plain, strict=True))
    if not is_whole(text):
        return None
    values = [quoted[1:-1].replace('""', '"') for quoted in re.findall(_QUOTED, text)]
    return dict(zip(FIELDS, values, strict=True))
