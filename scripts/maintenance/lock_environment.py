"""Resolve the dependencies of pyproject.toml again and pin them, with hashes and without hosts.

Writes envs/lock.txt (for pip) and envs/attune.yaml (the same pins for conda). Needs `uv`, which it
installs into a throw-away environment.
"""

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "envs" / "lock.txt"
CONDA = ROOT / "envs" / "attune.yaml"


def main() -> None:
    """Write both files."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)
        command = [str(python), "-m", "uv", "pip", "compile", "pyproject.toml", "--extra", "test"]
        command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade"]
        command += ["--no-annotate", "--no-header", "--quiet", "--output-file", str(LOCK)]
        subprocess.run(command, check=True, cwd=ROOT)
    CONDA.write_text(conda_environment(LOCK.read_text(encoding="utf-8")), encoding="utf-8")


def conda_environment(lock: str) -> str:
    """The pins of a pip lock as a conda environment file.

    Examples
    --------
    >>> print(conda_environment("numpy==2.4.6 --hash=sha256:00").splitlines()[-1].strip())
    - numpy==2.4.6
    """
    pins = re.findall(r"^([A-Za-z0-9][^\s\\;]*==[^\s\\;]+)( ; [^\\\n]+)?", lock, flags=re.MULTILINE)
    lines = [
        f'      - "{pin}{marker.rstrip()}"' if marker else f"      - {pin}" for pin, marker in pins
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
