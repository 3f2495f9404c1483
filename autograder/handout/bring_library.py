"""The functions in the first cell of a notebook handed out as one file: unpack the library.

They run on a student's machine, in Colab or in Kaggle, before anything of the course is there.
"""


def install_missing(needed: dict[str, str]) -> None:
    """Install the packages, named with their least versions, that are missing here or older."""
    import importlib.metadata
    import importlib.util
    import re
    import subprocess
    import sys

    def numbers(version: str) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", version)[:2]]

    def is_missing(name: str, least: str) -> bool:
        try:
            return numbers(importlib.metadata.version(name)) < numbers(least)
        except importlib.metadata.PackageNotFoundError:
            return importlib.util.find_spec(name) is None

    missing = [f"{name}>={least}" for name, least in needed.items() if is_missing(name, least)]
    if not missing:
        return
    print(f"Installing {', '.join(missing)}; this can take some minutes.")
    command = [sys.executable, "-m", "pip", "install", "--quiet", *missing]
    if subprocess.run(command, check=False).returncode:
        raise RuntimeError(
            f"pip could not install {', '.join(missing)}: install that for this notebook's "
            f"Python ({sys.executable}), and run this cell again"
        )
    importlib.invalidate_caches()


def bring_library(needed: dict[str, str], sha256: str, packed: str) -> None:
    """Unpack course_lib and checks.py into a folder of their own, which goes when the kernel ends.

    A library that is installed is used as it is.

    Args:
        needed: packages that the library needs, with the least version of each; pip installs what
            is missing or older.
        sha256: the digest of the zip.
        packed: the zip in base64.
    """
    import atexit
    import base64
    import hashlib
    import importlib.util
    import io
    import os
    import shutil
    import sys
    import tempfile
    import zipfile
    from pathlib import Path

    begins = f"mlp-course-{sha256[:16]}-"
    known = os.environ.get("MLP_COURSE_CHECKS", "")
    if begins in known and Path(known).exists():
        print("The course's library and the checks are already installed.")
        return
    data = base64.b64decode(packed)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise RuntimeError("this cell is damaged: download the notebook again")

    install_missing(needed)
    folder, kernel = tempfile.mkdtemp(prefix=begins), os.getpid()

    def tidy() -> None:
        if os.getpid() == kernel:  # and not a process that the notebook forked
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(tidy)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)
    os.environ["MLP_COURSE_CHECKS"] = str(Path(folder, "checks.py"))
    if importlib.util.find_spec("course_lib") is None:
        sys.path.insert(0, folder)
        print(f"The course's library and the checks are ready, unpacked into {folder}.")
    else:
        print(f"The checks are ready, unpacked into {folder}; the library was installed already.")
