"""What the documentation says is true: examples, docstrings, stubs."""

from __future__ import annotations

import ast
import doctest
import inspect
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ringfold
import ringfold._ringfold

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
STUB = ast.parse((Path(ringfold.__file__).parent / "_ringfold.pyi").read_text("utf-8"))


def doctests(text: str, name: str) -> tuple[int, int]:
    test = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test)
    return runner.failures, runner.tries


def test_the_readme_is_true() -> None:
    failures, tries = doctests((ROOT / "README.md").read_text("utf-8").replace("\n```", "\n\n```"), "README.md")
    assert tries > 30 and failures == 0


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run(example: Path, capsys: Any) -> None:
    if "numpy" in example.read_text("utf-8"):
        pytest.importorskip("numpy")
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out


def documented() -> list[tuple[str, Any, str | None]]:
    """What the stub documents: its name, what is there at run time, and its docstring."""
    found: list[tuple[str, Any, str | None]] = []
    for node in STUB.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            thing = getattr(ringfold._ringfold, node.name)
            found.append((node.name, thing, ast.get_docstring(node)))
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(inner):
                    found.append((f"{node.name}.{inner.name}", getattr(thing, inner.name), ast.get_docstring(inner)))
    return found


@pytest.mark.parametrize(("name", "thing", "text"), documented(), ids=lambda value: value if isinstance(value, str) else "")
def test_help_says_what_the_stub_says(name: str, thing: Any, text: str | None) -> None:
    assert text, f"{name} is not documented"
    assert inspect.getdoc(thing) == text
    assert doctests(text, name)[0] == 0


def test_everything_public_is_exported() -> None:
    public = {name for name in vars(ringfold._ringfold) if not name.startswith("_")}
    assert public <= set(ringfold.__all__) and all(hasattr(ringfold, name) for name in ringfold.__all__)
    assert {name for name, _, _ in documented() if "." not in name} == public


def test_aio_is_imported_when_it_is_used() -> None:
    program = """
import sys, ringfold
assert "asyncio" not in sys.modules
ringfold.aio.StreamReader
try:
    ringfold.nothing
except AttributeError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stdout == "module 'ringfold' has no attribute 'nothing'\n"
