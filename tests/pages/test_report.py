"""The report of a class: what its page and its table say, in a real browser, with hostile names."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import msgspec
import pytest
from browser_for_tests import Browser

from autograder import pages
from autograder.authoring import bank
from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.outcome import Outcome, Provenance, Result, TaskResult, TestResult
from autograder.gradebook import marks
from autograder.gradebook.book import CourseGradebook
from autograder.gradebook.database import opened
from autograder.pipeline import record
from autograder.report import answers, class_answers, write_report
from autograder.report.answers import Work
from autograder.report.class_list import lateness
from autograder.report.figures import Figures, analyse
from autograder.report.known_mistakes import Failure, Mistake
from autograder.report.recorded import Recorded, read_recorded
from autograder.report.table import as_csv

A = find("01_relu_matrix")
AUTOMATIC = [task for task in A.tasks if not task.manual]
BASIS = Provenance("", A.suite_sha256, "0.1.0", 7, "cpu", "2.0.0", "namespaces")
HOSTILE = "<img src=x onerror=own()>"
FORMULA = "=HYPERLINK(1)"
TIMES = {"s2": "2026-03-02 12:04:30 UTC", "s3": "2026-03-02 09:59:00 UTC"}
"""When some handed in; it was due at 10."""
HINT = "z2 has the right shape and wrong values: is a ReLU missing? \u202e<script>own()</script>"
CODE = (
    "def sign_scale(c, d):\n"
    + "".join(f"    v{n} = c * {n} + d\n" for n in range(20))
    + "    return v1, '</pre><script>own()'\n"
)
MISTAKE = Mistake(
    "reject/z2_x", "A <b>mistake</b>.", {"z2": frozenset({Failure("test_z2", "failed", HINT)})}
)


def graded(student: str, lost: dict[str, Outcome], seconds: float = 1.0) -> Result:
    """A result in which each task has one test; those named ended otherwise than passed."""
    tasks = []
    for task in AUTOMATIC:
        outcome = lost.get(task.id, "passed")
        hint = HINT if outcome == "failed" else None
        test = TestResult(f"test_{task.id}", outcome, 1, hint, 0.1, f"About <i>{task.id}</i>.")
        tasks.append(
            TaskResult(task.id, task.points, 0 if task.id in lost else task.points, [test])
        )
    return Result(
        assignment=A.name, student=student, status="graded", score=sum(t.score for t in tasks),
        max_score=A.max_score, tasks=tasks, seconds=seconds,
        provenance=msgspec.structs.replace(BASIS, submission_sha256=student),
    )  # fmt: skip


def rejected(student: str) -> Result:
    return Result(
        assignment=A.name, student=student, status="rejected",
        reason="=1+1 is <script>own()</script> no notebook.",
        max_score=A.max_score, provenance=BASIS, seconds=0,
    )  # fmt: skip


def hand_in(course: Course, result: Result, cells: dict[str, str]) -> None:
    notebook = json.dumps(bank.submission(A, cells)).encode() if result.status == "graded" else None
    path = course.submission(result.student, A.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook or b"")
    if result.student in TIMES:
        (path.parent / "timestamp.txt").write_text(TIMES[result.student])
    record.save(course, result, notebook)
    with CourseGradebook(course, A) as gradebook:
        gradebook.save(result)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Twelve students: nine with full points, two who lose z2 (one by a crash), a rejected and a
    hostile one; another one handed in nothing.
    """
    made = Course(tmp_path_factory.mktemp("course"))
    for n in range(8):
        hand_in(made, graded(f"s{n}", {}), {})
    hand_in(
        made,
        graded(HOSTILE, {"z2": "failed", "regions": "failed"}, seconds=30),
        {"sign_scale": CODE},
    )
    hand_in(
        made, graded(FORMULA, {"z2": "failed"}), {"sign_scale": CODE, "explain_fold": "It folds."}
    )
    hand_in(made, graded("crash", {"z2": "crashed"}), {"z1": "z1 = x @ w1.T  # mine"})
    hand_in(made, rejected("-cut"), {})
    made.result("broken", A.name).write_text("{}")
    made.submission("late", A.name).parent.mkdir(parents=True)
    with opened(made) as gradebook:
        gradebook.update_or_create_student(
            "s1", first_name="<script>own()</script>", last_name="O'Neill"
        )
        gradebook.update_or_create_student("kim", first_name="Jisoo", last_name="Kim")
        gradebook.update_or_create_assignment(A.name, duedate="2026-03-02 10:00 UTC")
        gradebook.db.commit()
    for student in ("s3", HOSTILE):
        made.feedback(student, A.name).parent.mkdir(parents=True)
        made.feedback(student, A.name).touch()
    return made


@pytest.fixture(scope="module")
def figures(course: Course) -> Figures:
    return write_report.report(course, A, None, 1, with_bank=False)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- What is found ---


def test_the_figures_of_the_class(figures: Figures) -> None:
    assert figures.spread is not None
    assert (figures.spread.count, figures.spread.least, figures.spread.most) == (11, 14, 18)
    assert figures.spread.mean == pytest.approx((8 * 18 + 14 + 16 + 16) / 11)
    assert {item.task: item.passed for item in figures.tests} == {
        "z1": 11, "y1": 11, "z2": 8, "w2_abs": 11, "two_layer": 11, "sign_scale": 11,
        "best_linear": 11, "regions": 10,
    }  # fmt: skip
    assert [(n.student, n.kind) for n in figures.needs] == [
        ("broken", "unreadable"), ("late", "not graded"), ("-cut", "rejected"), ("crash",
        "stopped"),
    ]  # fmt: skip
    assert figures.waiting == {
        "explain_fold": sorted([*(f"s{n}" for n in range(8)), HOSTILE, FORMULA, "crash"])
    }
    assert [group.students for group in figures.shared] == [(HOSTILE, FORMULA)]
    assert figures.shared[0].tasks == ("sign_scale",)
    assert [row.person.id for row in figures.students if row.absent] == ["kim"]
    late = {row.person.id: lateness(row.late) for row in figures.students if row.late}
    assert late == {"s2": "2 h 5 min"}
    assert figures.slow[0].student == HOSTILE
    assert figures.common is None
    assert figures.mixed is None


def test_mistakes_of_the_bank_are_told_with_who_made_them(course: Course) -> None:
    recorded = read_recorded(course, A.name)
    found = analyse(A, recorded, marks.read(course, A.name), {}, [MISTAKE])
    assert found.common is not None
    assert [(c.task, [m.student for m in c.matches]) for c in found.common] == [
        ("z2", [HOSTILE, FORMULA])
    ]
    assert "z2: 2 made what looks like the same mistake: A <b>mistake</b>." in [
        each.text for each in found.first
    ]
    page = write_report.render(A, found)
    assert "A &lt;b&gt;mistake&lt;/b&gt;.<br><code" in page
    none = analyse(A, recorded, marks.read(course, A.name), {}, [])
    assert "No wrong answer clearly resembles" in write_report.render(A, none)


# --- The table ---


def test_the_table_has_a_row_for_each_submission(course: Course, figures: Figures) -> None:
    text = (course.root / "reports" / f"{A.name}.csv").read_text()
    assert text == as_csv(A, figures)
    rows = {row["student"]: row for row in table(text)}
    assert list(rows["s0"]) == [
        "student",
        "name",
        "status",
        "reason",
        "handed_in_utc",
        "late_minutes",
        "mark",
        "score",
        *[t.id for t in AUTOMATIC],
        "seconds",
        "flags",
    ]
    assert len(rows) == 15
    assert (rows["s2"]["handed_in_utc"], rows["s2"]["late_minutes"]) == (TIMES["s2"][:-4], "124.5")
    assert (rows["s3"]["late_minutes"], rows["s3"]["mark"]) == ("", "18.0")
    assert rows["kim"] == dict.fromkeys(rows["s0"], "") | {
        "student": "kim", "name": "Jisoo Kim", "status": "nothing handed in",
    }  # fmt: skip
    assert (rows["s0"]["score"], rows["s0"]["z2"], rows["s0"]["seconds"]) == ("18.0", "2.0", "1.0")
    assert rows["s0"]["flags"] == "explain_fold to be graded by hand"
    assert (
        rows["crash"]["flags"]
        == "z2 ended its process in 1 test; explain_fold to be graded by hand"
    )
    assert rows[HOSTILE]["flags"].endswith(f"shares code with {FORMULA}")
    assert rows["late"]["status"] == "not graded"
    assert rows["'-cut"] | {"reason": ""} == dict.fromkeys(rows["s0"], "") | {
        "student": "'-cut", "status": "rejected", "seconds": "0.0",
    }  # fmt: skip


def test_no_cell_of_the_table_is_a_formula(figures: Figures) -> None:
    cells = [cell for row in csv.reader(io.StringIO(as_csv(A, figures))) for cell in row]
    assert f"'{FORMULA}" in cells
    assert "'=1+1 is <script>own()</script> no notebook." in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))] == []


@pytest.mark.parametrize("student", ["  =1+1", "＝1+1", "－1", "＠x"])
def test_no_formula_hides_behind_a_space_or_a_wide_sign(student: str) -> None:
    odd = Recorded([graded(student, {})], [f"{student} too"], [], datetime.now(UTC))
    nobody = marks.ClassMarks(A.name, None, 0.0, {}, {})
    text = as_csv(A, analyse(A, odd, nobody, {}, None))
    assert [row["student"] for row in table(text)] == [f"'{student}", f"'{student} too"]
    assert table(text)[0]["score"] == "18.0"


# --- The command ---


def autograder(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "autograder"), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
    )


def test_the_command_says_what_matters_and_where_the_page_lies(
    course: Course, figures: Figures, tmp_path: Path
) -> None:
    page = tmp_path / "to" / "page.html"
    done = autograder(
        "report", A.name, "--course-dir", str(course.root), "--output", str(page), "--no-bank"
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert (
        lines[0]
        == "class        14 submissions: 11 graded, 1 rejected, 1 unreadable, 1 not graded yet"
    )
    assert lines[1] == "scores       mean 17.27, median 18 of 18, from 14 to 18"
    assert lines[2] == "hardest      z2: test_z2, passed by 73%"
    assert lines[3:5] == ["absent       1 handed in nothing: kim", "late         1: s2"]
    assert lines[5] == "needs you    4 submissions; 11 answers to score by hand"
    assert lines[6] == "first        2 submissions have no usable result: grade the class again."
    assert lines[7:] == [f"report       {page}, table in page.csv"]
    assert page.with_suffix(".csv").read_text() == as_csv(A, figures)
    assert page.with_suffix(".csv").is_file()


def test_a_large_class_is_read_by_several_processes_alike(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages_, tables = [], []
    for few in (class_answers.FEW, 0):
        monkeypatch.setattr(class_answers, "FEW", few)
        page = tmp_path / "page.html"
        write_report.report(course, A, page, 2, with_bank=False)
        pages_.append(page.read_text())
        tables.append(page.with_suffix(".csv").read_text())
    assert pages_[0] == pages_[1]
    assert tables[0] == tables[1]
    read = class_answers.read_answers(course, A.name, ["crash", "late", "s1"], 2, list)
    assert read.keys() == {"crash", "s1"}
    assert read["crash"].code["z1"] == "z1 = x @ w1.T  # mine"


def test_a_process_that_is_killed_while_it_reads_is_said(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_answers, "FEW", 0)

    def killed(found: Iterable[Work | None]) -> Iterator[Work | None]:
        for work in found:
            for process in multiprocessing.active_children():
                process.kill()
            yield work

    with pytest.raises(UsageError, match="again with --jobs 1, which starts no"):
        class_answers.read_answers(course, A.name, ["s1"] * 5000, 2, killed)


def test_nothing_graded_yet(tmp_path: Path) -> None:
    done = autograder("report", A.name, "--course-dir", str(tmp_path), "--no-bank")
    assert done.returncode == 2
    assert f"run `autograder grade {A.name}` first" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["report.csv", "."])
def test_an_output_that_is_no_place_for_a_page(course: Course, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="name a file for the page"):
        write_report.report(course, A, tmp_path / name, 1, with_bank=False)


def test_a_class_of_which_nobody_is_graded(tmp_path: Path) -> None:
    course = Course(tmp_path)
    hand_in(course, rejected("s1"), {})
    found = write_report.report(course, A, None, 1, with_bank=False)
    assert found.spread is None
    assert "No submission is graded yet." in (tmp_path / "reports" / f"{A.name}.html").read_text()


@pytest.mark.usefixtures("figures")
def test_the_page_leads_to_the_pages_of_students(course: Course, browser: Browser) -> None:
    browser.open(course.root / "reports" / f"{A.name}.html")
    links = browser.run(
        "return [...document.querySelectorAll('#students ~ div td a')].map((each) => each.href)"
    )
    assert sorted(links) == sorted(course.feedback(s, A.name).as_uri() for s in ("s3", HOSTILE))


def test_without_a_gradebook_nobody_is_missing_or_late() -> None:
    nobody = marks.ClassMarks(A.name, None, 0.0, {}, {})
    recorded = Recorded([graded("s", {})], [], [], datetime.now(UTC))
    text = write_report.render(A, analyse(A, recorded, nobody, {}, None))
    assert "it is not known who is missing" in text
    assert "it is not known who was late" in text


# --- The page in a browser ---


@pytest.fixture(scope="module")
def page(course: Course, figures: Figures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with everything on it, the bank's mistakes too."""
    recorded, booked = read_recorded(course, A.name), marks.read(course, A.name)
    class_ = {
        r.student: given
        for r in recorded.results
        if (given := answers.read(course, r.student, A.name))
    }
    found = analyse(A, recorded, booked, class_, [MISTAKE])
    assert found.shared == figures.shared
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(write_report.render(A, found))
    return path


def show(browser: Browser, page: Path, width: int) -> None:
    """Open the page, unfold everything, and wait until every figure is drawn."""
    browser.resize(width, 900)
    browser.complaints()
    browser.open(page)
    browser.run("for (const each of document.querySelectorAll('details')) each.open = true")
    for n in range(int(browser.run("return document.querySelectorAll('figure.plot').length"))):
        browser.run("document.querySelectorAll('figure.plot')[arguments[0]].scrollIntoView()", n)
        browser.wait(f"document.querySelectorAll('figure.plot')[{n}].dataset.drawn")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_can_be_used_by_all(
    browser: Browser, page: Path, width: int, scheme: str
) -> None:
    browser.ask(
        "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
    )
    show(browser, page, width)
    assert (
        browser.run("return [...document.querySelectorAll('figure.plot svg.main-svg')].length") >= 3
    )
    # Not innerWidth: on a phone it grows with what doesn't fit.
    assert browser.run("return document.documentElement.scrollWidth") <= width
    scrolled = (
        "[...document.querySelectorAll('main *')].filter((e) => getComputedStyle(e).overflowX === "
        "'auto')"
    )
    lost = browser.run(
        f"return {scrolled}.filter((e) => e.scrollWidth > e.clientWidth && e.tabIndex < 0).length"
    )
    assert lost == 0  # what scrolls can be scrolled by keyboard
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text()
    found = browser.run(axe + "; return axe.run(document, {resultTypes: ['violations']})")
    faults = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [
        (v["id"], v["nodes"][0]["html"], v["nodes"][0].get("failureSummary")) for v in faults
    ] == []
    assert browser.complaints() == []


def test_nothing_of_theirs_runs_and_nothing_is_asked_of_anybody(
    browser: Browser, page: Path
) -> None:
    show(browser, page, 1280)
    assert browser.run("return globalThis.owned") == 0
    assert (
        browser.run(
            "return document.querySelectorAll('main img, main script, main i, main b').length"
        )
        == 0
    )
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    assert (
        browser.run("return document.querySelectorAll('.modebar-btn').length") == 0
    )  # one would upload the figure
    text = browser.run("return document.querySelector('main').textContent")
    for shown in (
        HOSTILE,
        FORMULA,
        "<script>own()</script> O'Neill (s1)",
        "\\u202e<script>own()</script>",
        "</pre><script>own()",
    ):
        assert shown in text
    assert "\u202e" not in text
    assert browser.complaints() == []


def test_half_a_surrogate_pair_stops_no_page() -> None:
    names = "name first wheel requirements earlier later tasks points seconds due"
    given = dict.fromkeys(names.split(), "x")
    assert "<h1>a?b</h1>" in pages.render("start.html", title="a\ud800b", **given)


def test_the_bars_are_the_class(browser: Browser, page: Path) -> None:
    show(browser, page, 1280)
    scores, tasks, tests = browser.run(
        "return [...document.querySelectorAll('figure.plot')]"
        ".map((figure) => figure.data.map((trace) => ({x: [...trace.x], y: [...trace.y]})))"
    )
    assert dict(zip(scores[0]["x"], scores[0]["y"], strict=True))["16–18"] == 10
    assert sum(scores[0]["y"]) == 11
    assert dict(zip(tasks[0]["y"], tasks[0]["x"], strict=True))["z2"] == pytest.approx(8 / 11)
    assert len(tests[0]["x"]) == 2  # the others have no discrimination: everybody passes


def test_every_section_is_reached_from_the_top(browser: Browser, page: Path) -> None:
    show(browser, page, 390)
    lost = (
        "[...document.querySelectorAll('a[href^=\"#\"]')].filter((a) => "
        "!document.getElementById(a.hash.slice(1)))"
    )
    assert browser.run(f"return {lost}.map((a) => a.hash)") == []
    browser.run("document.querySelector('nav a').focus()")
    browser.press("\ue007")
    assert browser.run("return location.hash") == "#first"


def test_the_page_of_a_large_class_names_some_and_the_table_everybody() -> None:
    students = [f"s{number:04d}" for number in range(2300)]
    same = msgspec.structs.replace(BASIS, submission_sha256="same")
    results = [msgspec.structs.replace(graded(s, {}), provenance=same) for s in students]
    late = [f"t{number:04d}" for number in range(2300)]
    recorded = Recorded(results, [], late, datetime.now(UTC))
    work = {student: answers.Work({"z1": "z1 = mine(x)"}, {}) for student in students}
    nobody = marks.ClassMarks(A.name, None, 0.0, {}, {})
    found = analyse(A, recorded, nobody, work, None)
    page = write_report.render(A, found, table="01.csv")
    assert page.count("The first 2,000 of 2,300; all are in 01.csv.") == 1
    assert page.count("The first 2,000 of 4,600; all are in 01.csv.") == 1
    assert len(page) < 6_000_000
    text = as_csv(A, found)
    assert [row["student"] for row in table(text)] == [*students, *late]
    assert len(text) < 1_500_000, "each names only some of the others"
