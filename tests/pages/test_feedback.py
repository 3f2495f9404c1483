"""Pages of feedback: the same by the engine and by stock
nbgrader, nothing hidden, nothing of theirs that runs.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, TypeGuard

import browser_for_tests
import nbformat
import pytest
from browser_for_tests import Browser
from courses_for_tests import BIN
from hostile_page_for_tests import FIGURE, HOSTILE_HTML, HOSTILE_MARKDOWN, MALLORY, hostile
from markupsafe import escape
from nbconvert.exporters import HTMLExporter
from nbgrader.converters import generate_feedback

from autograder.authoring import bank
from autograder.core import limits
from autograder.core.assignment import REPOSITORY, find
from autograder.core.course import Course
from autograder.core.faults import SYMBOLS, WORDS
from autograder.core.outcome import Provenance, Result, TestResult
from autograder.gradebook.book import CourseGradebook
from autograder.gradebook.database import opened
from autograder.pipeline import intake, record
from autograder.pipeline.score import score

A = find("01_relu_matrix")
STAMP = "2026-03-02 10:00:00 UTC"
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()

pytestmark = pytest.mark.skipif(
    browser_for_tests.MISSING is not None, reason=str(browser_for_tests.MISSING)
)


def hand_in(root: Path, student: str, text: str) -> None:
    path = Course(root).submission(student, A.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (path.parent / "timestamp.txt").write_text(STAMP)
    (path.parent / "submission_secret.txt").write_text(student.encode().hex().ljust(128, "0"))


def run(root: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    return subprocess.run(
        [str(BIN / program), *arguments],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def page_of(root: Path, student: str) -> Path:
    return Course(root).feedback(student, A.name)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of four, graded for real: never written to by a test."""
    root = tmp_path_factory.mktemp("class")
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    shutil.copytree(REPOSITORY / "solutions" / A.name, root / "solutions" / A.name)
    essay = {"explain_fold": "It folds the plane along $x_1 + x_2 = 0$."}
    hand_in(root, "ada", json.dumps(bank.submission(A, essay)))
    hand_in(
        root,
        "bob",
        json.dumps(
            bank.submission(A, {"two_layer": "def two_layer(x, w1, b1, w2, b2):\n    return x"})
        ),
    )
    hand_in(root, MALLORY, json.dumps(hostile()))
    hand_in(root, "cut", json.dumps(bank.submission(A, {}))[:3000])
    done = run(root, "autograder", "grade", A.name, "--course-dir", str(root), "--jobs", "1")
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture(scope="module")
def pages(graded: Path) -> Path:
    """The same class with its pages, written by the command line."""
    done = run(graded, "autograder", "feedback", A.name, "--course-dir", str(graded))
    assert done.returncode == 0, done.stdout + done.stderr
    return graded


@pytest.fixture
def course(pages: Path, tmp_path: Path) -> Path:
    """A copy of the class without pages, to be changed.

    The bank's mistakes are measured already.
    """
    shutil.copytree(pages, tmp_path / "copy", ignore=shutil.ignore_patterns("feedback"))
    return tmp_path / "copy"


def write(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run(
        root, "autograder", "feedback", A.name, "--course-dir", str(root), "--no-bank", *options
    )


def book(root: Path, result: Result, notebook: bytes | None) -> None:
    """Put a result on record, as grading does."""
    record.save(Course(root), result, notebook)
    with CourseGradebook(Course(root), A) as gradebook:
        gradebook.save(result)


def result_of(
    root: Path, student: str, status: Any, reason: str | None = None, tests: Any = ()
) -> Result:
    course = Course(root)
    path = course.submission(student, A.name)
    known = intake.digest(student, path, limits.load(A, course))
    given = list(tests) or [TestResult("test_it", "passed", 1, None, 0.1)]
    tasks = score(A.tasks, {t.id: given for t in A.tasks if not t.manual})
    return Result(
        assignment=A.name,
        student=student,
        status=status,
        reason=reason,
        score=sum(t.score for t in tasks) if status == "graded" else None,
        max_score=A.max_score,
        tasks=tasks if status == "graded" else [],
        provenance=Provenance(known, A.suite_sha256, "0.1.0", 918273645, "cpu", "2", "namespaces"),
        seconds=1,
    )


# --- Who writes it ---


def test_stock_nbgrader_makes_the_same_pages_and_releases_them(
    pages: Path, course: Path, tmp_path: Path
) -> None:
    done = run(course, "nbgrader", "generate_feedback", A.name)
    assert done.returncode == 0, done.stderr
    for student in ("ada", "bob", MALLORY):
        assert page_of(course, student).read_bytes() == page_of(pages, student).read_bytes()
        assert (page_of(course, student).parent / "timestamp.txt").read_text() == STAMP
    shutil.copytree(pages / "feedback", course / "feedback", dirs_exist_ok=True)
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    done = run(course, "nbgrader", "release_feedback", A.name, f"--Exchange.root={exchange}")
    assert done.returncode == 0, done.stderr
    released = {path.read_bytes() for path in (exchange / "mlp" / "feedback").glob("*.html")}
    assert len(released) == 4
    assert all(
        page_of(pages, student).read_bytes() in released
        for student in ("ada", "bob", MALLORY, "cut")
    )


@pytest.mark.parametrize(
    "what", ["result gone", "result of another", "handed in anew", "notebook damaged"]
)
def test_without_a_result_that_belongs_to_the_submission_there_is_no_page(
    course: Path, what: str
) -> None:
    result = Course(course).result("bob", A.name)
    if what == "result gone":
        result.unlink()
    elif what == "result of another":
        result.write_bytes(Course(course).result("ada", A.name).read_bytes())
    elif what == "handed in anew":
        hand_in(course, "bob", json.dumps(bank.submission(A, {"z1": "z1 = 1"})))
    elif what == "notebook damaged":
        Course(course).autograded("bob", A.name).write_text('{"cells": 3}')
    done = write(course)
    assert done.returncode == 1
    assert "bob" in done.stdout
    assert "autograder grade" in " ".join(done.stdout.split())
    assert not page_of(course, "bob").exists()
    assert page_of(course, "ada").exists()
    if what in ("result gone", "handed in anew"):
        stock = run(course, "nbgrader", "generate_feedback", A.name, "--student=bob")
        assert stock.returncode != 0
        assert "run `autograder grade" in stock.stderr
        assert "Traceback" not in stock.stderr
        assert not list((course / "feedback" / "bob").rglob("*.html"))


def test_without_the_engine_there_is_no_page_with_the_tests_in_it(course: Path) -> None:
    config = course / "nbgrader_config.py"
    config.write_text(
        config.read_text().replace("autograder.nbgrader_hooks.feedback", "autograder_that_is_gone")
    )
    assert run(course, "nbgrader", "generate_feedback", A.name).returncode != 0
    assert not list(course.glob("feedback/*/*/*.html"))


def test_only_what_changed_is_written_anew(course: Path) -> None:
    assert "4 written, 0 up to date" in write(course).stdout
    assert "0 written, 4 up to date" in write(course).stdout
    with opened(Course(course)) as gradebook:
        grade = gradebook.find_grade("explain_fold", A.name, A.name, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.find_comment(
            "explain_fold", A.name, A.name, "ada"
        ).manual_comment = "Where **is** it?"
        gradebook.db.commit()
    assert "1 written, 3 up to date" in write(course).stdout
    text = page_of(course, "ada").read_text()
    assert "Where <strong>is</strong> it?" in text
    assert "<strong>19.5</strong> of 20 points" in text
    assert "1.5 of 2 points" in text
    assert (
        "2 written, 0 up to date"
        in write(course, "--student", "ada", "--student", "bob", "--force").stdout
    )
    assert write(course, "--student", "nobody").returncode == 2


# --- What it says ---


def test_a_page_has_every_test_the_hints_and_the_code(pages: Path) -> None:
    text = page_of(pages, "bob").read_text()
    result = record.read(Course(pages), "bob", A.name)
    assert result is not None
    failed = [t for task in result.tasks for t in task.tests if t.outcome != "passed"]
    assert failed
    for task in result.tasks:
        assert f'id="task-{task.id}"' in text
        for test in task.tests:
            assert escape(test.sentence.partition("`")[0]) in text
    assert escape((failed[0].hint or "?").partition("`")[0]) in text
    assert "Task 5 · Two layers, any size" in text
    assert 'href="#task-two_layer"' in text
    assert 'href="#task-z1"' not in text
    assert "not graded yet" in text


def sentences(path: Path) -> set[str]:
    """The lines of the tests' sentences, which pages show: of each docstring's first paragraph."""
    tests = [node for node in ast.walk(ast.parse(path.read_text())) if is_test(node)]
    told = [(ast.get_docstring(node) or "").split("\n\n")[0] for node in tests]
    return {line.strip() for text in told for line in text.split("\n")}


def is_test(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def test_nothing_hidden_is_on_a_page(pages: Path) -> None:
    """No line of the suite that is more than a word, no name of
    a test, no seed; also in no figure.
    """
    hidden = set()
    for path in A.suite.glob("*.py"):
        told = sentences(path)
        lines = [line.strip() for line in path.read_text().splitlines()]
        lines = [line for line in lines if line not in told]
        hidden |= {
            line
            for line in lines
            if len(line) > 30 and '"""' not in line and not line.startswith("#")
        }
        hidden |= {
            line.split("(")[0].removeprefix("def ")
            for line in lines
            if line.startswith("def test_")
        }
    assert len(hidden) > 100
    released = A.release.read_text()
    for student in ("ada", "bob", MALLORY, "cut"):
        text = page_of(pages, student).read_text()
        body = text[: text.index('<script type="text/plain"')] if 'id="plotly"' in text else text
        assert not [line for line in hidden if line in body and line not in released]
        result = record.read(Course(pages), student, A.name)
        assert result is not None
        assert str(result.provenance.seed) not in body
        assert "check(&" not in body


def test_who_was_rejected_reads_why_and_what_to_do(pages: Path) -> None:
    text = page_of(pages, "cut").read_text()
    assert "could not be graded" in text
    assert "not valid JSON" in text
    assert "What to do" in text
    assert "Your score" not in text


def test_a_fault_of_ours_is_not_told_in_detail(course: Path) -> None:
    book(
        course,
        result_of(course, "bob", "ungradable", "test_secret in the suite: expected 3.25"),
        None,
    )
    assert write(course, "--student", "bob").returncode == 0
    text = page_of(course, "bob").read_text()
    assert "not your fault" in text
    assert "3.25" not in text
    assert "test_secret" not in text


def test_every_outcome_has_its_word(course: Path) -> None:
    tests = [
        TestResult(f"t{n}", outcome, 1, "Look at the shape.", 0.1, f"Idea {n}.")
        for n, outcome in enumerate(SYMBOLS)
    ]
    tests += [TestResult("t9", "passed", 1, None, 0.1, "Idea 1.")]
    notebook = json.dumps(bank.submission(A, {})).encode()
    book(course, result_of(course, "bob", "graded", tests=tests), notebook)
    write(course, "--student", "bob")
    text = page_of(course, "bob").read_text()
    for outcome, sign in SYMBOLS.items():
        assert sign in text
        assert WORDS[outcome] in text
    assert "failed</span> in 1 of 2 cases: Idea 1." in text


def test_what_kept_all_tests_from_running_is_said_once(course: Path) -> None:
    hint = "not run: the notebook's cells took all the time that a submission has"
    tests = [TestResult(f"t{n}", "timeout", 1, hint, 0.0, f"Idea {n}.") for n in range(3)]
    book(
        course,
        result_of(course, "bob", "graded", tests=tests),
        json.dumps(bank.submission(A, {})).encode(),
    )
    write(course, "--student", "bob")
    text = page_of(course, "bob").read_text()
    assert text.count("took all the time") == 1
    assert "The tests of 8 tasks were not run: the notebook&#39;s cells took all the time" in text
    assert text.count("Not run: see “About your notebook”.") == 8


def test_pages_can_share_what_is_most_of_them(course: Path, browser: Browser) -> None:
    """A figure is drawn from the file beside the pages, also where they are opened from a disk."""
    assert write(course).returncode == 0
    alone = page_of(course, "ada").stat().st_size
    done = write(course, "--assets", "shared")
    assert "0 up to date" in done.stdout
    assert page_of(course, "ada").stat().st_size < min(150_000, alone / 5)
    names = {path.name.split("-")[0] for path in (course / "feedback" / "assets").iterdir()}
    assert names == {"plotly", "math.woff2"}
    browser.open(page_of(course, "ada"))
    browser.run("document.querySelector('figure.plot').scrollIntoView()")
    browser.wait("document.querySelector('figure.plot[data-drawn]')")
    assert "0 written" in write(course, "--assets", "shared").stdout
    assert "0 written" not in write(course).stdout, "alone, they are other pages"


def test_a_page_says_which_file_it_is_about(pages: Path) -> None:
    text = page_of(pages, "ada").read_text()
    sha256 = hashlib.sha256(Course(pages).submission("ada", A.name).read_bytes()).hexdigest()
    (footer,) = re.findall(r"<footer.*?</footer>", text, re.DOTALL)
    assert f"<code>{A.name}.ipynb</code>, handed in on 2026-03-02 at 10:00 UTC" in footer
    assert re.search(r"graded on 20\d\d-\d\d-\d\d at \d\d:\d\d UTC", footer)
    assert f"SHA-256 of the file: <code>{sha256}</code>" in footer


def test_full_marks_are_no_warning(course: Path, browser: Browser) -> None:
    write(course, "--student", "ada")
    browser.open(page_of(course, "ada"))
    colour = "return getComputedStyle(document.querySelector('.notice')).backgroundColor"
    assert browser.run("return document.querySelector('.notice').innerText").endswith(
        "Every test passed."
    )
    well = browser.run(colour)
    browser.run("document.querySelector('.notice').classList.remove('well')")
    assert well != browser.run(colour)


def test_late_work_and_extra_credit_are_listed(course: Path) -> None:
    with opened(Course(course)) as gradebook:
        gradebook.find_grade("z1-test", A.name, A.name, "ada").extra_credit = 1
        gradebook.find_submission(A.name, "ada").notebooks[0].late_submission_penalty = 2.5
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="<i>Lovelace</i>")
        gradebook.db.commit()
    write(course, "--student", "ada")
    text = page_of(course, "ada").read_text()
    assert "<strong>16.5</strong> of 20 points" in text
    assert '<th scope="row">Extra credit</th><td class="number">+1</td>' in text
    assert '<th scope="row">Handed in late</th><td class="number">−2.5</td>' in text
    assert "Ada &lt;i&gt;Lovelace&lt;/i&gt;" in text


def test_the_bank_leads_and_follow_through_is_told(course: Path) -> None:
    """A class whose one failed task is a mistake of the bank in
    other words, and a result with remarks.
    """
    hand_in(
        course,
        "bob",
        json.dumps(bank.submission(A, {"z2": "z2 = torch.matmul(y1, w2.t()).reshape(1, 4)"})),
    )
    shutil.rmtree(course / "submitted" / MALLORY)
    (course / "results" / A.name / f"{MALLORY}.json").unlink()
    done = run(course, "autograder", "grade", A.name, "--course-dir", str(course), "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert (
        run(course, "autograder", "feedback", A.name, "--course-dir", str(course)).returncode == 0
    )
    says = next(p for p in bank.load(A) if p.path.stem == "z2_row").path.read_text().splitlines()
    sentence = (
        next(line for line in says if not line.startswith("# fails")).removeprefix("# ").rstrip(".")
    )
    text = page_of(course, "bob").read_text()
    lead = text[text.index('<p class="lead">') :]
    assert escape(sentence) in lead[: lead.index("</p>")]

    tests = [
        TestResult(f"t{n}", "passed", 1, None, 0.1, "Idea.", "right for your own `z1`")
        for n in range(2)
    ]
    tests += [
        TestResult(f"n{n}", "timeout", 1, "not run: others ran too long", 0.1, f"Idea {n}.")
        for n in range(9)
    ]
    book(
        course,
        result_of(course, "bob", "graded", tests=tests),
        json.dumps(bank.submission(A, {})).encode(),
    )
    write(course, "--student", "bob")
    text = page_of(course, "bob").read_text()
    assert "Counted: 2 tests, right for your own <code>z1</code>." in text
    tasks = sum(not task.manual for task in A.tasks)
    assert text.count("not run: others ran too long") == tasks  # nine lines are one
    assert "9 tests, for one reason" in text
    assert "Every test passed" not in text
    perfect = page_of(course, "ada")
    write(course, "--student", "ada")
    assert '<p class="notice well">' in perfect.read_text()


# --- In a browser ---


def show(browser: Browser, path: Path, width: int = 1280) -> None:
    """Open a page with everything unfolded and drawn."""
    browser.resize(width, 900)
    browser.open(path)
    browser.run("for (const part of document.querySelectorAll('details')) part.open = true")
    browser.run(
        "for (const plot of document.querySelectorAll('figure.plot')) plot.scrollIntoView()"
    )
    count = browser.run("return document.querySelectorAll('figure.plot').length")
    for number in range(count):
        browser.run(f"document.querySelectorAll('figure.plot')[{number}].scrollIntoView()")
        browser.wait(f"document.querySelectorAll('figure.plot')[{number}].dataset.drawn === 'yes'")


TRY_IT = """
for (const element of document.body.querySelectorAll('*'))
  for (const name of [
    'click', 'mouseover', 'mouseenter', 'focus', 'load', 'error', 'toggle', 'keydown'])
    if (!(name === 'click' && element.closest('a[href], button, form'))
        && !element.closest('figure.plot'))
      element.dispatchEvent(new Event(name, {bubbles: false}));
const linked = document.querySelectorAll('[href], [src], [action], [data], [srcset]');
return [owned, location.href, [...linked]
  .filter((e) => !e.closest('figure.plot'))
  .map((e) => e.getAttribute('href') ?? e.getAttribute('src') ?? e.getAttribute('action') ?? '?')];
"""
REQUESTS = (
    "return performance.getEntriesByType('resource').map((e) => e.name).filter((n) => "
    "!/^(data|blob):/.test(n))"
)


def assert_harmless(browser: Browser, path: Path) -> None:
    owned, place, links = browser.run(TRY_IT)
    assert owned == 0
    assert place == path.resolve().as_uri()
    assert all(
        link.startswith(("#", "https://", "http://", "mailto:", "data:image/png;base64,"))
        for link in links
    )
    assert browser.run(REQUESTS) == []
    assert browser.run(
        "return document.querySelectorAll('main script, main iframe, main "
        "svg:not(.main-svg)').length"
    ) == (browser.run("return document.querySelectorAll('figure.plot svg:not(.main-svg)').length"))


def uncleaned() -> dict[str, Any]:
    """Mallory's graded notebook, with hostile outputs that nothing has cleaned."""
    notebook = hostile()
    shown: list[dict[str, Any]] = [{"text/html": text} for text in HOSTILE_HTML] + [
        {"text/markdown": text} for text in HOSTILE_MARKDOWN
    ]
    shown += [
        {"image/svg+xml": HOSTILE_HTML[2], "text/plain": "x"},
        {"application/javascript": "own()"},
        {"image/png": f'{PIXEL}" onerror="own()'},
        {"text/latex": "$\\href{javascript:own()}{x}$"},
        {"application/vnd.plotly.v1+json": FIGURE},
    ]
    said = "\x1b[31mred\x1b[0m \u202egnp.exe <script>own()</script>"
    for cell in notebook["cells"]:
        if cell["id"] == "mine":
            cell["outputs"] = [
                {"output_type": "display_data", "data": data, "metadata": {}} for data in shown
            ]
            cell["outputs"] += [
                {"output_type": "stream", "name": "stdout", "text": said},
                {
                    "output_type": "error",
                    "ename": HOSTILE_HTML[0],
                    "evalue": said,
                    "traceback": [said],
                },
            ]
        if cell["id"] in ("mine", "raw") or cell["id"].startswith("m"):
            cell["id"] = f"extra-{cell['id']}"
    return notebook


@pytest.mark.parametrize("cleaned", [True, False], ids=["as graded", "had nothing been cleaned"])
def test_nothing_of_theirs_runs(pages: Path, course: Path, browser: Browser, cleaned: bool) -> None:
    path = page_of(pages, MALLORY)
    if not cleaned:
        Course(course).autograded(MALLORY, A.name).write_text(json.dumps(uncleaned()))
        write(course, "--student", MALLORY)
        path = page_of(course, MALLORY)
    browser.complaints()
    show(browser, path)
    assert (
        browser.run(
            "return document.querySelectorAll('[aria-labelledby=task-z1] figure.plot').length"
        )
        == 1
    )
    assert (
        browser.run(
            "return document.querySelectorAll('#content figure.plot .trace.scatter').length"
        )
        >= 2
    )
    assert_harmless(browser, path)
    assert browser.complaints() == []
    assert "Share chart..." not in browser.run(
        "return [...document.querySelectorAll('[data-title]')].map((e) => e.dataset.title)"
    )
    text = path.read_text()
    assert "\\u202e" in text
    assert "\u202e" not in text
    assert "red \\u202egnp.exe &lt;script&gt;own()" in text


@pytest.mark.parametrize(
    ("student", "width"),
    [("ada", 390), ("bob", 1280), (MALLORY, 1280), (MALLORY, 390), ("cut", 390)],
)
def test_a_page_fits_and_can_be_used_by_all(
    pages: Path, browser: Browser, student: str, width: int
) -> None:
    import axe_core_python

    browser.complaints()
    show(browser, page_of(pages, student), width)
    # Not innerWidth: on a phone it grows with what doesn't fit.
    assert browser.run("return document.documentElement.scrollWidth") <= width
    axe = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
    found = browser.run(axe + "; return axe.run(document, {resultTypes: ['violations']})")
    faults = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [
        (v["id"], v["nodes"][0]["html"], v["nodes"][0].get("failureSummary")) for v in faults
    ] == []
    assert browser.complaints() == []


def test_a_page_can_be_walked_by_keyboard(pages: Path, browser: Browser) -> None:
    browser.resize(1280, 900)
    browser.open(page_of(pages, "bob"))
    browser.press("\ue004")
    assert browser.run("return document.activeElement.textContent") == "Skip to the tasks"
    browser.press("\ue007")
    assert browser.run("return location.hash") == "#content"
    levels = browser.run(
        "return [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((h) => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert "1" not in browser.run("return document.querySelector('details').open ? '1' : '0'")
    browser.run(
        "document.querySelector('#task-z1').closest('section').querySelector('summary').focus()"
    )
    browser.press("\ue007")
    assert browser.run(
        "return document.querySelector('#task-z1').closest('section').querySelector('details').open"
    )


# --- nbgrader's own view of what was graded ---


@pytest.mark.filterwarnings(
    "ignore:Your element with mimetype:UserWarning"
)  # figures, which nbconvert leaves out
@pytest.mark.parametrize("template", ["classic", "formgrade"])
def test_nothing_of_theirs_runs_in_formgrader(
    pages: Path, browser: Browser, tmp_path: Path, template: str
) -> None:
    """Formgrader shows the graded notebook with nbconvert, without a policy, to the instructor."""
    notebook = nbformat.read(Course(pages).autograded(MALLORY, A.name), as_version=4)
    templates = (
        Path(generate_feedback.__file__).parent.parent
        / "server_extensions"
        / "formgrader"
        / "templates"
    )
    styles = templates.parent / "static" / "node_modules" / "bootstrap" / "dist" / "css"
    exporter = HTMLExporter(
        template_name=template,
        extra_template_basedirs=[str(templates)],
        extra_template_paths=[str(styles)],
    )
    html, _ = exporter.from_notebook_node(notebook, {"base_url": "", "index": 0, "total": 1})
    assert "A fold." in html
    path = tmp_path / "view.html"
    path.write_text(html, encoding="utf-8")
    browser.open(path)
    owned, _, _ = browser.run(TRY_IT)
    assert owned == 0
    links = browser.run(
        "return [...document.querySelectorAll('a[href], img[src]')].map((e) => e.href ?? e.src)"
    )
    assert not [link for link in links if link.startswith(("javascript:", "data:text"))]
    assert (
        browser.run(
            "return document.querySelectorAll('svg script, iframe, object, embed, "
            "base[href]').length"
        )
        == 0
    )
