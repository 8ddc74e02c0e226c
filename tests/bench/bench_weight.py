"""What pages weigh, compressed, the first time and after, and in how many requests, as a browser fetches them."""

from __future__ import annotations

import gzip
import http.client
import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import brotli
from django.conf import settings
from django.test import Client

from carillon.accounts.models import User
from carillon.cli.setup import prepare
from tests.bench.figures import Figure, say
from tests.bench.lab import addresses
from tests.bench.machine import wait_for
from tests.bench.product import build_world, child, portal_program

ASSET = re.compile(rb"""<(?:link|script|img|use|source)\b[^>]*?\b(?:href|src)\s*=\s*["']([^"'#]+)[^>]*>""")
IMPORTED = re.compile(rb"""url\(["']?([^"')]+\.(?:woff2?|svg|png))["']?\)""")
KILOBYTE = 1000


@dataclass
class Visit:
    """One page as a browser loads it."""

    first: int = 0
    again: int = 0
    requests: int = 0
    seen: dict[str, int] = field(default_factory=dict)


def run() -> list[Figure]:
    prepare(demo=False, progress=lambda text: None)
    world = build_world(addresses()[0])
    admin = User.objects.create_user("admin2", None, organization=world.organization, is_admin=True)
    client = Client()
    client.force_login(admin)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    program = portal_program()
    with child(program.name, list(program.argv)):
        wait_for(_answers, 60, "the portal")
        visits = {page: _visit(page, "" if page == "/sign-in/" else cookie) for page in _pages(world.function.pk)}
    figures = []
    for page, visit in visits.items():
        say(f"  {page}: {visit.first} bytes first, {visit.again} after, {visit.requests} requests")
        figures += [
            Figure(f"{page}: first time", visit.first / KILOBYTE, "kB", 150),
            Figure(f"{page}: after", visit.again / KILOBYTE, "kB", 60),
            Figure(f"{page}: requests", visit.requests, "", 8),
        ]
    return figures


def _pages(function: int) -> list[str]:
    return [
        "/sign-in/",
        "/",
        "/schedules/",
        f"/schedules/{function}/",
        "/hunt-groups/",
        f"/hunt-groups/{function}/",
        "/users/",
    ]


def _answers() -> bool:
    try:
        return _get("/sign-in/", "")[0] == 200
    except OSError:
        return False


def _get(address: str, cookie: str) -> tuple[int, bytes, int, str]:
    """Status, text, bytes on the wire (body) and Cache-Control; redirects are counted by the caller."""
    headers = {"Accept-Encoding": "br, gzip", "Host": "localhost"} | ({"Cookie": cookie} if cookie else {})
    connection = http.client.HTTPConnection("127.0.0.1", settings.HTTP_PORT, timeout=20)
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    raw = answer.read()
    connection.close()
    head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
    text = _plain(raw, answer.getheader("Content-Encoding") or "")
    more = answer.getheader("Location") or answer.getheader("Cache-Control") or ""
    return answer.status, text, len(raw) + head, more


def _plain(raw: bytes, encoding: str) -> bytes:
    match encoding:
        case "gzip":
            return gzip.decompress(raw)
        case "br":
            return bytes(brotli.decompress(raw))
        case _:
            return raw


def _visit(page: str, cookie: str) -> Visit:
    visit = Visit()
    status, text, size, more = _get(page, cookie)
    while status in (301, 302):
        visit.requests += 1
        visit.first, visit.again = visit.first + size, visit.again + size
        page = urlsplit(urljoin(page, more)).path
        status, text, size, more = _get(page, cookie)
    if status != 200:
        raise RuntimeError(f"{page} answers {status}")
    visit.requests += 1
    visit.first, visit.again = visit.first + size, visit.again + size
    waiting = [urljoin(page, found.decode()) for found in ASSET.findall(text)]
    while waiting:
        address = waiting.pop()
        if address in visit.seen or not address.startswith("/static/"):
            continue
        status, text, size, cache = _get(address, "")
        visit.seen[address] = size
        visit.requests += 1
        visit.first += size
        visit.again += 0 if "immutable" in cache or "max-age=31" in cache else size
        if address.endswith(".css"):
            waiting += [urljoin(address, found.decode()) for found in IMPORTED.findall(text)]
    return visit
