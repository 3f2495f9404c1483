#!/usr/bin/env python3
"""List every sentence that users can meet in docs/sentences.md, read from the sources.

    python scripts/sentences.py [--check]

A sentence is the message of an error, the help text of a command, or any other text of three words
or more that is neither a docstring nor code. Values that the program puts in are shown as {…}.
Exit status with `--check`: 1 when the page is not up to date.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "sentences.md"
LEFT_OUT = ("autograder/suites/", "autograder/authoring/skeleton/", "autograder/doctor/probes.py")
TITLE = """\
# Sentences

Every sentence that users can meet, by module: errors, hints, notes, help texts, console lines.
`{…}` stands for a value. Written by `python scripts/sentences.py` (do not edit); `make lint` checks
that it is up to date. After a change of words, write it anew and read it as a new user would.
"""
NO_WORDS = re.compile(
    "_BASIC|_WRAPPER|_VALUE|Fault|LOOPS|EXITS|HUNGRY|FORKS|split|_words|_NAMES|_OTHERS|_OFF"
    r"|re\.compile|bars|pattern"
)
"""The calls and constants that hold code or names."""
CODED = re.compile(r"\{[{%].*?[}%]\}")
SPACE = re.compile(r"\s+")
WORD = re.compile(r"[^\W\d_][\w'’-]*")
CODE = re.compile(r"^\s*(<|#!)|<extra>|default-src|^for _name|^home = |[{;]\s*\n")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> int:
    parser = argparse.ArgumentParser(description="List every sentence that users can meet.")
    parser.add_argument("--check", action="store_true", help="fail if the page is not up to date")
    page = "\n".join([TITLE, *sections()])
    if parser.parse_args().check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
            print(f"{PAGE.relative_to(ROOT)} is out of date: run python scripts/sentences.py")
            return 1
    else:
        PAGE.write_text(page, encoding="utf-8")
    return 0


def sections() -> Iterator[str]:
    """For each module with sentences, a heading and a table."""
    for path in sorted((ROOT / "autograder" / "pages").glob("*.html")):
        if texts := list(texts_of(path.read_text(encoding="utf-8"))):
            name = path.relative_to(ROOT).as_posix()
            yield "\n".join([f"## {name}", "", *(f"- {_cell(text)}" for text in texts), ""])
    for folder in ("autograder", "course_lib"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(LEFT_OUT):
                continue
            rows = list(rows_of(ast.parse(path.read_text(encoding="utf-8"))))
            if rows:
                lines = [f"| `{place}` | {kind} | {_cell(text)} |" for place, kind, text in rows]
                table = ["| in | as | sentence |", "|---|---|---|", *lines]
                yield "\n".join([f"## {name}", "", *table, ""])


def texts_of(template: str) -> Iterator[str]:
    """The words of a page's template between its tags, three at least."""
    style = r"(?s)\{% block style %\}.*?\{% endblock %\}|<(style|script).*?</\1>"
    words = re.sub(style, "", template)
    yield from filter(_is_sentence, re.findall(r'"([^"<>=]*)"', " ".join(CODED.findall(words))))
    words = re.sub(r"\{\{.*?\}\}", "{…}", re.sub(r"\{%.*?%\}", "", words))
    for text in re.split(
        r"</?(?:p|h\d|li|t[dhr]|table|div|section|caption|dt|dd|summary)\b[^>]*>|\n\n", words
    ):
        line = SPACE.sub(" ", re.sub(r"</?[a-z][^>]*>", "", text)).strip()
        if _is_sentence(line):
            yield line


def rows_of(module: ast.Module) -> Iterator[tuple[str, str, str]]:
    """The place, the kind and the words of each sentence of a module, in source order."""
    docstrings = {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }

    def visit(node: ast.AST, place: str, kind: str) -> Iterator[tuple[str, str, str]]:
        if isinstance(node, Function | ast.ClassDef):
            place = node.name if place == "–" else f"{place}.{node.name}"
            if isinstance(node, Function) and _is_command(node) and ast.get_docstring(node):
                yield place, "command", ast.get_docstring(node) or ""
        text = None if id(node) in docstrings else _text_of(node)
        if text is not None:
            if _is_sentence(text, least=1 if kind.endswith(("Error", "Fault", "Mismatch")) else 3):
                yield place, kind, text
            for hole in _holes(node):
                yield from visit(hole, place, kind)
            return
        kind = _kind_of(node) or kind
        if NO_WORDS.fullmatch(kind):
            return
        for child in ast.iter_child_nodes(node):
            yield from visit(child, place, kind)

    yield from visit(module, "–", "text")


def _is_command(node: Function) -> bool:
    """Whether typer makes a command of a function: its arguments are declared as options."""
    return "typer." in ast.unparse(node.args) and not node.name.startswith("_")


def _kind_of(node: ast.AST) -> str | None:
    """The call, the option or the constant that the strings in a node belong to."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name
        case ast.Call(func=ast.Attribute(value=value, attr=name)):
            return f"{value.id}.{name}" if isinstance(value, ast.Name) else name
        case ast.keyword(arg=str(name)):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return None


def _text_of(node: ast.AST) -> str | None:
    """The words of a string, an f-string, or a sum of them; None for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text_of(part) or "{…}" for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _text_of(left), _text_of(right)
            if first is None and second is None:
                return None
            return f"{first or '{…}'}{second or '{…}'}"
    return None


def _holes(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that a text puts in: they may hold sentences of their own."""
    match node:
        case ast.JoinedStr(values=parts):
            yield from (part.value for part in parts if isinstance(part, ast.FormattedValue))
        case ast.BinOp(left=left, right=right):
            for side in (left, right):
                yield from [side] if _text_of(side) is None else _holes(side)


def _is_sentence(text: str, least: int = 3) -> bool:
    """Whether a text has as many words, and is no code."""
    words = WORD.findall(text.replace("{…}", " "))
    if CODE.search(text) or " " not in text.strip() or len(words) < least:
        return False
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return True
    return False


def _cell(text: str) -> str:
    """A text as the cell of a table: one line, and no sign that Markdown would read as its own."""
    line = SPACE.sub(" ", text).strip().replace("|", "\\|")
    outside = re.split(r"(`[^`]*`)", line)
    outside[::2] = [re.sub(r"([<*])", r"\\\1", part) for part in outside[::2]]
    return "".join(outside)


if __name__ == "__main__":
    sys.exit(main())
