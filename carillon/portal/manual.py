"""Which part of Markdown the manual uses, and how it becomes HTML that can do no harm: everything is escaped first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(settings.PROJECT) / "docs" / "manual"
#: The order of the menu; pages that are not named here follow by name.
ORDER = ["home", "schedules", "hunt-groups", "try-it", "call-log", "what-if", "cases", "users", "changes"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the manual; `name` is its address."""

    name: str
    title: str
    path: Path


def manual_pages() -> list[Page]:
    """Return the pages there are, in the order of the menu."""
    pages = []
    for path in sorted(FOLDER.glob("*.md")):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        pages.append(Page(path.stem, first.lstrip("# ").strip() or path.stem, path))
    return sorted(pages, key=lambda page: ORDER.index(page.name) if page.name in ORDER else len(ORDER))


def read_page(page: Page) -> SafeString:
    """Return the page without its title (the frame shows that)."""
    return to_html(page.path.read_text(encoding="utf-8").partition("\n")[2])


def to_html(text: str) -> SafeString:
    """Render headings, paragraphs, lists, tables, code and links to pages of the manual; the rest stays text."""
    blocks = re.split(r"\n\s*\n", text.strip())
    return mark_safe("\n".join(_block(block.strip("\n")) for block in blocks if block.strip()))  # noqa: S308  # escaped in _inline


def _block(block: str) -> str:
    lines = block.split("\n")
    heading = re.match(r"(#{2,4}) +(.*)", lines[0])
    if heading:
        level = len(heading[1])
        rest = "\n".join(lines[1:])
        return f"<h{level}>{_inline(heading[2])}</h{level}>" + (_block(rest) if rest.strip() else "")
    if lines[0].startswith("```"):
        return f"<pre><code>{escape(chr(10).join(line for line in lines if not line.startswith('```')))}</code></pre>"
    if lines[0].startswith("|"):
        return _table(lines)
    for tag, mark in (("ul", r"[*-] +"), ("ol", r"\d+\. +")):
        if re.match(mark, lines[0]):
            return _list(tag, mark, lines)
    return f"<p>{_inline(' '.join(lines))}</p>"


def _list(tag: str, mark: str, lines: list[str]) -> str:
    items: list[str] = []
    for line in lines:
        found = re.match(mark, line)
        if found:
            items.append(line[found.end() :])
        else:
            items[-1] += " " + line.strip()
    return f"<{tag}>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + f"</{tag}>"


def _table(lines: list[str]) -> str:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in rows[2:])
    return f'<table class="table" tabindex="0"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _inline(text: str) -> str:
    text = escape(re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text))
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
    text = re.sub(r"(?<![*\w])\*([^*]+)\*(?![*\w])", r"<em>\1</em>", text)
    text = re.sub(r"\[([^\]]+)\]\(([a-z0-9-]+)\.md\)", r'<a href="/help/\2/">\1</a>', text)
    return re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
