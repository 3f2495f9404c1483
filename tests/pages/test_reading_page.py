"""The page for reading written answers, in a real browser: by keyboard alone, and against harm."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from browser_for_tests import MISSING, Browser
from courses_for_tests import autograder
from hostile_page_for_tests import HOSTILE_MARKDOWN, MALLORY
from reading_for_tests import TASK, A, book, write_rubric

from autograder.core.course import Course
from autograder.gradebook import marks

pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))

ENTER, ESCAPE, LEFT, RIGHT, CONTROL = "\ue007", "\ue00c", "\ue012", "\ue014", "\ue009"
CLASS = {f"pupil{n}": f"Answer *number* {n}: $x_1 + x_2 = 0$." for n in range(6)}
BIDI = "abc \u202egnp.exe"
LONG = "A word. " * 130_000


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class with a rubric; one of it wrote every kind of script, one a megabyte."""
    root = tmp_path_factory.mktemp("reading")
    write_rubric(root)
    for student, answer in CLASS.items():
        book(root, student, answer)
    book(root, MALLORY, "\n\n".join(["A fold.", *HOSTILE_MARKDOWN, BIDI, "</script><b>x"]))
    book(root, "endless", LONG)
    for n in (1, 2):
        autograder(root, "read", A.name, "--share", f"{n}/2")
    return root


def page(root: Path, n: int) -> Path:
    return root / "reading" / f"{A.name}-{n}-of-2.html"


def state(browser: Browser) -> dict[str, Any]:
    """What the page shows."""
    script = """
        const one = (name) => document.querySelector(`section.now ${name}`);
        return {
            status: document.querySelector("#status").textContent,
            code: one("article.now h3").textContent,
            score: one(".score").value,
            comment: one(".comment").value,
            ticked: [...document.querySelectorAll("section.now .item")].map((box) => box.checked),
            focus: document.activeElement.className,
            message: document.querySelector("#message").textContent,
        }"""
    return dict(browser.run(script))


def reopen(browser: Browser, path: Path) -> None:
    """Open a page again, when Chromium has had time to pass on what the page kept: what the next
    one reads comes from another process.
    """
    time.sleep(1.0)
    browser.open(path)


def press(browser: Browser, *keys: str) -> dict[str, Any]:
    for key in keys:
        browser.press(key)
    return state(browser)


def saved(browser: Browser, folder: Path, n: int) -> Path:
    """Press Save by the keyboard, and wait for the file."""
    browser.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    path = folder / f"scores-{A.name}-{n}-of-2.json"
    path.unlink(missing_ok=True)
    browser.run("document.querySelector('#save').focus()")
    browser.press(ENTER)
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    return path


def test_a_share_is_scored_by_keyboard_and_a_reload_loses_nothing(
    browser: Browser, root: Path, tmp_path: Path
) -> None:
    browser.open(page(root, 1))
    browser.run("localStorage.clear()")
    reopen(browser, page(root, 1))
    first = state(browser)
    assert first["status"].startswith("Answer 1 of ")
    assert press(browser, "j")["code"] != first["code"]
    assert press(browser, "k") == first
    assert press(browser, RIGHT, LEFT) == first
    assert press(browser, LEFT) == first
    assert press(browser, "3")["score"] == "0"  # and not less
    ticked = press(browser, "2", "1")
    assert (ticked["ticked"], ticked["score"]) == ([True, True, True, False], "1.25")
    assert press(browser, "3", "4")["score"] == "1.5"
    assert press(browser, "c", *"1j ", ENTER, *"ok", ESCAPE)["comment"] == "1j \nok"
    assert press(browser, "s")["focus"] == "score"
    reopen(browser, page(root, 1))
    again = state(browser)
    assert again["ticked"] == [True, True, False, True]
    assert (again["score"], again["comment"]) == ("1.5", "1j \nok")
    second = press(browser, ENTER)
    assert "1 of " in second["status"].partition(". ")[2]
    assert (second["score"], second["comment"], second["ticked"]) == ("", "", [False] * 4)
    third = press(browser, ENTER)  # nothing applies: 0 points
    assert press(browser, "k")["score"] == "0"
    refused = press(browser, "j", "s", *"2.5", ENTER)
    assert refused["code"] == third["code"]
    assert "from 0 to 2" in refused["message"]
    assert press(browser, "s")["score"] == "2.5", "no score has a letter in it"
    assert press(browser, "k", "j")["code"] == third["code"]
    assert press(browser, ESCAPE, "n")["score"] == ""
    browser.run("document.querySelector('#save').focus()")
    assert "Nothing is saved yet" in press(browser, ENTER)["message"]
    press(browser, "s", "\ue003", "\ue003", "\ue003", *"0,5", ESCAPE)
    content = json.loads(saved(browser, tmp_path, 1).read_text())
    assert content["assignment"] == A.name
    by_code = {score["code"]: score for score in content["scores"]}
    assert by_code[first["code"]]["score"] == 1.5
    assert by_code[first["code"]]["comment"] == (
        "- Names the samples, with numbers (+0.5)\n- Says why one matrix can't do it (+1)\n"
        "- Please write whole sentences.\n\n1j \nok"
    )
    assert by_code[second["code"]]["score"] == 0
    assert by_code[third["code"]]["score"] == 0.5
    assert len(by_code) == 3


def test_what_was_saved_lands_in_gradebook_and_feedback(
    browser: Browser, root: Path, tmp_path: Path
) -> None:
    files = []
    for n in (1, 2):
        browser.open(page(root, n))
        browser.run("localStorage.clear()")
        reopen(browser, page(root, n))
        count = browser.run("return document.querySelectorAll('article').length")
        for _ in range(count):
            press(browser, str(n), "c", *f"By {n}.")
            browser.run(
                "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', "
                "{key: 'Enter', ctrlKey: true, bubbles: true}))"
            )
        files.append(str(saved(browser, tmp_path, n)))
    said = autograder(root, "read", A.name, "--enter", *files)
    assert f"entered    {len(CLASS) + 2} scores" in said
    booked = marks.read(Course(root), A.name).booked
    scores = {(b.marks[TASK].manual, b.comments[TASK].partition(" (")[0]) for b in booked.values()}
    assert scores == {
        (0.5, "- Names the samples, with numbers"),
        (1.0, "- Says why one matrix can't do it"),
    }
    autograder(root, "feedback", A.name, "--no-bank", "--student", "pupil0")
    browser.open(Course(root).feedback("pupil0", A.name))
    text = browser.run("return document.querySelector('.comment').innerText")
    assert "Your instructor writes:" in text
    assert "By " in text


def test_nothing_of_a_hostile_answer_runs(browser: Browser, root: Path) -> None:
    text = "".join(page(root, n).read_text() for n in (1, 2))
    assert MALLORY not in text
    assert "\u202e" not in text
    assert "[cut here: too long]" in text
    assert len(text) < 1_500_000
    for n in (1, 2):
        browser.open(page(root, n))
        browser.complaints()
        for _ in range(len(CLASS) + 2):
            press(browser, "j")
        browser.run(
            "for (const each of document.querySelectorAll('article *')) for (const kind of "
            "['mouseover', 'click', 'load', 'error', 'toggle']) if (!(kind === 'click' && "
            "each.closest('a'))) each.dispatchEvent(new Event(kind))"
        )
        assert browser.run("return globalThis.owned") == 0
        links = browser.run("return [...document.querySelectorAll('article a')].map((a) => a.href)")
        assert all(link.startswith(("https://", "http://")) for link in links)
        assert browser.run("return document.querySelectorAll('article img, iframe').length") == 0
        assert not browser.complaints()


def test_it_fits_a_phone_a_dark_room_and_paper(browser: Browser, root: Path) -> None:
    browser.open(page(root, 1))
    browser.run("localStorage.clear()")
    reopen(browser, page(root, 1))
    press(browser, "1", "2")
    browser.resize(360, 740)
    assert browser.run("return document.documentElement.scrollWidth") <= 360
    browser.resize(1280, 800)
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.ask("Emulation.setEmulatedMedia", features=dark)
    colour = "return getComputedStyle(document.body).backgroundColor"
    assert browser.run(colour) == "rgb(15, 19, 24)"
    browser.run("dispatchEvent(new Event('beforeprint'))")
    browser.ask("Emulation.setEmulatedMedia", media="print", features=dark)
    assert browser.run(colour) == "rgb(255, 255, 255)"
    shown = browser.run(
        "return [...document.querySelectorAll('article .given')]"
        ".filter((each) => each.offsetHeight).map((each) => each.innerText)"
    )
    browser.ask("Emulation.setEmulatedMedia", media="", features=[])
    assert len(shown) > 1
    assert shown[0].startswith("Score 1.5 of 2\n- Names the samples")
    assert set(shown[1:]) == {"No score yet"}


def test_axe_finds_nothing(browser: Browser, root: Path) -> None:
    import axe_core_python

    axe = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
    browser.open(page(root, 1))
    found = browser.run(axe + "; return axe.run(document, {resultTypes: ['violations']})")
    assert [each["id"] for each in found["violations"]] == []
