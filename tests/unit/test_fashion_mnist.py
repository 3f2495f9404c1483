"""The loader of Fashion-MNIST: what it gives, where it looks, and what it refuses.

The files are those of Debian's package; copies of them are damaged here.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from course_lib import _fashion_files
from course_lib.datasets import FASHION_CLASSES, DataError, fashion_mnist

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
HEAD = 16  # bytes of the images' file before the first image

pytestmark = pytest.mark.skipif(
    not DEBIAN.exists(), reason="needs Debian's package dataset-fashion-mnist"
)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of one's own, no variable that names a folder, no mirror that can be reached."""
    monkeypatch.setenv("MLP_COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FASHION_MNIST", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(_fashion_files, "MIRRORS", ("http://127.0.0.1:9/",))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without Debian's package."""
    monkeypatch.setattr(_fashion_files, "DEBIAN", tmp_path / "nothing")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the test split, for a test to damage."""
    made = tmp_path / "copy"
    made.mkdir()
    for name in (IMAGES, LABELS):
        shutil.copy(DEBIAN / f"{name}.gz", made)
    return made


def unpacked(folder: Path, name: str) -> bytes:
    return gzip.decompress((folder / f"{name}.gz").read_bytes())


def seconds(call: Callable[[], Any]) -> float:
    """The processor time of a call: the machine may have other things to do."""
    start = time.process_time()
    call()
    return time.process_time() - start


# --- what it gives ---


def test_the_real_data() -> None:
    X, y = fashion_mnist("train")
    assert (X.shape, X.dtype, y.shape, y.dtype) == ((60_000, 28, 28), torch.float32,
                                                    (60_000,), torch.int64)  # fmt: skip
    assert y.bincount().tolist() == [6_000] * 10
    assert y[:5].tolist() == [9, 0, 0, 3, 0]
    assert (X.min().item(), X.max().item()) == (0, 1)
    # The mean and deviation by which everybody normalises this data.
    assert X.double().mean().item() == pytest.approx(0.2860, abs=5e-5)
    assert X.double().std().item() == pytest.approx(0.3530, abs=5e-5)
    X, y = fashion_mnist("test", flatten=True)
    assert (X.shape, y.bincount().tolist()) == ((10_000, 784), [1_000] * 10)
    assert [FASHION_CLASSES[label] for label in y[:3]] == ["Ankle boot", "Pullover", "Trouser"]


def test_grey_values_are_exactly_those_of_the_file_by_255() -> None:
    raw = torch.frombuffer(bytearray(unpacked(DEBIAN, IMAGES)[HEAD:]), dtype=torch.uint8)
    assert torch.equal(fashion_mnist("test", flatten=True).X.flatten(), raw.float() / 255)


def test_the_second_load_takes_no_time(record_property: Callable[[str, str], None]) -> None:
    times = [seconds(lambda: fashion_mnist("train")) for _ in range(2)]
    record_property("first and second load", str(times))
    assert times[1] < 0.2
    program = (
        "from course_lib.datasets import fashion_mnist as f; import time; t = time.process_time(); "
    )
    program += "f('train'); print(time.process_time() - t)"
    assert float(ask(program)) < 0.2  # of another process


def test_a_limit_takes_the_first() -> None:
    whole, some = fashion_mnist("test"), fashion_mnist("test", limit=7)
    assert torch.equal(whole.X[:7], some.X)
    assert torch.equal(whole.y[:7], some.y)
    assert len(fashion_mnist("test", limit=20_000).y) == 10_000


def test_writing_to_the_pictures_changes_no_file() -> None:
    X, y = fashion_mnist("test", limit=100)
    X += 1
    y[:] = 0
    again = fashion_mnist("test", limit=100)
    assert torch.equal(again.X + 1, X)
    assert again.y.any()


def test_arguments_that_can_t_be_used() -> None:
    with pytest.raises(ValueError, match="split must be 'train' or 'test', not 'val'"):
        fashion_mnist("val")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="flatten must be True or False, not 784"):
        fashion_mnist("test", 784)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="limit must be at least 1, not 0"):
        fashion_mnist("test", limit=0)
    with pytest.raises(TypeError, match="folder must be a path, not 3"):
        fashion_mnist("test", folder=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="device must be one that torch can use here"):
        fashion_mnist("test", limit=1, device="nowhere")


# --- where it looks ---


def test_packed_or_not_is_the_same(folder: Path) -> None:
    for name in (IMAGES, LABELS):
        (folder / name).write_bytes(unpacked(folder, name))
        (folder / f"{name}.gz").unlink()
    assert torch.equal(fashion_mnist("test", folder=folder).X, fashion_mnist("test").X)
    (folder / LABELS).rename(folder / f"{LABELS}.gz")  # a name says nothing
    assert fashion_mnist("test", folder=str(folder)).y[0] == 9


def test_a_named_folder_comes_before_the_variable_and_that_before_all_else(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fashion_mnist("test")  # from the package, into the cache
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("FASHION_MNIST", str(tmp_path / "empty"))
    with pytest.raises(DataError, match=rf"{tmp_path}/empty, named by FASHION_MNIST, has no file "):
        fashion_mnist("test")
    fashion_mnist("test", folder=folder)
    monkeypatch.setenv("FASHION_MNIST", "")  # as good as none
    fashion_mnist("test")
    with pytest.raises(DataError, match=f"{tmp_path}/empty has no file {IMAGES} or {IMAGES}.gz"):
        fashion_mnist("test", folder=tmp_path / "empty")


@pytest.mark.usefixtures("elsewhere")
def test_the_cache_does_without_the_package(folder: Path) -> None:
    fashion_mnist("test", folder=folder)
    assert fashion_mnist("test").y[0] == 9
    assert fashion_mnist("test", folder=_fashion_files.cache()).y[0] == 9  # copied to elsewhere


@pytest.mark.usefixtures("elsewhere")
def test_without_a_network_it_says_all_four_ways(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        fashion_mnist("test")
    said = str(caught.value)
    for words in (
        f"{IMAGES} could not be downloaded (http://127.0.0.1:9/: ConnectionRefusedError)",
        "folder=", "FASHION_MNIST", "apt-get install dataset-fashion-mnist",
        f"{tmp_path}/cache/fashion-mnist", "a network",
    ):  # fmt: skip
        assert words in said, words
    assert not list(tmp_path.rglob("*.npy"))


class Mirror(http.server.SimpleHTTPRequestHandler):
    """A web server of a folder that notes what it is asked for."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a server of `tmp_path`."""
    Mirror.asked = []
    handler = functools.partial(Mirror, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.mark.usefixtures("elsewhere")
def test_the_first_mirror_that_gives_the_right_file_is_taken(
    folder: Path, tmp_path: Path, served: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    bad = tmp_path / "bad"
    bad.mkdir()
    shutil.copy(folder / f"{LABELS}.gz", bad / f"{IMAGES}.gz")
    mirrors = ("http://127.0.0.1:9/", f"{served}none/", f"{served}bad/", f"{served}copy/")
    monkeypatch.setattr(_fashion_files, "MIRRORS", mirrors)
    assert fashion_mnist("test").y[0] == 9
    assert f"Downloading {IMAGES}.gz of Fashion-MNIST, once, from {served}copy/" in (
        capsys.readouterr().err
    )
    asked = list(Mirror.asked)
    assert asked == [
        f"/{place}/{name}.gz" for name in (IMAGES, LABELS) for place in ("none", "bad", "copy")
    ]
    assert fashion_mnist("test").y[0] == 9
    assert Mirror.asked == asked  # the second time out of the cache

    shutil.rmtree(_fashion_files.cache())
    monkeypatch.setattr(_fashion_files, "MIRRORS", mirrors[:3])
    with pytest.raises(DataError, match=rf"{served}bad/: {IMAGES}.gz has the magic number 0x0000"):
        fashion_mnist("test")


# --- what it refuses ---

FAULTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "packed, truncated": (lambda data: gzip.compress(data, 1)[:-1000], "is truncated"),
    "packed, no checksum of gzip's": (lambda data: gzip.compress(data, 1)[:-4], "is truncated"),
    "packed, damaged": (
        lambda data: (p := gzip.compress(data, 1))[:-8] + bytes(4) + p[-4:],
        "can't be unpacked",
    ),
    "truncated": (lambda data: data[:-1], "is truncated: it has 7,840,015 bytes, not 7,840,016"),
    "only a head": (lambda data: data[:10], "is truncated: it has 10 bytes"),
    "empty": (lambda data: data[:0], "is truncated: it has 0 bytes"),
    "labels": (lambda data: b"\0\0\x08\x01" + data[4:], "magic number 0x00000801, not 0x00000803"),
    "a web page": (lambda data: b"<html>" + data, "magic number 0x3c68746d"),
    "numbers of another type": (lambda data: b"\0\0\x0d\x03" + data[4:], "0x00000d03"),
    "fewer": (
        lambda data: data[:4] + (5_000).to_bytes(4) + data[8 : HEAD + 5_000 * 784],
        "holds 5,000 × 28 × 28 numbers, not 10,000 × 28 × 28",
    ),
    "more": (lambda data: data + b"\0", "more bytes than the 7,840,016"),
    "a hundred megabytes more": (lambda data: gzip.compress(data + bytes(2**27), 1), "more bytes"),
    "one pixel": (lambda data: data[:-1] + b"\7", "wrong checksum"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_told_with_the_file_s_name(folder: Path, fault: str) -> None:
    path = folder / f"{IMAGES}.gz"
    spoil, words = FAULTS[fault]
    path.write_bytes(spoil(unpacked(folder, IMAGES)))
    with pytest.raises(DataError) as caught:
        fashion_mnist("test", folder=folder)
    said = str(caught.value)
    assert said.startswith(f"{path} ")
    assert words in said
    assert said.endswith("download this file again")
    assert "\n" not in said


def test_a_folder_or_nothing_in_a_file_s_place(folder: Path) -> None:
    (folder / f"{LABELS}.gz").unlink()
    with pytest.raises(DataError, match=f"has no file {LABELS}"):
        fashion_mnist("test", folder=folder)
    (folder / LABELS).mkdir()
    with pytest.raises(DataError, match=f"{LABELS} can't be read .Is a directory"):
        fashion_mnist("test", folder=folder)


def test_a_file_that_changes_after_it_was_decoded_is_read_again(folder: Path) -> None:
    fashion_mnist("test", folder=folder)
    path = folder / f"{IMAGES}.gz"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"truncated|unpacked"):
        fashion_mnist("test", folder=folder)


# --- the cache ---


def test_a_damaged_cache_is_written_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = fashion_mnist("test").X.clone()
    kept = _fashion_files.cache() / "test-images.npy"
    for damage in (kept.read_bytes()[:-1], b"", b"something else", kept.read_bytes() + b"\0"):
        kept.write_bytes(damage)
        assert torch.equal(fashion_mnist("test").X, X)
    kept.write_bytes(b"")
    monkeypatch.setattr(_fashion_files, "DEBIAN", tmp_path / "nothing")
    with pytest.raises(
        DataError, match=rf"{kept} is not the file of test-images .*Do one of these"
    ):
        fashion_mnist("test")
    with pytest.raises(DataError, match=rf"{kept} is not the file .* delete it"):
        fashion_mnist("test", folder=kept.parent)
    fashion_mnist("test", folder=folder)
    assert torch.equal(fashion_mnist("test").X, X)


@pytest.mark.parametrize("cache", ["/proc/mlp", "/dev/null/mlp"])
def test_a_cache_that_can_t_be_written(cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_COURSE_CACHE", cache)
    for _ in range(2):
        X, y = fashion_mnist("test", limit=100)
        assert (len(X), y[0].item(), X.max().item()) == (100, 9, 1)
        X += 1


READER = """
import sys
from course_lib.datasets import fashion_mnist
X, y = fashion_mnist("test")
print(int(y.sum()), round(float(X.double().sum()), 3))
"""


def ask(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_several_processes_may_fill_the_cache_at_once() -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", READER], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = {process.communicate(timeout=120)[0] for process in running}
    assert all(process.returncode == 0 for process in running)
    X, y = fashion_mnist("test")
    assert answers == {f"{int(y.sum())} {round(float(X.double().sum()), 3)}\n"}
    left = sorted(path.name for path in _fashion_files.cache().iterdir())
    assert left == ["test-images.npy", "test-labels.npy", "verified"]


def test_a_full_disk_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))\n"
    program = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + program + READER
    X, y = fashion_mnist("test")
    monkeypatch.setenv("MLP_COURSE_CACHE", str(_fashion_files.cache().parent / "second"))
    assert ask(program) == f"{int(y.sum())} {round(float(X.double().sum()), 3)}\n"
    left = sorted(path.name for path in _fashion_files.cache().iterdir())
    assert left == ["test-labels.npy", "verified"]
