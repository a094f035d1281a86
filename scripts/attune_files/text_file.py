"""Text files that the user named: read and written as UTF-8."""

from collections.abc import Sequence
from pathlib import Path

from attune.specs.errors import AttuneError


def write_text(path: str | Path, text: str) -> None:
    """Write a text to a file that the user named.

    Raises
    ------
    AttuneError
        The file cannot be written there.
    """
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise AttuneError(f"{path} cannot be written: {reason}.") from None


def read_joined(paths: Sequence[str | Path]) -> str:
    """The texts of files one after the other, such as the style sheets of a page."""
    return "\n".join(Path(path).read_text(encoding="utf-8") for path in paths)
