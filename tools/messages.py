#!/usr/bin/env python3
"""How texts for people get from templates and code into carillon/locale, and from there into the running product.

    tools/messages.py          extract all texts, bring the .po files up to date, compile them
    tools/messages.py compile  only compile (a build step)
    tools/messages.py check    list what is missing or doubtful; status 1 if there is anything

Babel does the work, so that GNU gettext is not needed.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

PROJECT = Path(__file__).resolve().parent.parent
ROOT = PROJECT / "carillon"
LOCALE = ROOT / "locale"
LANGUAGES = ("nl", "fr", "de")
#: Function name -> which arguments are singular, plural and context (Babel's notation).
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip


def sources() -> list[Path]:
    """Return the files whose texts people read; tests speak to developers."""
    found = [*ROOT.rglob("*.py"), *ROOT.rglob("*.html"), *ROOT.rglob("*.txt")]
    return sorted(path for path in found if not {"tests", "migrations", "locale", "assets"} & set(path.parts))


def read_source(path: Path) -> bytes:
    """Return Python source; a template is turned into it by Django."""
    text = path.read_text(encoding="utf-8")
    return (text if path.suffix == ".py" else templatize(text, origin=str(path))).encode()


def template() -> Catalog:
    """Return the catalog of all texts."""
    catalog = Catalog(project="Carillon", charset="utf-8")
    for path in sources():
        for _line, message, comments, context in extract(
            "python", io.BytesIO(read_source(path)), keywords=KEYWORDS, comment_tags=["Translators:"]
        ):
            if message and (not isinstance(message, tuple) or message[0]):
                # Files without line numbers: a moved line is no change for translators.
                place = str(path.relative_to(PROJECT))
                catalog.add(message, locations=[(place, None)], auto_comments=comments, context=context)  # type: ignore[list-item]  # None writes no line  # Babel takes no line number
    return catalog


def po_path(language: str) -> Path:
    """Return where the texts of a language are kept."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def load(language: str) -> Catalog:
    """Read the .po file of a language, an empty one if there is none."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, project="Carillon", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> None:
    """Bring every .po file up to date: new texts come in empty, gone ones go, nothing is guessed."""
    newest = template()
    for language in LANGUAGES:
        catalog = load(language)
        catalog.update(newest, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=110, sort_output=True, omit_header=False, ignore_obsolete=True)
    print(f"{len(newest)} texts in {', '.join(LANGUAGES)}")


def compile_all() -> None:
    """Write the .mo files that Django reads, where the .po is newer."""
    for language in LANGUAGES:
        source = po_path(language)
        target = source.with_suffix(".mo")
        if source.exists() and not (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
            draft = target.with_suffix(".mo.new")  # half a file, newer than its source, would be taken for a whole one
            with draft.open("wb") as file:
                write_mo(file, load(language))
            draft.replace(target)


def faults() -> list[str]:
    """Return what keeps a language from being complete, one line each."""
    found = []
    wanted = template()
    for language in LANGUAGES:
        catalog = load(language)
        for message in wanted:
            if message.id:
                found += [f"{language}: {fault}: {message.id!r}" for fault in _faults_of(catalog, message)]
    return found


def _faults_of(catalog: Catalog, message: Message) -> list[str]:
    first = message.id[0] if isinstance(message.id, tuple | list) else message.id
    told = catalog.get(first, message.context)
    if told is None:
        return ["not in the file"]
    texts = told.string if isinstance(told.string, tuple | list) else (told.string,)
    if not all(texts):
        return ["not translated"]
    if told.fuzzy:
        return ["marked as fuzzy"]
    return [f"placeholders differ ({error})" for error in told.check(catalog)]


def main(arguments: list[str]) -> int:
    """Do what the command line asks."""
    settings.configure(USE_I18N=True)
    word = " ".join(arguments).removeprefix("--")
    if word == "compile":
        compile_all()
        return 0
    if word == "check":
        found = faults()
        print("\n".join(found) or "complete")
        return 1 if found else 0
    if word not in {"", "update"}:
        print(__doc__)
        return 2
    update()
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
