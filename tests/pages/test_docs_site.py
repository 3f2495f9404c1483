"""The documentation as a site: it builds without a warning, tells no answer, and asks nobody
elsewhere for anything.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser_for_tests import MISSING, Browser

from autograder.authoring import leaks
from autograder.authoring.source import parse
from autograder.core.assignment import REPOSITORY, assignments, find

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("material") is None or importlib.util.find_spec("mkdocs") is None,
    reason="needs mkdocs-material, which `make docs` installs",
)
LOADS = {"src", "srcset", "poster", "data", "action", "formaction", "data-src"}
LEADS_TO = {  # other sites that a reader may go to
    "nbgrader.readthedocs.io",
    "jupytext.readthedocs.io",
}


class Reader(HTMLParser):
    """What a page loads, where its links lead, what can be read, and its anchors."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads, self.links = list[str](), list[str]()
        self.anchors, self.text = set[str](), list[str]()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in LOADS or (name == "href" and tag != "a"):
                self.loads.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name == "style":
                self.loads += re.findall(r"url\(['\"]?([^'\")]+)", value or "")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it."""
    made = tmp_path_factory.mktemp("docs") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", made],
        cwd=REPOSITORY,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not re.search("warning|error", done.stdout + done.stderr, re.IGNORECASE), done.stderr
    return made


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Reader]:
    return {page: Reader(page) for page in sorted(site.rglob("*.html"))}


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Reader]) -> None:
    for page, read in pages.items():
        for address in read.loads:
            assert not urlsplit(address).scheme.startswith("http"), (page.name, address)
            assert not address.startswith("//"), (page.name, address)
    for sheet in site.rglob("*.css"):
        found = re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")\s]+)", sheet.read_text("utf-8"))
        assert not [url for url in found if not url.startswith(("data:", "#", "../", "./"))], sheet


def test_links_lead_to_what_is_there(pages: dict[Path, Reader]) -> None:
    for page, read in pages.items():
        for address in [*read.links, *read.loads]:
            parts = urlsplit(address)
            if parts.scheme in ("http", "https"):
                assert parts.netloc in LEADS_TO, (page.name, address)
                continue
            if parts.scheme:
                assert parts.scheme in ("mailto", "data"), (page.name, address)
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            target = target / "index.html" if target.is_dir() else target
            assert target.is_file(), (page.name, address)
            if parts.fragment and target in pages:
                # Scripts put anchors of their own, such as __codelineno-0-1, into a page.
                known = pages[target].anchors | {"__skip", "__comments"}
                assert unquote(parts.fragment) in known, (page.name, address)


def test_what_needs_no_answer_is_drawn(site: Path) -> None:
    """Eight of the first lesson's nine figures; the ninth shows what the student wrote."""
    page = (site / "lessons" / "01_relu_matrix.html").read_text("utf-8")
    assert page.count('data-figure="') == 8
    waits = "plots.fold(*sign_scale(2.0, 0.5))"
    assert waits in "".join(Reader(site / "lessons" / "01_relu_matrix.html").text)
    assert "Runs once <code>sign_scale</code> is answered." in page


@pytest.mark.parametrize("name", assignments())
def test_a_lesson_has_its_figures_and_no_answer(
    pages: dict[Path, Reader], site: Path, name: str
) -> None:
    page = site / "lessons" / f"{name}.html"
    assert 'data-figure="' in page.read_text("utf-8")
    source, assignment = parse(find(name).source / "notebook.py"), find(name)
    text = "".join(pages[page].text)
    found = leaks.find_in_texts([(page.name, text)], source, assignment.suite)
    assert not found, leaks.listed(found)
    assert text.count("YOUR CODE HERE") >= len([t for t in assignment.tasks if not t.manual])


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The address of a server of the site, on this machine."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.skipif(MISSING is not None, reason=MISSING or "")
class TestInABrowser:
    def test_pages_ask_this_site_only_and_fit_the_window(
        self, browser: Browser, pages: dict[Path, Reader], site: Path, address: str
    ) -> None:
        browser.complaints()
        for page in pages:
            browser.resize(390, 900)
            browser.open(f"{address}/{page.relative_to(site)}")
            browser.wait("document.readyState === 'complete'")
            browser.wait("document.documentElement.scrollWidth === 390")
            browser.resize(1280, 900)  # the navigation slides in
            browser.wait("document.documentElement.scrollWidth === 1280")
            loaded = "performance.getEntriesByType('resource').map((entry) => entry.name)"
            elsewhere = [
                name
                for name in browser.run(f"return {loaded}")
                if not name.startswith((address, "data:", "blob:"))
            ]
            assert not elsewhere, (page, elsewhere)
        assert browser.complaints() == []

    def test_a_lesson_opened_as_a_file_plays_by_keyboard(
        self, browser: Browser, site: Path
    ) -> None:
        browser.resize(1280, 900)
        browser.open(site / "lessons" / "01_relu_matrix.html")
        figures = "document.querySelectorAll('figure.plot')"
        for number in range(browser.run(f"return {figures}.length")):
            browser.run(f"{figures}[arguments[0]].scrollIntoView()", number)
            browser.wait(f"{figures}[{number}].dataset.drawn")
        moving = f"[...{figures}].filter((f) => f.layout.sliders)"
        browser.run(f"{moving}[0].scrollIntoView(); {moving}[0].focus()")
        browser.press("\ue010")  # End
        last = browser.wait(f"{moving}[0].layout.sliders[0].active")
        assert last == browser.run(f"return {moving}[0].layout.sliders[0].steps.length - 1")
        assert browser.complaints() == []

    @pytest.mark.parametrize("served", [True, False])
    def test_search_finds_a_lesson(
        self, browser: Browser, site: Path, address: str, served: bool
    ) -> None:
        browser.resize(1280, 900)
        browser.open(f"{address}/index.html" if served else site / "index.html")
        browser.run("document.querySelector('input.md-search__input').focus()")
        for letter in "crease":
            browser.press(letter)
        found = "document.querySelector('.md-search-result__item a')?.getAttribute('href')"
        assert "01_relu_matrix" in browser.wait(found)
        assert browser.complaints() == []

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing_serious(self, browser: Browser, site: Path, scheme: str) -> None:
        import axe_core_python

        axe = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
        browser.resize(1280, 900)
        colours = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.ask("Emulation.setEmulatedMedia", features=colours)
        for page in ("index", "lessons/01_relu_matrix", "api/expect"):
            browser.open(site / f"{page}.html")
            shown = browser.run("return document.body.dataset.mdColorScheme")
            assert shown == {"light": "default", "dark": "slate"}[scheme]
            found = browser.run(f"{axe}; return axe.run(document, {{resultTypes: ['violations']}})")
            serious = [
                (each["id"], [node["html"] for node in each["nodes"][:3]])
                for each in found["violations"]
                if each["impact"] in ("serious", "critical")
            ]
            assert not serious, (page, serious)
        browser.ask("Emulation.setEmulatedMedia", features=[])
