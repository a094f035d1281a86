"""Find the machine's Chromium, or add Debian's package; print its path.

The tests of the pages drive a real browser. Playwright would download one of its own; the machine's
is enough.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LONGEST = 900
"""Seconds that the installation may take."""
NOT_FOUND = """\
No Chromium was found, and it could not be installed here.
  - install it (Debian and Ubuntu: sudo apt-get install chromium), or
  - set ATTUNE_BROWSER to the path of a Chromium or Chrome."""


def main() -> int:
    """Print the path of the browser; 1 where there is none."""
    browser = _find() or _install()
    print(browser or NOT_FOUND, file=sys.stdout if browser else sys.stderr)
    return 0 if browser else 1


def _find() -> str | None:
    named = os.environ.get("ATTUNE_BROWSER")
    candidates = [named] if named else NAMES
    return next(filter(None, map(shutil.which, candidates)), None)


def _install() -> str | None:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return None
    print("Adding Chromium by apt-get ...", file=sys.stderr, flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        command = ["apt-get", "--quiet", *words]
        done = subprocess.run(
            command, env=environment, stdout=sys.stderr, timeout=LONGEST, check=False
        )
        if done.returncode:
            return None
    return _find()


if __name__ == "__main__":
    sys.exit(main())
