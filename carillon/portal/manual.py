"""Which part of Markdown the manual uses, and how it becomes HTML that can do no harm: everything is escaped first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(settings.PROJECT) / "docs" / "manual"
PICTURES = FOLDER / "images"
#: The order of the menu; pages that are not named here follow by name.
ORDER = [
    *("home", "hold-music", "schedules", "hunt-groups", "try-it", "call-log", "what-if", "cases"),
    *("user-groups", "users", "prompts", "changes"),
]
#: English is the manual's own language and lies in FOLDER; each other language has a folder of its name in it.
ENGLISH = "en"
_PICTURE = re.compile(r"!\[([^\]]*)\]\((?:\.\./)?images/([a-z0-9-]+)\.png\)")
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the manual; `name` is its address in every language, `language` the one that it is written in."""

    name: str
    title: str
    path: Path
    language: str = ENGLISH


def manual_pages(language: str = ENGLISH) -> list[Page]:
    """Return the pages in the order of the menu, each in `language`, or in English where it is missing."""
    pages = [_page(path, language) for path in sorted(FOLDER.glob("*.md"))]
    return sorted(pages, key=lambda page: ORDER.index(page.name) if page.name in ORDER else len(ORDER))


def _page(english: Path, language: str) -> Page:
    own = FOLDER / language / english.name
    path, found = (own, language) if language != ENGLISH and own.is_file() else (english, ENGLISH)
    with path.open(encoding="utf-8") as file:
        return Page(path.stem, file.readline().lstrip("# ").strip() or path.stem, path, found)


def read_page(page: Page) -> SafeString:
    """Return the page without its title (the frame shows that)."""
    return to_html(page.path.read_text(encoding="utf-8").partition("\n")[2])


def picture(name: str) -> Path | None:
    """Return the file of a picture: only what lies in the folder of pictures itself, whatever the name says."""
    return next((path for path in PICTURES.glob("*.png") if path.stem == name), None)


def to_html(text: str) -> SafeString:
    """Render headings, paragraphs, lists, tables, code, pictures and links between pages; the rest stays text."""
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
        return _code([line for line in lines if not line.startswith("```")])
    if all(line.startswith("    ") for line in lines):
        return _code([line[4:] for line in lines])
    found = _PICTURE.fullmatch(block)
    if found:
        return _figure(found[1], found[2])
    if lines[0].startswith("|"):
        return _table(lines)
    for tag, mark in (("ul", r"[*-] +"), ("ol", r"\d+\. +")):
        if re.match(mark, lines[0]):
            return _list(tag, mark, lines)
    return f"<p>{_inline(' '.join(lines))}</p>"


def _code(lines: list[str]) -> str:
    return f"<pre><code>{escape(chr(10).join(lines))}</code></pre>"


def _figure(words: str, name: str) -> str:
    """A picture stands alone in its block and leads to its full size: on a phone nobody could read it otherwise."""
    path = picture(name)
    if path is None:
        return ""
    width, height = _size(path)
    address = f"/help/images/{name}.png"
    return (
        f'<figure class="picture"><a href="{address}"><img src="{address}" alt="{escape(words)}" '
        f'width="{width}" height="{height}" loading="lazy" decoding="async"></a></figure>'
    )


def _size(path: Path) -> tuple[int, int]:
    """Return width and height from the head of a PNG, so that the page does not jump when the picture comes."""
    with path.open("rb") as file:
        head = file.read(24)
    if not head.startswith(_PNG):
        raise ValueError(f"{path} is not a PNG")
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


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
