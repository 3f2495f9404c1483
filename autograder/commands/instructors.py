"""Commands for instructors until a class is graded: doctor, collect, grade, merge."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from autograder.commands.grade_options import (
    AsJson,
    DryRun,
    Force,
    ResultsOnly,
    Scheduler,
    Seed,
    Shard,
    Share,
    Students,
    WhichCounts,
    Workers,
)
from autograder.commands.options import CourseDir, Device, Isolation, device_of, share_with_partners
from autograder.core.assignment import find
from autograder.core.course import open_course
from autograder.core.errors import UsageError
from autograder.core.jobs import EVERY_CORE, JOBS


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
            help="Use the archive's file times as submission times. Don't use it for Canvas and "
            "Moodle, which write the time of the download there.",
        ),
    ] = False,
) -> None:
    """Copy the notebooks in an archive to submitted/<student>/<assignment>/.

    The files may be named as Canvas ("Download Submissions") or Moodle ("Download all submissions")
    names them, or <student>/<notebook>.ipynb. Students are found in the gradebook by lms_user_id
    (Canvas) or name (Moodle).

    Exit status: 1 when a file was refused, or none was collected.
    """
    from autograder.commands.collect_progress import collect_with_progress
    from autograder.lms.collect import Options

    options = Options(force=force, entry_times=entry_times)
    if not collect_with_progress(open_course(course_dir), find(assignment), archive, options):
        raise typer.Exit(1)


def grade(
    assignment: Annotated[str, typer.Argument(help="The assignment to grade.")],
    course_dir: CourseDir = None,
    student: Students = None,
    jobs: Workers = None,
    seed: Seed = None,
    force: Force = False,
    dry_run: DryRun = False,
    policy: WhichCounts = None,
    share: Share = True,
    scheduler: Scheduler = None,
    shard: Shard = None,
    results_only: ResultsOnly = False,
    device: Device = "cpu",
    isolation: Isolation = "namespaces",
    as_json: AsJson = False,
) -> None:
    """Grade a class: write results/, autograded/ and nbgrader's gradebook in the course directory.

    Run an interrupted command again: it continues where it stopped, and keeps every result on
    record for the same submission, suite, limits and seed. When a result changes, the earlier one
    stays in results/ASSIGNMENT/history/.
    """
    from autograder.commands.grade_progress import grade_with_progress
    from autograder.grading.grade_class import Options
    from autograder.grading.shard import parse

    if policy is not None and student:
        raise UsageError("--policy is for a whole class; leave --student out")
    options = Options(
        jobs=jobs if jobs is not None else JOBS if scheduler is None else EVERY_CORE,
        device=device_of(device) if scheduler is None or device == "auto" else device,
        isolation=isolation,
        seed=seed,
        force=force,
        dry_run=dry_run,
        students=tuple(student or ()),
        policy=policy,
        share=share,
        shard=parse(shard) if shard is not None else None,
        results_only=results_only,
    )
    course, chosen = open_course(course_dir), find(assignment)
    summary = grade_with_progress(course, chosen, options, scheduler, as_json=as_json)
    if not (dry_run or results_only):
        share_with_partners(course, [chosen.name])
    if summary.ungradable:
        raise typer.Exit(1)


def merge(
    assignment: Annotated[str, typer.Argument(help="The assignment whose results to enter.")],
    course_dir: CourseDir = None,
) -> None:
    """Enter the results that `grade --results-only` recorded, on any machine, into the gradebook.

    Run it as often as you like; it grades nobody. It leaves out results that were made with another
    submission, suite, engine, seed, torch version or limits than those here, and names the
    students.

    Exit status: 1 when somebody who handed in is not in the gradebook.
    """
    from autograder.commands.merge_progress import merge_with_progress

    course, chosen = open_course(course_dir), find(assignment)
    merged = merge_with_progress(course, chosen)
    share_with_partners(course, [chosen.name])
    if merged.missing or merged.others:
        raise typer.Exit(1)


def doctor(
    isolation: Annotated[
        Literal["namespaces", "process"],
        typer.Option(
            help="Which isolation to test; 'process' lacks some walls, and the table shows which."
        ),
    ] = "namespaces",
    device: Device = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    """Test whether this machine can isolate submissions: whether each wall of the sandbox holds.

    Exit status: 0 if all walls hold, 1 if not.
    """
    from autograder.doctor.doctor import doctor as examine

    if not examine(isolation, device_of(device), as_json=as_json):
        raise typer.Exit(1)
