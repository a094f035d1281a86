"""Site files and their keys on disk: read, checked, made."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from attune.sites.site_file import (
    MOST_BYTES,
    SiteContent,
    checked_key,
    read_site_text,
    unverified_content,
)
from attune.specs.errors import AttuneError, SiteFileError
from attune_files.steps.file_sums import sha256_of

KEY_VARIABLE = "ATTUNE_SITE_KEY"
"""Environment variable that may hold the key itself, in place of a file."""


def read_key(path: str | None) -> bytes:
    """The key of a file, or of the environment variable `ATTUNE_SITE_KEY`.

    Raises
    ------
    SiteFileError
        Neither is given, the file cannot be read, or it holds no key.
    """
    if path is None:
        text = os.environ.get(KEY_VARIABLE, "")
        if not text:
            raise SiteFileError(
                "There is no key to sign with.",
                [
                    f"Give its file with --key, or the key in the environment variable"
                    f" {KEY_VARIABLE}. `attune site-file --new-key FILE` makes one"
                ],
            )
        return checked_key(text, KEY_VARIABLE)
    return checked_key(_text(path, 10_000), path)


def write_new_key(path: str | Path) -> None:
    """Write a random key that only its owner can read; an existing file is never replaced.

    Raises
    ------
    SiteFileError
        The file exists, or cannot be written.
    """
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SiteFileError(f"{path} cannot be made: {error.strerror}.") from None
    with os.fdopen(number, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")


def read_site_files(paths: Sequence[str | Path], keys: Sequence[bytes]) -> dict[str, SiteContent]:
    """Site files whose signatures fit, by their name.

    Raises
    ------
    SiteFileError
        With the reasons of all files that are refused.
    """
    found: dict[str, SiteContent] = {}
    problems: list[str] = []
    for path in map(str, paths):
        name = path
        try:
            if name in found:
                raise SiteFileError(f"{name} is given twice.")
            found[name] = read_site_text(_text(path, MOST_BYTES), keys, name)
        except AttuneError as error:
            problems.append("\n      ".join([error.heading, *error.problems]))
    if problems:
        raise SiteFileError("The sites cannot be pooled.", problems)
    return found


def read_recorded_site(path: str | Path, sha256: str) -> SiteContent:
    """A site file that was accepted before: its content, if it is still the same file.

    Parameters
    ----------
    path : str or Path
    sha256 : str
        That `attune pool-sites` printed when the signature fitted.

    Raises
    ------
    SiteFileError
        It is another file.
    """
    text = _text(path, MOST_BYTES)
    found = sha256_of(path)
    if found != sha256:
        raise SiteFileError(
            f"{Path(path).name} is refused: it is not the file that was accepted.",
            [
                f"Its SHA-256 is {found}, recorded is {sha256}. Check its signature with `attune"
                " pool-sites`, and record the sum that it prints"
            ],
        )
    return unverified_content(text, Path(path).name)


def _text(path: str | Path, most: int) -> str:
    try:
        size = Path(path).stat().st_size
        if size > most:
            raise SiteFileError(f"{path} holds {size:,} bytes; at most {most:,} are read.")
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise SiteFileError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SiteFileError(f"{path} cannot be read: it is not text in UTF-8.") from None
