"""The programs of `autograder doctor`: each is small and attacks one wall.

A program prints a line for everything that it could reach or do, and nothing when the wall holds.
All of them are harmless where a wall is missing: they ask, or do and undo, within bounds. `SECRET`,
`PORT` and such are set by the cell that comes before them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Probe:
    """A wall, what a program tries to do against it, and what the wall depends on.

    `ends`: a program that the wall stops, instead of one that looks: it says what the grader must
    see of its cell.
    """

    wall: str
    tried: str
    source: str
    advice: str
    ends: Literal["ran for more than", "more memory than a submission may"] | None = None
    seconds: float = 20.0
    """How long its cell may run."""


NAMESPACES = "The namespaces of bubblewrap are needed, which --isolation process goes without."
FILTER = (
    "libseccomp (Debian: apt-get install libseccomp2) and the namespaces of bubblewrap are needed."
)
LIMITED = "The kernel's limits on resources (setrlimit) are needed."
MEASURED = "The sandbox must be able to read in its own /proc how much memory submissions hold."
MISTAKE = "Nothing is missing on this machine: it is a mistake of this engine; please report it."

SETUP = (
    "import ctypes, os, resource, socket, stat, subprocess, sys, time\nlibc = ctypes.CDLL(None, "
    "use_errno=True)\n"
)

READING = """
own = [HOME + "/.bashrc", HOME + "/.profile"]
for path in (CANARY, SUITE, SOLUTION, *own, "/etc/passwd", "/etc/hosts"):
    try:
        open(path, "rb").read(1)
        print("read", path)
    except OSError:
        pass
"""

WRITING = """
places = ["/", "/usr", "/etc", "/dev", "/mnt", "/sys", "/proc"]
places += [HOME, os.path.dirname(CANARY), REPOSITORY, sys.prefix]
for folder in places:
    try:
        os.rmdir(os.mkdir(folder + "/autograder-doctor") or folder + "/autograder-doctor")
        print("wrote into", folder)
    except OSError:
        pass
"""

NETWORK = """
for family, address in ((socket.AF_INET, ("127.0.0.1", PORT)), (socket.AF_UNIX, "\\0" + ABSTRACT)):
    try:
        with socket.socket(family) as connection:
            connection.settimeout(1)
            connection.connect(address)
            print("connected to", address)
    except OSError:
        pass
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):
    try:
        socket.socket(family, socket.SOCK_DGRAM).close()
        print("made a socket of family", int(family))
    except OSError:
        pass
"""

PROCESSES = """
seen = [name for name in os.listdir("/proc") if name.isdecimal() and int(name) != os.getpid()]
if seen:
    print("saw", len(seen), "other processes in /proc")
place = ctypes.create_string_buffer(8)
vector = (ctypes.c_size_t * 2)(ctypes.addressof(place), 8)
if libc.process_vm_readv(os.getpid(), vector, 1, vector, 1, 0) > 0:
    print("could call what reads the memory of processes")
if os.getppid():
    print("has a parent in its own pid namespace")
"""

DESCRIPTORS = """
sockets = []
for number in range(256):
    try:
        mode = os.fstat(number).st_mode
    except OSError:
        continue
    if stat.S_ISSOCK(mode):
        sockets.append(number)
    elif stat.S_ISDIR(mode) or stat.S_ISFIFO(mode) or stat.S_ISBLK(mode):
        print("holds descriptor", number, "of a folder, a pipe or a disk")
if len(sockets) != 1:
    print("holds", len(sockets), "sockets beside the one that it is spoken to on")
"""

ENVIRONMENT = """
for name, value in os.environ.items():
    if SECRET in value:
        print("read", name)
for name in ("AUTOGRADER_DOCTOR", "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "VIRTUAL_ENV"):
    if name in os.environ:
        print("read", name)
"""

PRIVILEGES = """
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
held = (ctypes.c_uint32 * 6)()
if libc.capget(header, held) or any(held):
    print("holds capabilities")
if libc.prctl(39, 0, 0, 0, 0) != 1:
    print("may gain privileges by programs that give them")
if os.getuid() == 0:
    print("is root")
"""

CALLS = """
if libc.prctl(21, 0, 0, 0, 0) != 2:
    print("has no filter of system calls")
for name, result in (
    ("unshare", libc.unshare(0x10000000)),
    ("setns", libc.setns(-1, 0) + (ctypes.get_errno() == 9)),
    ("keyctl", libc.syscall(250, 0, -1, 0, 0) < 0 and -1),
    ("memfd_create", libc.memfd_create(b"x", 0)),
):
    if result >= 0:
        print("could call", name)
"""

OUTLIVES = """
subprocess.Popen(["sleep", STAMP], start_new_session=True)
open("/tmp/autograder-doctor-left", "w").close()
"""
FOUND_AGAIN = """
import tempfile
for folder in ("/tmp", tempfile.gettempdir(), "/dev/shm", "."):
    if os.path.exists(folder + "/autograder-doctor-left"):
        os.unlink(folder + "/autograder-doctor-left")
        print("found what an earlier submission left in", folder)
"""

LISTENS = """
meeting = socket.socket(socket.AF_UNIX)
meeting.bind("\\0" + ABSTRACT + "-meeting")
meeting.listen()
"""
MEETS = """
try:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\\0" + ABSTRACT + "-meeting")
        print("spoke to a submission that is graded at the same time")
except OSError:
    pass
if os.path.isdir("/dev/pts") and os.listdir("/dev/pts"):
    print("saw terminals of others")
"""

MEMORY = """
try:
    hoard = [bytearray(2**26) for _ in range(24)]
    print("took 1.5 GiB in one process")
except MemoryError:
    pass
hoard = None
"""

FORKS = """
children = []
try:
    while len(children) < 150:
        child = os.fork()
        if child == 0:
            time.sleep(20)
            os._exit(0)
        children.append(child)
    print("started 150 processes")
except OSError:
    pass
for child in children:
    os.kill(child, 9)
    os.waitpid(child, 0)
"""

DISK = """
written = 0
try:
    for number in range(8):
        with open(f"/tmp/autograder-doctor-{number}", "wb", buffering=0) as file:
            try:
                written += sum(file.write(bytes(2**20)) for _ in range(32))
            except OSError:
                pass
finally:
    for number in range(8):
        if os.path.exists(f"/tmp/autograder-doctor-{number}"):
            os.unlink(f"/tmp/autograder-doctor-{number}")
if written > 2**27:
    print("wrote", written // 2**20, "MiB")
if resource.getrlimit(resource.RLIMIT_NOFILE)[1] > 1024:
    print("may open", resource.getrlimit(resource.RLIMIT_NOFILE)[1], "files")
"""

SHARED_MEMORY = """
import mmap
for _ in range(3):
    if os.fork() == 0:
        break
held = []
for _ in range(8):
    held.append(mmap.mmap(-1, 2**26))
    held[-1].write(bytes(2**26))
time.sleep(15)
"""

ENDLESS = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
while True:
    pass
"""

COMPUTES = """
try:
    import torch
    total = torch.arange(4.0, device="cuda").sum().item()
    if total != 6:
        print("got a wrong sum:", total)
except Exception as error:
    print(type(error).__name__ + ":", str(error).splitlines()[0])
"""

LOOKING = (
    Probe("reading files", "open a hidden test, a solution and this "
"account's files", READING, NAMESPACES),
    Probe("writing files", "make a directory in eleven places outside "
"its own /tmp", WRITING, NAMESPACES),
    Probe("network", "call a server of this machine over TCP and by name", NETWORK, NAMESPACES),
    Probe("processes", "find other processes, its parent among them", PROCESSES, NAMESPACES),
    Probe("descriptors", "find descriptors that are not its own", DESCRIPTORS, MISTAKE),
    Probe("environment", "read a secret from the environment", ENVIRONMENT, MISTAKE),
    Probe("privileges", "have capabilities, root or new privileges", PRIVILEGES, NAMESPACES),
    Probe("system calls", "call what no coursework needs: unshare, setns, keyctl", CALLS, FILTER),
    Probe("memory of a process", "take 1.5 GiB", MEMORY, LIMITED),
    Probe("number of processes", "start 150 processes", FORKS, NAMESPACES),
    Probe("disk and files", "write 256 MiB and open 1000 files", DISK, NAMESPACES),
)  # fmt: skip
"""Programs that look. They run as the cells of one submission."""

STOPPED = (
    Probe(
        "memory of all", "take 2 GiB in four processes, as shared memory", SHARED_MEMORY,
        MEASURED, "more memory than a submission may",
    ),
    Probe(
        "time", "run for ever, with every signal blocked", ENDLESS, MISTAKE,
        "ran for more than", 3.0,
    ),
)  # fmt: skip
"""Programs that must be stopped: a submission each."""
