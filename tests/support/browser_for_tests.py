"""A headless Chromium with one page, driven by Selenium."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
CHROMEDRIVER = shutil.which("chromedriver")
MISSING = (
    None
    if CHROMIUM and CHROMEDRIVER
    else "needs Chromium and chromedriver (Debian: chromium, chromium-driver)"
)
SECONDS = 180


class Browser:
    """One browser with one page. `close` ends it."""

    def __init__(self, directory: Path) -> None:
        assert CHROMIUM is not None
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for switch in (
            "headless=new",
            "no-sandbox",
            "disable-gpu",
            "hide-scrollbars",
            f"user-data-dir={directory}",
        ):
            options.add_argument(f"--{switch}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self._driver = webdriver.Chrome(options, webdriver.ChromeService(CHROMEDRIVER))
        self._driver.set_script_timeout(SECONDS)
        self.resize(1280, 800)

    def close(self) -> None:
        """End the browser and its driver."""
        self._driver.quit()

    def open(self, page: Path | str) -> None:
        """Show a file, or what is at a URL."""
        self._driver.get(page if isinstance(page, str) else page.resolve().as_uri())

    def resize(self, width: int, height: int) -> None:
        """Make the window that many CSS pixels large; a narrow one is a phone's."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.ask("Emulation.setDeviceMetricsOverride", **metrics)

    def ask(self, command: str, **parameters: Any) -> None:
        """Give a command of the Chrome DevTools Protocol."""
        self._driver.execute_cdp_cmd(command, parameters)

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns, or what the promise that it returns comes to."""
        return self._driver.execute_script(script, *arguments)

    def in_frame(self, selector: str, number: int, script: str) -> Any:
        """What a script returns that runs in one of the frames that the CSS selector finds."""
        frame = self._driver.find_elements(By.CSS_SELECTOR, selector)[number]
        self._driver.execute_script("arguments[0].scrollIntoView()", frame)
        self._driver.switch_to.frame(frame)
        try:
            return self.run(script)
        finally:
            self._driver.switch_to.default_content()

    def wait(self, condition: str) -> Any:
        """Wait until a JavaScript expression is true; its value.

        Raises:
            TimeoutError: it is not, for three minutes: what is waited for may grade a submission.
        """
        until = time.monotonic() + SECONDS
        # asked again and again: a page may be replaced while one long script waits in it
        while not (found := self.run(f"const value = ({condition}); return value ? [value] : []")):
            if time.monotonic() > until:
                raise TimeoutError(condition)
            time.sleep(0.02)
        return found[0]

    def click(self, selector: str, number: int = 0) -> None:
        """Click on the middle of the element that the CSS selector finds, or on one of several."""
        element = self._driver.find_elements(By.CSS_SELECTOR, selector)[number]
        ActionChains(self._driver).move_to_element(element).click().perform()

    def click_at(self, x: float, y: float) -> None:
        """Click on a point of the window."""
        actions = ActionBuilder(self._driver)
        actions.pointer_action.move_to_location(round(x), round(y)).click()  # type: ignore[no-untyped-call]
        actions.perform()

    def press(self, key: str) -> None:
        """Press and release a key."""
        ActionChains(self._driver).send_keys(key).perform()

    def complaints(self) -> list[str]:
        """What came to the console since the last call."""
        return [entry["message"] for entry in self._driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def screenshot(self, path: Path) -> None:
        """Write what the window shows as a PNG."""
        self._driver.get_screenshot_as_file(str(path))
