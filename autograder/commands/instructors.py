"""What an instructor does with a class: collect, grade, give feedback, look, hand on the marks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from autograder.commands.options import CourseDir, Isolation, Jobs, Names, device_of
from autograder.core.course import find, open_course
from autograder.core.jobs import JOBS


def collect(
    assignment: Annotated[str, typer.Argument(help="The assignment that was handed in.")],
    archive: Annotated[
        Path, typer.Argument(help="The zip archive from Canvas or Moodle, or your own.")
    ],
    course_dir: CourseDir = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Replace submissions that differ; the old ones go to submitted/.replaced/.",
        ),
    ] = False,
    entry_times: Annotated[
        bool,
        typer.Option(
            "--entry-times",
            help="Take the times in the archive for those of handing in. Canvas and Moodle put the "
            "download's there.",
        ),
    ] = False,
) -> None:
    """Take the notebooks of an archive into submitted/<student>/<assignment>/.

    It knows the names that Canvas ("Download Submissions") and Moodle ("Download all submissions")
    give, and \
<student>/<notebook>.ipynb. Students are found in the gradebook by lms_user_id (Canvas) or name
(Moodle).

    Exit status: 1 when something in the archive could not be taken and needs a look.
    """
    from autograder.commands.collect_progress import collect_with_progress
    from autograder.lms.collect import Options

    options = Options(force=force, entry_times=entry_times)
    if not collect_with_progress(open_course(course_dir), find(assignment), archive, options):
        raise typer.Exit(1)


def grade(
    assignment: Annotated[str, typer.Argument(help="The assignment to grade.")],
    course_dir: CourseDir = None,
    student: Annotated[
        list[str] | None, typer.Option(help="Grade only this student; may be repeated.")
    ] = None,
    jobs: Jobs = JOBS,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Seed of the hidden inputs; by default the class's; a new one where "
            "there is none.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what is on record.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Grade, show who would change and why, and write nothing."),
    ] = False,
    device: Annotated[
        Literal["cpu", "cuda", "auto"],
        typer.Option(help="Where the tests' tensors live; 'auto': on CUDA if this machine has it."),
    ] = "cpu",
    isolation: Isolation = "namespaces",
) -> None:
    """Grade what was submitted: results/, autograded/ and
    nbgrader's gradebook in the course directory.

    An interrupted run goes on where it stopped: what is on record for the same submission, suite,
    limits and seed is kept. Where a result changes, the earlier one stays in
    results/ASSIGNMENT/history/.
    """
    from autograder.commands.grade_progress import grade_with_progress
    from autograder.grading.grade_class import Options

    options = Options(
        jobs=jobs,
        device=device_of(device),
        isolation=isolation,
        seed=seed,
        force=force,
        dry_run=dry_run,
        students=tuple(student or ()),
    )
    summary = grade_with_progress(open_course(course_dir), find(assignment), options)
    if summary.ungradable:
        raise typer.Exit(1)


def feedback(
    assignment: Annotated[str, typer.Argument(help="The graded assignment.")],
    course_dir: CourseDir = None,
    student: Annotated[
        list[str] | None, typer.Option(help="Only this student's page; may be repeated.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write pages that are up to date anew as well.")
    ] = False,
    with_bank: Annotated[
        bool,
        typer.Option(
            "--bank/--no-bank", help="Name the bank's mistakes where answers resemble them."
        ),
    ] = True,
    jobs: Jobs = JOBS,
) -> None:
    """Write each student's page, feedback/<student>/<assignment>/<assignment>.html,
    for `nbgrader release_feedback`.

    The first time after a class is graded, the bank's mistakes are graded too: what a wrong answer
    resembles is the first that its page says.
    """
    from autograder.feedback.write_pages import feedback_with_progress

    course, students = open_course(course_dir), tuple(student or ())
    summary = feedback_with_progress(
        course, find(assignment), students, force=force, jobs=jobs, with_bank=with_bank
    )
    if summary.without:
        raise typer.Exit(1)


def report(
    assignment: Annotated[str, typer.Argument(help="The assignment, once it is graded.")],
    course_dir: CourseDir = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="The page's file; by default reports/<assignment>.html in the course directory."
        ),
    ] = None,
    with_bank: Annotated[
        bool,
        typer.Option(
            "--bank/--no-bank", help="Compare wrong answers with the bank's mistakes, graded once."
        ),
    ] = True,
    jobs: Jobs = JOBS,
) -> None:
    """Say what to act on after grading: a page with scores,
    tests, common mistakes and cases, and a table beside it.
    """
    from autograder.report.write_report import report as report_on

    report_on(open_course(course_dir), find(assignment), output, jobs, with_bank=with_bank)


def export(
    to: Annotated[
        Literal["csv", "canvas", "moodle", "gradescope"],
        typer.Option("--to", help="Who is to import it."),
    ],
    names: Names = None,
    course_dir: CourseDir = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The file to write; by default one in the course directory's results/."),
    ] = None,
    complete_only: Annotated[
        bool, typer.Option("--complete-only", help="Leave out marks that wait for a person.")
    ] = False,
) -> None:
    """Write the gradebook's marks, late penalties and manual
    scores included, as a file for another gradebook.

    csv: one row per student and assignment, with the score of each task.

    canvas: Gradebook > Import. Canvas finds a student by ID, which is lms_user_id here if that is a
    number, else by \
SIS User ID (any other lms_user_id), SIS Login ID (the id here) or name. No submission is an empty
cell.

    moodle: Grades > Import > CSV file. Map "Username" (the id here), "ID number" (lms_user_id) or
    "Email address" to \
the user; a column is there if everybody has a value. No submission is "-", Moodle's sign for no
grade.

    gradescope: it documents no import of scores. You get an autograder for a programming assignment
    there that looks \
marks up by email address.
    """
    from autograder.lms.spreadsheets import export as export_marks

    done = export_marks(
        open_course(course_dir), names or [], to, output, complete_only=complete_only
    )
    for remark in done.remarks:
        print(f"note: {remark}", file=sys.stderr)
    print(f"{done.path}: {done.rows} {'row' if done.rows == 1 else 'rows'}")


def doctor(
    isolation: Annotated[
        Literal["namespaces", "process"],
        typer.Option(help="Which walls to try; 'process' shows what it goes without."),
    ] = "namespaces",
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Try on this machine whether the walls around submissions hold.

    Exit status 0 if all do, 1 if not.
    """
    from autograder.doctor.doctor import doctor as examine

    if not examine(isolation, as_json=as_json):
        raise typer.Exit(1)
