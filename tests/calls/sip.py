"""How a test phone writes and reads SIP: messages, digest answers, session descriptions."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

Address = tuple[str, int]
_SHORT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "m": "contact",
    "i": "call-id",
    "l": "content-length",
    "c": "content-type",
}
_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,;]+))')


@dataclass
class Message:
    """A request or a response; header names are kept as written and compared without regard to case."""

    first: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    @property
    def status(self) -> int:
        """The status of a response, 0 for a request."""
        return int(self.first.split(" ", 2)[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        return self.get("CSeq").split()[-1] if self.status else self.first.split(" ", 1)[0]

    @property
    def uri(self) -> str:
        """The request URI."""
        return self.first.split(" ")[1]

    @property
    def sequence(self) -> int:
        """The number in CSeq."""
        return int(self.get("CSeq").split()[0])

    @property
    def branch(self) -> str:
        """The transaction: the branch of the topmost Via."""
        found = re.search(r"branch=([^;,\s]+)", self.get("Via"))
        return found[1] if found else ""

    def get(self, name: str) -> str:
        """The first header of that name, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        """Every header of that name, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def encode(self) -> bytes:
        """The datagram."""
        lines = [self.first, *(f"{name}: {value}" for name, value in self.headers)]
        lines += [f"Content-Length: {len(self.body.encode())}", "", self.body]
        return "\r\n".join(lines).encode()


def parse(datagram: bytes) -> Message:
    """A datagram as a message; ValueError when it is none."""
    head, _, body = datagram.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.replace("\r\n ", " ").split("\r\n")
    if "SIP/2.0" not in first:
        raise ValueError(f"not SIP: {first[:60]!r}")
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        name = _SHORT.get(name.strip().lower(), name.strip())
        if name.lower() != "content-length":
            headers.append((name, value.strip()))
    return Message(first, headers, body)


def tag_of(header: str) -> str:
    """The tag of a From or To header."""
    found = re.search(r";tag=([^;\s>]+)", header)
    return found[1] if found else ""


def uri_of(header: str) -> str:
    """The URI in a From, To or Contact header."""
    found = re.search(r"<([^>]+)>", header)
    return found[1] if found else header.split(";", maxsplit=1)[0].strip()


def user_of(header: str) -> str:
    """The user part of the URI in a header or of a bare URI."""
    found = re.match(r"sips?:([^@;>]+)@", uri_of(header))
    return found[1].replace("%2B", "+").replace("%23", "#") if found else ""


def display_of(header: str) -> str:
    """The name before the URI of a From header."""
    return header.partition("<")[0].strip().strip('"')


def response_to(request: Message, status: int, reason: str, to_tag: str = "", body: str = "") -> Message:
    """An answer with the headers that every answer repeats."""
    headers = [("Via", value) for value in request.all("Via")]
    headers += [("Record-Route", value) for value in request.all("Record-Route")]
    to = request.get("To")
    if to_tag and not tag_of(to):
        to = f"{to};tag={to_tag}"
    headers += [("From", request.get("From")), ("To", to)]
    headers += [("Call-ID", request.get("Call-ID")), ("CSeq", request.get("CSeq"))]
    if body:
        headers.append(("Content-Type", "application/sdp"))
    return Message(f"SIP/2.0 {status} {reason}", headers, body)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def digest_answer(challenge: str, method: str, uri: str, user: str, password: str) -> str:
    """The Authorization header for a WWW-Authenticate or Proxy-Authenticate challenge (RFC 2617, MD5)."""
    asked = {key: quoted or bare for key, quoted, bare in _PARAMETER.findall(challenge)}
    secret = _md5(f"{user}:{asked.get('realm', '')}:{password}")
    wanted = _md5(f"{method}:{uri}")
    parts = f'Digest username="{user}", realm="{asked.get("realm", "")}", nonce="{asked["nonce"]}", uri="{uri}"'
    if "qop" in asked:
        ours = secrets.token_hex(4)
        answer = _md5(f"{secret}:{asked['nonce']}:00000001:{ours}:auth:{wanted}")
        parts += f', qop=auth, nc=00000001, cnonce="{ours}"'
    else:
        answer = _md5(f"{secret}:{asked['nonce']}:{wanted}")
    if "opaque" in asked:
        parts += f', opaque="{asked["opaque"]}"'
    return f'{parts}, response="{answer}", algorithm=MD5'


def describe(ip: str, port: int, version: int, direction: str = "sendrecv") -> str:
    """A session description: a-law and telephone events on one port."""
    return (
        f"v=0\r\no=- 1 {version} IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        f"a=fmtp:101 0-15\r\na=ptime:20\r\na={direction}\r\n"
    )


def described(body: str) -> Address | None:
    """Where the other side wants its audio, or nothing when the body describes none."""
    host = re.search(r"^c=IN IP4 (\S+)", body, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", body, re.MULTILINE)
    return (host[1], int(port[1])) if host and port else None
