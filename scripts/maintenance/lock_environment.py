"""Resolve the dependencies of pyproject.toml again and pin them, with hashes and without hosts.

Writes envs/lock.txt (what a run needs, for pip), envs/lock-test.txt (what the tests need besides)
and envs/attune.yaml (the pins of lock.txt for conda). Needs `uv`, which it installs into a
throw-away environment.
"""

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "envs" / "lock.txt"
TEST_LOCK = ROOT / "envs" / "lock-test.txt"
CONDA = ROOT / "envs" / "attune.yaml"


def main() -> None:
    """Write the three files."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        everything, versions = Path(folder) / "everything.txt", Path(folder) / "versions.txt"
        # All together first, so that a run has the same versions with the tests and without them.
        _compile(python, everything, "--extra", "test", "--upgrade")
        complete = everything.read_text(encoding="utf-8")
        versions.write_text("\n".join(f"{pin}{when}" for pin, when in pins(complete)) + "\n")
        _compile(python, LOCK, "--upgrade", "--constraint", str(versions))
    lock = LOCK.read_text(encoding="utf-8")
    TEST_LOCK.write_text(further_entries(complete, lock), encoding="utf-8")
    CONDA.write_text(conda_environment(lock), encoding="utf-8")


def _compile(python: Path, target: Path, *choices: str) -> None:
    command = [str(python), "-m", "uv", "pip", "compile", "pyproject.toml", *choices]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-annotate", "--no-header", "--quiet", "--output-file", str(target)]
    subprocess.run(command, check=True, cwd=ROOT)


def pins(lock: str) -> list[tuple[str, str]]:
    """Each pin of a lock, such as `numpy==2.4.6`, and its condition, such as ` ; os_name == "nt"`.

    Examples
    --------
    >>> pins("numpy==2.4.6 ; os_name == 'nt' --hash=sha256:00")
    [('numpy==2.4.6', " ; os_name == 'nt'")]
    """
    pattern = r"^([A-Za-z0-9][^\s\\;]*==[^\s\\;]+)( ; (?:(?! --hash)[^\\\n])+)?"
    found = re.findall(pattern, lock, flags=re.MULTILINE)
    return [(pin, condition.rstrip()) for pin, condition in found]


def further_entries(complete: str, lock: str) -> str:
    r"""The entries of a complete lock that another lock lacks, or has for fewer machines.

    Examples
    --------
    >>> further_entries("a==1 --hash=sha256:0\nb==2 --hash=sha256:1\n", "a==1 --hash=sha256:0\n")
    'b==2 --hash=sha256:1\n'
    """
    present = set(pins(lock))
    entries = re.split(r"^(?=[A-Za-z0-9])", complete, flags=re.MULTILINE)
    return "".join(entry for entry in entries if entry and not set(pins(entry)) <= present)


def conda_environment(lock: str) -> str:
    """The pins of a pip lock as a conda environment file.

    Examples
    --------
    >>> print(conda_environment("numpy==2.4.6 --hash=sha256:00").splitlines()[-1].strip())
    - numpy==2.4.6
    """
    lines = [
        f'      - "{pin}{condition}"' if condition else f"      - {pin}"
        for pin, condition in pins(lock)
    ]
    head = [
        "# The pins of lock.txt for conda; written by `make lock`.",
        "name: attune",
        "channels: [conda-forge]",
        "dependencies:",
        "  - python=3.11",
        "  - pip",
        "  - pip:",
    ]
    # One environment line per pin: a marker holds quotes of its own, single ones.
    return "\n".join(head + lines) + "\n"


if __name__ == "__main__":
    main()
