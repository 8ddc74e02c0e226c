"""The rules of the house, as far as a machine can see them: layers, sizes, docstrings, reasons for exceptions."""

from __future__ import annotations

import ast
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path
    for folder in ("carillon", "tests", "tools")
    for path in (ROOT / folder).rglob("*.py")
    if not {"migrations", "node_modules", "build", "data"} & set(path.relative_to(ROOT).parts)
)
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
EXCEPTION = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|nosec|fmt:\s*off)\b(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[\w, -]+\])?"
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def layers() -> dict[str, int]:
    """The height of every room, 0 = lowest, as import-linter is told."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    rooms = next(contract["layers"] for contract in settings["contracts"] if contract["type"] == "layers")
    return {room.strip(): height for height, line in enumerate(reversed(rooms)) for room in re.split(r"[|:]", line)}


def test_imports_go_downwards_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0, capsys.readouterr().out


def test_foreign_keys_go_downwards_only() -> None:
    """A key written as a string escapes the import linter."""
    height = layers()
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        room = model.__module__.split(".")
        if room[0] != "carillon":
            continue
        for field in model._meta.get_fields():
            other = field.related_model if field.is_relation and field.concrete else None
            if other is None or isinstance(other, str) or not other.__module__.startswith("carillon."):
                continue
            there = other.__module__.split(".")[1]
            if there != room[1] and height[there] >= height[room[1]]:
                wrong.append(f"{model.__name__}.{field.name} -> {there}.{other.__name__}")
    assert not wrong, "\n".join(wrong)


def test_every_room_has_a_layer() -> None:
    rooms = {path.name for path in (ROOT / "carillon").iterdir() if (path / "__init__.py").exists()}
    assert rooms <= set(layers())


def test_no_file_is_too_long() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long() -> None:
    too_long = {}
    for path in FILES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    too_long[f"{name(path)}:{node.lineno} {node.name}"] = lines
    assert too_long == {}


def test_every_module_says_what_is_decided_in_it() -> None:
    missing = []
    for path in FILES:
        module = tree(path)
        empty = path.name == "__init__.py" and all(isinstance(node, ast.ImportFrom) for node in module.body)
        if not empty and not ast.get_docstring(module):
            missing.append(name(path))
    assert not missing, "\n".join(missing)


def views() -> Iterator[Path]:
    for path in FILES:
        if path.name == "views.py" or path.parent.name == "views":
            yield path


def test_views_reach_rows_only_through_the_organization() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in views()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager")
    ]
    assert not found, "\n".join(found)


def test_every_exception_carries_its_reason_on_its_line() -> None:
    bare = []
    for path in FILES:
        with path.open("rb") as file:
            comments = [token for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT]
        for comment in comments:
            reason = EXCEPTION.sub("", comment.string).strip(" #-:")
            if EXCEPTION.search(comment.string) and len(reason.split()) < 2:
                bare.append(f"{name(path)}:{comment.start[0]} {comment.string}")
    assert not bare, "\n".join(bare)


def test_no_signals_and_no_import_within_a_function() -> None:
    found = []
    for path in FILES:
        module = tree(path)
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom) and node.module in ("django.db.models.signals", "django.dispatch"):
                found.append(f"{name(path)}:{node.lineno} signals")
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [child for child in ast.walk(node) if isinstance(child, ast.Import | ast.ImportFrom)]
                found += [f"{name(path)}:{child.lineno} import within {node.name}" for child in inner]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("comment", "has_reason"),
    [
        ("# noqa: DTZ001 - wall times have no zone", True),
        ("# type: ignore[arg-type]  # each case changes fields", True),
        ("# noqa: S603", False),
        ("# type: ignore[misc]", False),
        ("# noqa: S603, S607", False),
    ],
)
def test_the_search_for_reasons_knows_them(comment: str, has_reason: bool) -> None:
    assert EXCEPTION.search(comment)
    assert (len(EXCEPTION.sub("", comment).strip(" #-:").split()) >= 2) is has_reason
