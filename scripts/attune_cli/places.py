"""Finds files of the project: in the current folder, else in attune's own folder."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The folder of attune itself, with its rules, scoring keys and templates."""


def project_file(path: str) -> str:
    """A file of the project, given its path in the project, as the rules find it.

    The current folder comes first, so that a lab may keep its cohorts in a folder of their own.
    """
    return path if Path(path).exists() else str(ROOT / path)


def project_files(pattern: str) -> list[Path]:
    """All files that fit a pattern; a file in the current folder replaces attune's own."""
    found = {file.relative_to(ROOT): file for file in ROOT.glob(pattern)}
    found |= {file: file for file in Path().glob(pattern)}
    return [found[name] for name in sorted(found)]
