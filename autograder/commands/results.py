"""Commands for instructors once a class is graded: feedback, report, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autograder.commands.options import (
    CourseDir,
    Jobs,
    Names,
    WithBank,
    named,
    share_with_partners,
)
from autograder.core.assignment import find
from autograder.core.course import open_course
from autograder.core.errors import UsageError
from autograder.core.jobs import JOBS
from autograder.core.text import listed, many

if TYPE_CHECKING:
    from autograder.lms.feedback_archive import FeedbackArchive
    from autograder.lms.filenames import Scheme

Assets = Annotated[
    Literal["inside", "shared"],
    typer.Option(
        help="'inside': each page contains plotly.js, so it can be sent alone. 'shared': all pages "
        "read it from feedback/assets and are a tenth of the size: for a web server or an archive."
    ),
]
Zip = Annotated[
    Literal["moodle", "canvas"] | None,
    typer.Option(
        "--zip",
        help="Also pack the pages into a zip, with the names that `collect` found, for Moodle's "
        '"Upload multiple feedback files in a zip" or Canvas\' "Upload Submissions".',
    ),
]


def feedback(
    assignment: Annotated[str, typer.Argument(help="The graded assignment.")],
    course_dir: CourseDir = None,
    student: Annotated[
        list[str] | None, typer.Option(help="Only this student's page; may be repeated.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write all pages again, even those that are up to date.")
    ] = False,
    with_bank: WithBank = True,
    jobs: Jobs = JOBS,
    assets: Assets = "inside",
    archive: Zip = None,
) -> None:
    """Write each student's page, feedback/<student>/<assignment>/<assignment>.html,
    for `nbgrader release_feedback`.

    The first run after grading also grades the bank's wrong programs: when a wrong answer resembles
    one of them, the student's page names that mistake first.
    """
    from autograder.feedback.write_pages import feedback_with_progress
    from autograder.lms.feedback_archive import names_of, pack

    if archive is not None and assets == "shared":
        raise UsageError(
            "--zip needs pages that contain plotly.js, and --assets shared writes pages without "
            "it; leave one out"
        )
    course, chosen = open_course(course_dir), find(assignment)
    share_with_partners(course, [chosen.name])
    platform: Scheme = "Moodle" if archive == "moodle" else "Canvas"
    names = {} if archive is None else names_of(course, chosen, platform)
    summary = feedback_with_progress(
        course,
        chosen,
        tuple(student or ()),
        force=force,
        jobs=jobs,
        with_bank=with_bank,
        shared=assets == "shared",
    )
    if archive is not None:
        who = [*summary.written, *summary.current]
        _print_archive(pack(course, chosen, platform, names, who), platform)
    if summary.without:
        raise typer.Exit(1)


def report(
    assignment: Annotated[str, typer.Argument(help="The graded assignment.")],
    course_dir: CourseDir = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="The file to write the page to; by "
            "default reports/<assignment>.html in the course directory."
        ),
    ] = None,
    with_bank: Annotated[
        bool,
        typer.Option(
            "--bank/--no-bank", help="Compare wrong answers with the bank's wrong programs."
        ),
    ] = True,
    jobs: Jobs = JOBS,
) -> None:
    """Write the instructor's report: a page with advice, scores and tests, and a CSV table."""
    from autograder.report.write_report import report as report_on

    course, chosen = open_course(course_dir), find(assignment)
    share_with_partners(course, [chosen.name])
    report_on(course, chosen, output, jobs, with_bank=with_bank)


def export(
    to: Annotated[
        Literal["csv", "canvas", "moodle", "gradescope"],
        typer.Option("--to", help="The system that will import the file."),
    ],
    names: Names = None,
    course_dir: CourseDir = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The file to write; by default one in results/ of the course directory."),
    ] = None,
    complete_only: Annotated[
        bool,
        typer.Option(
            "--complete-only", help="Leave out submissions that still need grading by hand."
        ),
    ] = False,
) -> None:
    """Write the gradebook's marks, late penalties and manual
    scores included, as a file for another gradebook.

    csv: one row per student and assignment, with the score of each task.

    canvas: Gradebook > Import. Canvas finds a student by ID, which is lms_user_id here if that is a
    number, else by SIS User ID (any other lms_user_id), SIS Login ID (the id here) or name. A
    missing submission is an empty cell.

    moodle: Grades > Import > CSV file. Map "Username" (the id here), "ID number" (lms_user_id) or
    "Email address" to the user; a column is written only if every student has a value. A missing
    submission is "-", Moodle's sign for no grade.

    gradescope: Gradescope documents no import of scores, so the file is an autograder for a
    programming assignment there, which looks marks up by email address.
    """
    from autograder.lms.spreadsheets import export as export_marks

    course = open_course(course_dir)
    share_with_partners(course, named(names))
    done = export_marks(course, names or [], to, output, complete_only=complete_only)
    for remark in done.remarks:
        print(f"note: {remark}", file=sys.stderr)
    print(f"{done.path}: {done.rows} {'row' if done.rows == 1 else 'rows'}")


# --- helpers ---


def _print_archive(packed: FeedbackArchive, platform: Scheme) -> None:
    if packed.strangers:
        print(
            f"note: {listed(list(packed.strangers))}: not in the archive, since they did not come "
            f"from {platform}",
            file=sys.stderr,
        )
    size = packed.path.stat().st_size / 1e6
    print(f"archive   {packed.path}: {many(packed.pages, 'page')}, {size:.1f} MB")
