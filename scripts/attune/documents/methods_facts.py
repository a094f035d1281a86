"""What a template may say of the methods besides the statistics: software, small counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from attune.printing.markdown import choice
from attune.specs.cohort import Cohort

CITATIONS = {"scipy": "@virtanen2020"}
"""Package -> the paper that it asks to be cited by, as a key of references.bib."""


def citations_of(software: Sequence[str]) -> list[str]:
    """Citations of the packages that computed a statistic.

    Examples
    --------
    >>> citations_of(["attune 0.1.0", "scipy 1.17.1"])
    ['@virtanen2020']
    """
    used = [each.partition(" ")[0] for each in software]
    return [CITATIONS[name] for name in used if name in CITATIONS]


def smallest_cell_shown(cohort: Cohort, settings: Mapping[str, Any]) -> str:
    """The smallest count of people that documents show, with its key; empty where all are shown."""
    if cohort.smallest_cell is not None:
        count, key = cohort.smallest_cell.count, "cohort.smallest_cell"
    else:
        count, key = settings["build_tables"].get("smallest_cell", 0), "build_tables.smallest_cell"
    return choice(str(count), key) if count else ""
