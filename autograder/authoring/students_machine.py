"""Find what a release asks for that a student's machine does not have: packages, files beside it.

Students have what `mlp-course[extras,lab]` installs, the notebook and checks.py.
"""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement

from autograder.authoring.source import Source

LIBRARY = "mlp-course[extras,lab]"
OWN = {"course_lib", "checks", "__future__"}
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|\bsrc=[\"']([^\"']+)")
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|#|//")
"""A link with a scheme (https:, mailto:, data:, attachment:), or to a heading."""


def check_imports(source: Source, checks: Path) -> list[str]:
    """Find imports that fail on a student's machine.

    A module that is imported within a `try` anywhere is optional, and no problem.
    """
    texts = [
        (f"{source.path}:{cell.line}", cell.source) for cell in source.cells if cell.kind == "code"
    ]
    texts.append((str(checks), checks.read_text(encoding="utf-8")))
    trees = [(place, tree) for place, text in texts if (tree := _parsed(text)) is not None]
    optional = {
        name
        for _, tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
        for part in node.body
        for name in _imported(part)
    }
    known = OWN | sys.stdlib_module_names | optional
    return [
        f"{place}: it imports {name}, which students do not have; do without it, or add its "
        "package to course_lib/pyproject.toml"
        for place, tree in trees
        for name in dict.fromkeys(_imported(tree))
        if name not in known and name not in modules()
    ]


def check_links(source: Source) -> list[str]:
    """Find pictures and links in the text that lead to a file beside the notebook."""
    problems = []
    for cell in source.cells:
        if cell.kind == "markdown":
            for found in _LINK.findall(cell.source):
                target = found[0] or found[1]
                if not _ELSEWHERE.match(target) and target != "checks.py":
                    problems.append(
                        f"{source.path}:{cell.line}: the text links to {target}, which students do "
                        "not get; draw it in a cell, or write a web address"
                    )
    return problems


@cache
def modules() -> frozenset[str]:
    """The modules that can be imported where the students' library, its extras and Jupyter are."""
    needed, waiting = set[str](), [LIBRARY]
    while waiting:
        asked = Requirement(waiting.pop())
        name = _plain(asked.name)
        if name in needed and not asked.extras:
            continue
        needed.add(name)
        try:
            requires = importlib.metadata.requires(asked.name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for text in requires:
            marker = Requirement(text).marker
            if marker is None or any(
                marker.evaluate({"extra": extra}) for extra in ("", *asked.extras)
            ):
                waiting.append(text)
    return frozenset(
        module
        for module, packages in importlib.metadata.packages_distributions().items()
        if any(_plain(package) in needed for package in packages)
    )


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:  # a magic of IPython's
        return None


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
