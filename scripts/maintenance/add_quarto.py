"""Try to add Quarto by its own package, which downloads the program; go on without it if it cannot.

The documents are then made by the embedded renderer, with the same numbers, tables and citations.
"""

import os
import shutil
import subprocess
import sys

QUARTO = "quarto-cli==1.10.19"
LONGEST = 300
"""Seconds that the download may take."""


def main() -> None:
    """Add Quarto to this environment, or print in one line why it is not available."""
    quarto = os.environ.get("QUARTO_PATH") or shutil.which("quarto")
    if quarto:
        print(f"Quarto is here: {quarto}")
        return
    print(f"Adding {QUARTO}; the documents can be made without it ...", flush=True)
    # Its dependencies are for notebooks, which no document here has.
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", QUARTO]
    try:
        added = subprocess.run(install, capture_output=True, timeout=LONGEST, check=False)
        works = added.returncode == 0 and _starts()
    except (OSError, subprocess.TimeoutExpired):
        works = False
    if works:
        print("Quarto was added.")
        return
    remove = [sys.executable, "-m", "pip", "uninstall", "--quiet", "--yes", "quarto-cli"]
    subprocess.run(remove, capture_output=True, check=False)
    print("Quarto could not be downloaded; the embedded renderer (pandoc and Typst) takes over.")


def _starts() -> bool:
    command = shutil.which("quarto")
    if command is None:
        return False
    version = subprocess.run([command, "--version"], capture_output=True, timeout=60, check=False)
    return version.returncode == 0


if __name__ == "__main__":
    main()
