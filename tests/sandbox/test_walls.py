"""What a submission sees from within: itself, and nothing of ours.

Cells look around and print what they find.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import LIMITS, Lab

from autograder.core.assignment import REPOSITORY
from autograder.proxy.channel import StudentFault
from autograder.proxy.objects import RemoteSubmission
from autograder.sandbox import bubblewrap
from autograder.sandbox.launcher import ENVIRONMENT, Sandbox
from autograder.sandbox.seat import Seat

SECRETS = (
    "suites",
    "solutions",
    "gradebook.db",
    "results",
    "submitted",
    "01_relu_matrix.ipynb",
    "test_two_layer.py",
    ".git",
)


@pytest.fixture(scope="module")
def seats() -> Iterator[list[Seat]]:
    """Two seats of one sandbox, in which two submissions live at the same time."""
    os.environ["A_SECRET_OF_OURS"] = "secret"
    sandbox = Sandbox(LIMITS, seats=2)
    yield sandbox.seats
    sandbox.close()
    del os.environ["A_SECRET_OF_OURS"]


@pytest.fixture
def look(seats: list[Seat]) -> Iterator[Callable[[str], Any]]:
    """What the name `seen` stands for at the end of a cell."""
    lab = Lab(seats[0])

    def run(source: str) -> Any:
        execution = lab.run(f"import json, os\n{source}\nprint(json.dumps(seen))")
        (output,) = execution.runs[0].outputs
        assert output["output_type"] == "stream", output
        return json.loads(output["text"])

    yield run
    lab.close()


def test_no_file_of_ours_can_be_found(look: Callable[[str], Any]) -> None:
    """Python's own libraries and /usr are left out: they have folders of such names."""
    seen = look(
        f"wanted, seen = {SECRETS!r}, []\nfor place, folders, files in os.walk('/'):\n"
        "    folders[:] = [f for f in folders if f != 'usr' and not f.startswith(('python3', "
        "'site-packages'))]\n"
        "    seen += [os.path.join(place, name) for name in (*folders, *files) if name in wanted]"
    )
    assert seen == []


@pytest.mark.parametrize(
    "path",
    [
        "autograder/suites/01_relu_matrix/test_two_layer.py",
        "autograder/pipeline/grade_submission.py",
        "solutions/01_relu_matrix/notebook.py",
        "assignments/01_relu_matrix/checks.py",
        "pyproject.toml",
        "tests/conftest.py",
        ".git/HEAD",
    ],
)
def test_no_file_of_ours_can_be_opened(look: Callable[[str], Any], path: str) -> None:
    whole = REPOSITORY / path
    assert whole.exists() or ".git" in path
    seen = look(
        f"try:\n    seen = len(open({str(whole)!r}, 'rb').read())\nexcept OSError as error:\n    "
        "seen = str(error)"
    )
    assert "No such file or directory" in seen


def test_proc_shows_nothing(look: Callable[[str], Any]) -> None:
    assert look("seen = os.listdir('/proc')") == []
    assert look("seen = [os.getppid(), os.path.exists('/proc/self')]") == [0, False]


def test_descriptors_are_its_own(look: Callable[[str], Any]) -> None:
    """Standard streams that lead nowhere or into a file of its
    own, and the socket on which it is spoken to.
    """
    kinds = look(
        "import stat\nseen = {}\nfor n in range(256):\n    try:\n        mode = "
        "os.fstat(n).st_mode\n"
        "    except OSError:\n        continue\n    seen[n] = stat.filemode(mode)[0]"
    )
    assert [kinds[number] for number in "012"] == ["c", "-", "-"]
    assert sorted(kinds.values()) == ["-", "-", "-", "c", "s"]


def test_the_environment_is_built_from_nothing(look: Callable[[str], Any]) -> None:
    seen = look("seen = dict(os.environ)")
    assert set(seen) - {"PWD"} == set(ENVIRONMENT)
    assert "secret" not in seen.values()


def test_privileges_are_given_up(look: Callable[[str], Any]) -> None:
    """No capability, also none that a program could get; no new
    privileges; a filter of system calls; not root.
    """
    seen = look(
        "import ctypes\nlibc = ctypes.CDLL(None)\nheader = (ctypes.c_uint32 * 2)(0x20080522, 0)\n"
        "held = (ctypes.c_uint32 * 6)()\nfailed = libc.capget(header, held)\n"
        "bounding = [n for n in range(41) if libc.prctl(23, n, 0, 0, 0) == 1]\n"
        "calls = [libc.prctl(39, 0, 0, 0, 0), libc.prctl(21, 0, 0, 0, 0)]\n"
        "seen = [failed, list(held), bounding, *calls, os.getuid() == 0]"
    )
    assert seen == [0, [0] * 6, [], 1, 2, False]


def test_a_program_with_the_set_user_bit_gives_nothing(look: Callable[[str], Any]) -> None:
    seen = look(
        "import subprocess\ndone = subprocess.run(['su', '-c', 'id', 'root'], "
        "stdin=subprocess.DEVNULL,\n"
        "    capture_output=True, text=True)\nseen = [done.returncode != 0, 'uid=0' in done.stdout]"
    )
    assert seen == [True, False]


def test_limits_are_set_and_can_t_be_lifted(look: Callable[[str], Any]) -> None:
    seen = look(
        "import resource\nnames = ['NPROC', 'NOFILE', 'FSIZE', 'CORE', 'MSGQUEUE', 'MEMLOCK']\n"
        "seen = [resource.getrlimit(getattr(resource, f'RLIMIT_{n}'))[1] for n in names]\n"
        "data = resource.getrlimit(resource.RLIMIT_DATA)[1]\nseen.append(0 < data < 4 * 2**30)\n"
        "try:\n    resource.setrlimit(resource.RLIMIT_DATA, (data, data + 1))\n    "
        "seen.append('lifted')\n"
        "except ValueError:\n    seen.append('refused')"
    )
    assert seen == [64, 256, 64 * 2**20, 0, 0, 0, True, "refused"]


def test_devices_are_few(look: Callable[[str], Any]) -> None:
    assert set(look("seen = os.listdir('/dev')")) <= {
        "null", "zero", "full", "random", "urandom", "tty", "fd", "stdin", "stdout", "stderr",
        "shm", "pts", "ptmx",
        "core",
    }  # fmt: skip
    assert look("seen = os.listdir('/dev/pts')") == []


WRITABLE = """
seen = []
for place, folders, _ in os.walk("/"):
    folders[:] = [f for f in folders if f != "site-packages" and place.count("/") < 4]
    try:
        os.rmdir(os.mkdir(place + "/try") or place + "/try")
        seen.append(place)
    except OSError:
        pass
"""


def test_nothing_can_be_written_but_its_own_tmp(look: Callable[[str], Any]) -> None:
    seen = look(WRITABLE)
    assert {place for place in seen if not place.startswith("/tmp/")} == {"/tmp", "/dev/shm"}


TOLD = """
import sys, traceback, course_lib, torch
told = [*sys.path, *sys.orig_argv, *sys.argv, sys.executable, sys.prefix, sys.base_prefix]
told += [f"{name}={value}" for name, value in os.environ.items()]
told += [str(getattr(m, "__file__", "")) for m in list(sys.modules.values())]
told += [m.__spec__.origin or "" for m in (course_lib, torch)]
try:
    course_lib.plots.fold("no")
except Exception:
    told.append(traceback.format_exc())
names = (".pth", ".cfg", ".json", ".txt", "RECORD")
for place, _, files in os.walk("/opt"):
    ours = place.startswith("/opt/course")
    for name in files:
        if ours or (name.endswith(names) and ("dist-info" in place or name.endswith(".pth"))):
            told.append(open(os.path.join(place, name), "rb").read().decode(errors="replace"))
seen = [word for word in WORDS if any(word in text for text in told)]
"""


def test_no_path_of_this_machine_is_told(look: Callable[[str], Any]) -> None:
    """A submission can't read where the engine, its packages and the library lie."""
    words = [str(REPOSITORY), sys.prefix, sys.base_prefix]
    ours = [word for word in words if not word.startswith("/usr")]
    assert ours
    assert look(TOLD.replace("WORDS", repr(ours))) == []


ORDINARY = """
import json, sys
from autograder.pipeline.execute import Execution
from autograder.core.limits import Limits
from autograder.core.cells import RunnableCell
from autograder.sandbox.launcher import Sandbox
sandbox = Sandbox(Limits())
cells = (RunnableCell(0, sys.stdin.read(), None),)
with Execution(sandbox.seats[0], cells, Limits(), 1) as run:
    print(run.runs[0].outputs[0]["text"])
sandbox.close()
"""


@pytest.mark.skipif(shutil.which("unshare") is None, reason="util-linux has no unshare here")
def test_nothing_can_be_written_where_an_ordinary_user_grades() -> None:
    """The sandbox's files then belong to the user that submissions run as."""
    command = [
        "unshare",
        "--user",
        "--map-user=1000",
        "--map-group=1000",
        sys.executable,
        "-c",
        ORDINARY,
    ]
    source = f"import json, os\n{WRITABLE}\nprint(json.dumps([os.getuid(), seen]))"
    done = subprocess.run(
        command,
        input=source,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=REPOSITORY,
    )
    if "Operation not permitted" in done.stderr and not done.stdout:
        pytest.skip("user namespaces can't be nested here")
    assert done.returncode == 0, done.stderr
    user, seen = json.loads(done.stdout)
    assert user == 1000
    assert {place for place in seen if not place.startswith("/tmp/")} == {"/tmp", "/dev/shm"}


def test_modules_hold_nothing_of_ours(look: Callable[[str], Any]) -> None:
    """Of the engine: what runs on the student's side. No suite, no record, no database."""
    seen = look(
        "import sys\nours = ('autograder', 'nbgrader', 'sqlalchemy', 'course_lib', 'checks', "
        "'conftest', 'pytest')\n"
        "seen = sorted(n for n in sys.modules if n.split('.')[0] in ours or "
        "n.startswith(('test_', 'networks')))"
    )
    engine = {name for name in seen if name.startswith("autograder")}
    assert engine == {"autograder"} | {
        n
        for n in engine
        if n.startswith(("autograder.student", "autograder.wire", "autograder.control"))
    }
    assert {
        name for name in seen if not name.startswith(("autograder", "course_lib", "pytest"))
    } == set()


def test_submissions_of_one_sandbox_never_meet(seats: list[Seat]) -> None:
    """Sockets with abstract names, terminals, files in /tmp and
    /dev/shm, processes: each has its own.
    """
    one, other = Lab(seats[0]), Lab(seats[1])
    leaves = (
        "import os, socket\nserver = "
        "socket.socket(socket.AF_UNIX)\nserver.bind('\\0meeting')\nserver.listen()\n"
        "for path in ('/tmp/meeting', '/dev/shm/meeting'):\n    open(path, 'w').close()\n"
        "try:\n    terminal = os.open('/dev/ptmx', os.O_RDWR)\nexcept OSError:\n    pass\n"
    )
    looks = (
        "import json, os, socket\nseen = [os.listdir('/dev/pts')]\n"
        "seen += [os.path.exists(path) for path in ('/tmp/meeting', '/dev/shm/meeting')]\n"
        "try:\n    socket.socket(socket.AF_UNIX).connect('\\0meeting')\n    seen.append('met')\n"
        "except OSError:\n    pass\nprint(json.dumps(seen))"
    )
    assert one.run(leaves).runs[0].ok
    for lab in (other, one):  # the one that lives beside it, then the next one in its place
        assert json.loads(lab.run(looks).runs[0].outputs[0]["text"]) == [[], False, False]
    one.close()
    other.close()


def test_a_file_that_all_may_read_is_no_signal_to_others(seats: list[Seat]) -> None:
    """Locks on it have no effect, and nothing tells who reads it."""
    one, other = Lab(seats[0]), Lab(seats[1])
    place = repr(bubblewrap.python())
    locks = (
        f"import fcntl, os, struct\nfile = open({place}, 'rb')\nfcntl.flock(file, fcntl.LOCK_EX)\n"
        f"ours = os.open({place}, os.O_RDONLY)\n"
        "fcntl.fcntl(ours, fcntl.F_SETLK, struct.pack('hhqqi', fcntl.F_RDLCK, 0, 0, 0, 0))"
    )
    looks = (
        "import ctypes, errno, fcntl, json, os, struct\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"file = open({place}, 'rb')\nfcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "asked = struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0)\n"
        "told = fcntl.fcntl(file, fcntl.F_GETLK, asked)\nseen = [told == asked]\n"
        f"seen.append(libc.inotify_add_watch(libc.inotify_init(), {place}.encode(), 0x20))\n"
        "try:\n    os.preadv(file.fileno(), [bytearray(9)], 0, os.RWF_NOWAIT)\n"
        "except OSError as error:\n    seen.append(error.errno in (errno.ENOSYS, errno.ENOTSUP))\n"
        "seen.append(libc.mincore(None, 0, None))\n"
        "try:\n    fcntl.fcntl(os.open('/usr', os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS)\n"
        "except OSError as error:\n    seen.append(error.errno == "
        "errno.EPERM)\nprint(json.dumps(seen))"
    )
    assert one.run(locks).runs[0].ok
    (output,) = other.run(looks).runs[0].outputs
    assert json.loads(output["text"]) == [True, -1, True, -1, True]
    one.close()
    other.close()


def test_the_time_of_children_that_ended_is_always_counted(look: Callable[[str], Any]) -> None:
    """A parent that ignores their end would have them counted
    nowhere; and none crowd on one processor.
    """
    seen = look(
        "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nos.sched_setaffinity(0, "
        "{0})\n"
        "pid = os.fork()\nif pid == 0:\n    os._exit(3)\n"
        "import ctypes\nallowed = (ctypes.c_uint8 * 1024)()\n"
        "ctypes.CDLL(None).sched_getaffinity(0, 1024, allowed)\n"
        "seen = [os.waitpid(pid, 0)[1], sum(map(int.bit_count, allowed))]"
    )
    assert seen == [3 << 8, len(os.sched_getaffinity(0))]


def test_a_list_of_modules_does_not_fill_the_grader(
    notebook: Callable[..., RemoteSubmission],
) -> None:
    submission = notebook(
        "import torch\nheavy = torch.nn.Linear(2**11, 2**11)\ndef many(n):\n    return [heavy] * n",
        seconds=30.0,
    )
    assert len(submission.many(3)) == 3
    with pytest.raises(StudentFault, match="too many"):
        submission.many(1000)


def test_a_key_is_not_told_in_a_hint(notebook: Callable[..., RemoteSubmission]) -> None:
    """It could be an input of the test."""
    submission = notebook("def f(x):\n    return {f'input {x}': object()}")
    (found,) = submission.f(0.125).values()
    with pytest.raises(StudentFault, match="has no attribute") as caught:
        _ = found.anything
    assert "0.125" not in caught.value.hint
