"""Entry point of the `autograder` command.

The command is declared in the project's metadata, which the students' wheel shares; the engine is not in
that wheel. So this hands over to the engine where it is, and says where to find it where it is not.
"""

import importlib.util
import sys


def main() -> None:
    """Run the engine's command line, or explain that this installation has none."""
    if importlib.util.find_spec("autograder") is None:
        sys.exit(
            "autograder: the grading engine is not part of this package; run it in a clone of the course's repository."
        )
    from autograder.cli import main as engine_main

    engine_main()
