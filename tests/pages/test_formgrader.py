"""The real formgrader, in a real browser, on a class that `autograder grade` graded."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_for_tests import MISSING, Browser
from courses_for_tests import (
    BIN,
    CLASS,
    A,
    autograder,
    environment,
    hand_in,
    make_course,
    nbgrader,
)
from hostile_page_for_tests import MALLORY, hostile
from reading_for_tests import scores_file

from autograder.core.course import Course
from autograder.gradebook import marks

pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    root = make_course(tmp_path_factory.mktemp("formgrader"))
    hand_in(root, MALLORY, json.dumps(hostile()))
    named = nbgrader(
        root, "db", "student", "add", MALLORY, f"--first-name={MALLORY}", f"--last-name={MALLORY}"
    )
    assert named.returncode == 0, named.stderr
    assert nbgrader(root, "generate_assignment", A).returncode == 0
    command = [str(BIN / "autograder"), "grade", A, "--course-dir", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert done.stderr == ""
    return Course(root)


@pytest.fixture(scope="module")
def url(course: Course) -> Iterator[str]:
    """Jupyter with formgrader, started in the course directory."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = [f"--port={port}", f"--ServerApp.root_dir={course.root}", "--IdentityProvider.token="]
    command = [str(BIN / "jupyter"), "server", "--no-browser", "--allow-root", *options]
    with (course.root / "jupyter.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=course.root, env=environment(), stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}/formgrader"
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{address}/manage_assignments", timeout=30).close()
                break
            except OSError:
                assert time.monotonic() < until, (course.root / "jupyter.log").read_text()
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


TEXTS = "return [...document.querySelectorAll('tbody tr')].map((row) => row.textContent)"


def rows(browser: Browser, address: str) -> dict[str, str]:
    """The table of a page: of each row the text, by its last
    student's name or id that the class has.
    """
    browser.open(address)
    browser.wait("document.querySelectorAll('tbody td.student-id').length > 5")
    texts = browser.run(TEXTS)
    names = [*CLASS, "copied", "cut", "partner"]
    return {name: text for text in texts for name in names if name in text}


def total(browser: Browser, url: str, student: str) -> str:
    found = re.search(r"[\d.]+ / 20", rows(browser, f"{url}/manage_submissions/{A}")[student])
    assert found is not None
    return found[0]


def open_submission(browser: Browser, url: str, student: str) -> None:
    browser.open(f"{url}/gradebook/{A}/{A}")
    link = (
        "[...document.querySelectorAll('a.name-shown')].find((link) => "
        f"link.textContent.replace(/, $/, '') === {json.dumps(student)})"
    )
    browser.open(browser.wait(f"({link} || {{}}).href"))
    browser.wait("document.querySelectorAll('input.score').length === 9")
    browser.wait("formgrader.grades.loaded && formgrader.comments.loaded")


def type_into(browser: Browser, selector: str, text: str) -> None:
    """Go to a field, write, and leave it by the tabulator; wait until formgrader has saved it."""
    # formgrader's own event: on a busy machine the request may begin after the key is reported
    browser.run(
        "window.saved = false;"
        "jQuery(document).one('finished_saving', () => { window.saved = true; });"
        f"document.querySelector({selector!r}).focus()"
    )
    for key in text:
        browser.press(key)
    browser.press("\ue004")  # Tab
    browser.wait("window.saved")


def test_the_class_is_listed(browser: Browser, url: str) -> None:
    listed = rows(browser, f"{url}/manage_submissions/{A}")
    assert set(listed) == {*CLASS, "copied", "cut"}
    assert "18 / 20" in listed["model"]
    assert "16 / 20" in listed["printed"]
    assert (
        "needs autograding" in listed["cut"]
    )  # a submission without a grade is not taken for a zero


def test_a_manual_grade_counts_and_survives_grading_again(
    browser: Browser, url: str, course: Course
) -> None:
    assert total(browser, url, "essay") == "18 / 20"
    open_submission(browser, url, "essay")
    assert "It folds the plane." in browser.run("return document.body.textContent")
    type_into(browser, "#explain_fold", "1.5")
    type_into(browser, "#explain_fold-comment", "Which line?")
    type_into(browser, "#z1-test_extra_credit", "1")
    assert total(browser, url, "essay") == "20.5 / 20"
    booked = marks.read(course, A).booked["essay"]
    assert (booked.score, booked.comments) == (20.5, {"explain_fold": "Which line?"})

    flash = "document.querySelector('tr:has(a[href*=\"/essay/\"]) .autograde a')"
    browser.run(f"{flash}.click()")  # formgrader's own button: nbgrader autograde inside the server
    said = browser.wait("(document.querySelector('.modal.in .modal-body') || {}).textContent")
    assert "success" in said.lower(), said
    assert total(browser, url, "essay") == "20.5 / 20"
    again = marks.read(course, A).booked["essay"]
    assert again == booked
    assert not again.needs_person


def test_grading_again_from_the_command_line_keeps_it_too(course: Course) -> None:
    before = marks.read(course, A).booked
    command = [str(BIN / "autograder"), "grade", A, "--course-dir", str(course.root), "--force"]
    subprocess.run(command, capture_output=True, timeout=300, check=True)
    assert marks.read(course, A).booked == before


def test_the_page_of_a_submission_shows_scores_and_hints(browser: Browser, url: str) -> None:
    open_submission(browser, url, "printed")
    assert browser.wait("document.querySelector('#z2-test').placeholder") == "0"
    hint = browser.wait(
        "document.querySelector('#z2-comment').value || "
        "document.querySelector('#z2-comment').placeholder"
    )
    assert "z2" in hint


def test_nothing_of_a_hostile_submission_runs(browser: Browser, url: str) -> None:
    """The graded notebook as formgrader shows it: what they show is there, scripts are not."""
    open_submission(browser, url, f"{MALLORY}, {MALLORY}")
    address = browser.run("return location.href")
    assert MALLORY in browser.run("return document.querySelector('.breadcrumb').textContent")
    browser.wait("document.querySelectorAll('.output img, .output svg, .output_area').length > 5")
    for element in (
        "a[href^='javascript' i]",
        "iframe:not([sandbox='allow-scripts'][data-figure])",
        "meta[http-equiv='refresh' i]",
    ):
        assert browser.run(f"return document.querySelectorAll({element!r}).length") == 0, element
    browser.run(
        "for (const each of document.querySelectorAll('.cell *')) "
        "for (const kind of ['mouseover', 'click', 'load', 'error', 'toggle']) "
        "if (!(kind == 'click' && each.closest('a, button'))) each.dispatchEvent(new Event(kind))"
    )
    assert browser.run("return globalThis.owned") == 0
    assert browser.run("return location.href") == address


def test_a_grader_sees_figures_tests_and_the_model_answer(browser: Browser, url: str) -> None:
    open_submission(browser, url, "printed")
    beside = browser.run(
        "const answer = document.querySelector('#explain_fold').closest('.cell');"
        "const beside = answer.previousElementSibling;"
        "beside.querySelector('.model-answer').open = true; return beside.innerText"
    )
    assert re.search(r"z2\s+0 of 2\s+1 of 1 failed: z2 has ", beside)
    assert re.search(r"z1\s+2 of 2\s+passed", beside)
    assert "BEGIN SOLUTION" not in beside
    assert "would multiply out to one matrix" in beside.partition("Model answer")[2]
    drawn = "return document.querySelectorAll('figure.plot[data-drawn] svg.main-svg').length"
    for n in range(3):
        assert browser.in_frame("iframe[data-figure]", n, "return self.origin") == "null"
        until = time.monotonic() + 60
        while not browser.in_frame("iframe[data-figure]", n, drawn):
            assert time.monotonic() < until
            time.sleep(0.1)


def test_nobody_is_called_none(browser: Browser, url: str) -> None:
    for page in (f"manage_submissions/{A}", "manage_students"):
        browser.open(f"{url}/{page}")
        browser.wait("document.querySelectorAll('tbody tr').length > 5")
        listed = browser.run(TEXTS)
        assert any("model, " in text for text in listed)
        assert not any("None, " in text for text in listed)


@pytest.mark.parametrize(
    "page", [f"manage_submissions/{A}", f"gradebook/{A}/{A}", "manage_students"]
)
def test_no_name_of_a_student_runs_in_a_list(browser: Browser, url: str, page: str) -> None:
    browser.open(f"{url}/{page}")
    browser.wait("document.querySelectorAll('tbody tr').length > 5")
    assert browser.run("return globalThis.owned") == 0


def test_partners_have_a_row_each_and_one_score(browser: Browser, url: str, course: Course) -> None:
    (course.root / "groups.csv").write_text("group,student\npair,printed\npair,partner\n")
    assert "partner" not in rows(browser, f"{url}/manage_submissions/{A}")
    autograder(course.root, "grade", A)
    open_submission(browser, url, "printed")
    browser.run("document.querySelector('#explain_fold').value = ''")
    type_into(browser, "#explain_fold", "1")
    autograder(course.root, "merge", A)
    assert total(browser, url, "printed") == "17 / 20"
    assert total(browser, url, "partner") == "17 / 20"
    open_submission(browser, url, "partner")
    assert browser.wait("document.querySelector('#explain_fold').value") == "1"


def test_scores_that_people_gave_while_reading_stand_in_the_boxes(
    browser: Browser, url: str, course: Course, tmp_path: Path
) -> None:
    autograder(course.root, "read", A)
    page = course.root / "reading" / f"{A}-1-of-1.html"
    file = scores_file(page, tmp_path / "s.json", 0.5, comment="- Says why (+0.5)\n\nWhich?")
    said = autograder(course.root, "read", A, "--enter", str(file), status=1)
    assert "(essay), explain_fold: the gradebook has 1.5, the file 0.5" in said
    open_submission(browser, url, "loud")
    assert browser.wait("document.querySelector('#explain_fold').value") == "0.5"
    comment = browser.wait("document.querySelector('#explain_fold-comment').value")
    assert comment == "- Says why (+0.5)\n\nWhich?"
    assert total(browser, url, "loud") == "18.5 / 20"
