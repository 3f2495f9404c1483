"""A headless Chromium, driven through chromedriver by the WebDriver protocol, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
MISSING = None if CHROMIUM and CHROMEDRIVER else "needs Chromium and chromedriver (Debian: chromium, chromium-driver)"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's name for a reference to an element
SECONDS = 30


class Browser:
    """One browser with one page. `close` ends it."""

    def __init__(self, directory: Path) -> None:
        assert CHROMIUM is not None
        assert CHROMEDRIVER is not None
        self._driver = subprocess.Popen([CHROMEDRIVER, "--port=0"], stdout=subprocess.PIPE, text=True)
        assert self._driver.stdout is not None
        said = iter(self._driver.stdout.readline, "")
        port = next(found[1] for line in said if (found := re.search(r"successfully on port (\d+)", line)))
        self._connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=SECONDS)
        switches = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={directory}",
        ]
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": CHROMIUM, "args": switches},
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": 1000 * SECONDS},
        }
        self._path = ""
        self._path = f"/{self._ask('POST', '', {'capabilities': {'alwaysMatch': wanted}})['sessionId']}"
        self.resize(1280, 800)

    def close(self) -> None:
        """End the browser and its driver."""
        try:
            self._ask("DELETE", "")
        finally:
            self._connection.close()
            self._driver.terminate()
            self._driver.communicate(timeout=SECONDS)

    def open(self, page: Path | str) -> None:
        """Show a file, or what is at a URL."""
        self._command("url", url=page if isinstance(page, str) else page.resolve().as_uri())

    def resize(self, width: int, height: int) -> None:
        """Make the window that many CSS pixels large; a narrow one is a phone's."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self._command("goog/cdp/execute", cmd="Emulation.setDeviceMetricsOverride", params=metrics)

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns, or what the promise that it returns comes to."""
        return self._command("execute/sync", script=script, args=list(arguments))

    def wait(self, condition: str) -> Any:
        """Wait until a JavaScript expression is true; its value.

        Raises:
            TimeoutError: it is not, for half a minute.
        """
        until = f"""
            const end = performance.now() + {900 * SECONDS}, value = () => ({condition});
            while (!value()) {{
              if (performance.now() > end) return null;
              await new Promise((resolve) => setTimeout(resolve, 10));
            }}
            return value();"""
        value = self.run(f"return (async () => {{ {until} }})()")
        if value is None:
            raise TimeoutError(condition)
        return value

    def click(self, selector: str, number: int = 0) -> None:
        """Click on the middle of the element that the CSS selector finds, or on one of several."""
        element = self._command("elements", using="css selector", value=selector)[number]
        self._point({ELEMENT: element[ELEMENT]}, 0, 0)

    def click_at(self, x: float, y: float) -> None:
        """Click on a point of the window."""
        self._point("viewport", round(x), round(y))

    def press(self, key: str) -> None:
        """Press and release a key."""
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._command("actions", actions=[{"type": "key", "id": "keyboard", "actions": keys}])

    def complaints(self) -> list[str]:
        """What came to the console since the last call."""
        return [entry["message"] for entry in self._command("se/log", type="browser")]

    def _point(self, origin: Any, x: int, y: int) -> None:
        moves = [
            {"type": "pointerMove", "origin": origin, "x": x, "y": y, "duration": 0},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._command("actions", actions=[{"type": "pointer", "id": "mouse", "actions": moves}])

    def _command(self, name: str, **parameters: Any) -> Any:
        return self._ask("POST", f"/{name}", parameters)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        self._connection.request(method, f"/session{self._path}{path}", json.dumps(body) if body is not None else None)
        value = json.loads(self._connection.getresponse().read())["value"]
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{path}: {value['error']}: {value['message']}")
        return value
