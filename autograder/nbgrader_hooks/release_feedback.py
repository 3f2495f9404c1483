"""Let `nbgrader release_feedback` go on where a student did not hand in through nbgrader.

Its own stops there, at the first of them: whoever comes later in the alphabet gets no page.
"""

from __future__ import annotations

import glob
from pathlib import Path

from nbgrader.exchange.default import ExchangeReleaseFeedback

from autograder.core.text import listed
from autograder.pipeline.record import STAMPS


class ReleaseFeedback(ExchangeReleaseFeedback):  # type: ignore[misc]  # nbgrader has no types
    """Puts pages where *Fetch feedback* finds them, and names those that nobody would fetch."""

    src_path: str

    def copy_files(self) -> None:
        """Release the pages of one student after the other, by nbgrader's own way."""
        others = []
        for found in sorted(glob.glob(self.src_path)):  # noqa: PTH207 - a pattern of nbgrader's
            folder = Path(found)
            if all((folder / name).is_file() for name in STAMPS):
                self.src_path = glob.escape(found)
                super().copy_files()
            elif any(folder.glob("*.html")):
                others.append(folder.parent.name)
        if others:
            self.log.warning(
                f"{listed(others)}: not released, since they did not hand in through nbgrader's "
                "exchange, or a partner did. Give them their page yourself (in feedback/), or see "
                "`autograder feedback --zip`."
            )
