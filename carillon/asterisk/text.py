"""Asterisk's configuration as text: typed facts in, escaped sections out. People's words never become configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_DIGITS = re.compile(r"\+?[0-9]{1,20}")
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,100}")
#: What may stand in a caller's name; all else is dropped, so that nothing ends the value or begins an expression.
_UNSAFE = re.compile(r"[^\w .'&/()-]", re.UNICODE)
RING_SECONDS = 30
#: Of the phones of a large group the first ring in the fallback: a line of the dialplan holds 4,000 characters.
FALLBACK_PHONES = 60
REALM = "carillon"


def name(text: str) -> str:
    """Return an endpoint, context or trunk name as it is; ValueError for what is none."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"not a name: {text!r}")
    return text


def digits(text: str) -> str:
    """Return a number (digits, maybe a plus in front) as it is; ValueError for what is none."""
    if not _DIGITS.fullmatch(text):
        raise ValueError(f"not a number: {text!r}")
    return text


def label(text: str) -> str:
    """Return a person's words as a caller name: one line without quotes, expressions or comment signs."""
    return " ".join(_UNSAFE.sub(" ", text).split())[:60]


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that registers. `digest` is HA1 of its endpoint name, REALM and secret."""

    endpoint: str
    digest: str
    context: str
    caller_name: str
    caller_number: str
    #: Shown on emergency calls: the number whose address record is the phone's place. Empty = unknown.
    emergency_number: str
    #: The class of music that whom this phone holds hears.
    music: str = ""


@dataclass(frozen=True, slots=True)
class TrunkLine:
    """A carrier known by its address."""

    endpoint: str
    context: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Fallback:
    """What rings when call control is away: each spelling of a number, and the endpoints of who has it."""

    spellings: tuple[str, ...]
    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """An organization's or trunk's context."""

    name: str
    #: Spelling -> the number that is sent out; before everything else. Empty for trunks.
    emergency: tuple[tuple[str, str], ...]
    trunks: tuple[str, ...]
    fallbacks: tuple[Fallback, ...]
    #: Extension -> endpoints whose states its lamp shows.
    hints: tuple[tuple[str, tuple[str, ...]], ...] = ()


def section(title: str, lines: Iterable[tuple[str, str]]) -> str:
    """Return one section; ValueError for a value that would begin another line."""
    rows = [f"[{name(title)}]"]
    for key, value in lines:
        if any(sign in value for sign in "\r\n;\0") or value.startswith("#"):
            raise ValueError(f"not a value: {value!r}")
        rows.append(f"{key}={value}")
    return "\n".join(rows) + "\n"


_COMMON = (
    ("type", "endpoint"),
    ("disallow", "all"),
    ("allow", "alaw,ulaw"),
    ("direct_media", "no"),
    ("rtp_symmetric", "yes"),
    ("force_rport", "yes"),
    ("rewrite_contact", "yes"),
    ("timers", "yes"),
)


def phone(facts: Phone) -> str:
    """Return endpoint, auth and aor of a phone."""
    caller = f'"{label(facts.caller_name)}" <{digits(facts.caller_number)}>' if facts.caller_number else ""
    endpoint = [
        *_COMMON,
        ("context", name(facts.context)),
        ("auth", name(facts.endpoint)),
        ("aors", name(facts.endpoint)),
        ("allow_subscribe", "yes"),
        ("subscribe_context", f"{name(facts.context)}-hints"),
        ("trust_id_inbound", "no"),
    ]
    if caller:
        endpoint.append(("callerid", caller))
    if facts.emergency_number:
        endpoint.append(("set_var", f"EMERGENCY_NUMBER={digits(facts.emergency_number)}"))
    if facts.music:
        endpoint.append(("moh_suggest", name(facts.music)))
    auth = [
        ("type", "auth"),
        ("auth_type", "digest"),
        ("realm", REALM),
        ("username", facts.endpoint),
        ("password_digest", f"MD5:{name(facts.digest)}"),
    ]
    aor = [("type", "aor"), ("max_contacts", "1"), ("remove_existing", "yes"), ("qualify_frequency", "0")]
    return section(facts.endpoint, endpoint) + section(facts.endpoint, auth) + section(facts.endpoint, aor)


def trunk(facts: TrunkLine) -> str:
    """Return endpoint, aor and identification of a trunk."""
    if not _HOST.fullmatch(facts.host):
        raise ValueError(f"not a host: {facts.host!r}")
    endpoint = [
        *_COMMON,
        ("context", name(facts.context)),
        ("aors", name(facts.endpoint)),
        ("trust_id_outbound", "yes"),
        ("from_domain", REALM),
    ]
    aor = [("type", "aor"), ("contact", f"sip:{facts.host}:{facts.port}")]
    identify = [("type", "identify"), ("endpoint", facts.endpoint), ("match", facts.host)]
    return (
        section(facts.endpoint, endpoint)
        + section(facts.endpoint, aor)
        + section(f"{facts.endpoint}-identify", identify)
    )


def music(title: str, sound: str) -> str:
    """Return a class of music on hold: one sound, named by its path without extension, over and over."""
    return section(title, [("mode", "playlist"), ("entry", sound)])


def dial(endpoints: Sequence[str]) -> str:
    """Return what Dial rings for these endpoints."""
    return "&".join(f"PJSIP/{name(endpoint)}" for endpoint in endpoints)


def context(facts: Context) -> str:
    """Return a context: emergency numbers first, then the static dialplan; its fallback; its lamps."""
    lines = [f"[{name(facts.name)}]"]
    for spelling, number in facts.emergency:
        lines.append(f"exten => {digits(spelling)},1,Set(CARILLON_TRUNKS={'&'.join(map(name, facts.trunks))})")
        lines.append(f" same => n,Goto(emergency,{digits(number)},1)")
    lines += ["include => pbx", "", f"[fallback-{facts.name}]"]
    for fallback in facts.fallbacks:
        for spelling in fallback.spellings:
            lines.append(
                f"exten => {digits(spelling)},1,Dial({dial(fallback.endpoints[:FALLBACK_PHONES])},{RING_SECONDS})"
            )
            lines.append(" same => n,Hangup(${HANGUPCAUSE})")
    lines += ["", f"[{facts.name}-hints]"]
    lines += [f"exten => {digits(extension)},hint,{dial(endpoints)}" for extension, endpoints in facts.hints]
    return "\n".join(lines) + "\n\n"
