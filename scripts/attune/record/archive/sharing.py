"""Whether an archive may hold a cohort's raw files and rows; if in doubt, it does not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from attune.record.archive.zip_safety import MOST_LISTED
from attune.specs.cohort import Cohort
from attune.store.contracts import Contract

_OPEN_LICENCES = re.compile(
    r"(?:CC0|CC-BY|CC-BY-SA|PDDL|ODC-By|ODbL|GPL|LGPL|AGPL|MPL|Apache|EUPL)-\d[\d.]*"
    r"(?:-only|-or-later)?|MIT|BSD-[23]-Clause"
)
"""SPDX ids of licences that let anyone share a work. Licences that forbid commercial use or changes
are not among them: their author has to decide whether an archive may be passed on."""


@dataclass(frozen=True)
class Sharing:
    """The parts of a cohort that go into an archive.

    Attributes
    ----------
    raw : bool
        Whether raw files go in, and with them every file with rows of single dyads.
    reason : str
        Why, as a clause.
    """

    raw: bool
    reason: str


def licence_id(licence: str) -> str | None:
    """The open licence that a cohort file names first; None if it names none.

    Examples
    --------
    >>> licence_id("GPL-3.0 (data/help/LICENSE)")
    'GPL-3.0'
    >>> licence_id("CC-BY-NC-4.0")
    >>> licence_id("to be settled, perhaps CC0-1.0")
    """
    words = licence.split()
    first = words[0].strip(".,;:()") if words else ""
    return first if _OPEN_LICENCES.fullmatch(first) else None


def sharing_of(
    cohort: Cohort, personal: Sequence[str] = (), unmapped: Sequence[str] = ()
) -> Sharing:
    """Whether the raw files of a cohort may go into an archive.

    Parameters
    ----------
    cohort : Cohort
        As it was analysed: a restricted cohort, or its twin.
    personal : sequence of str, optional
        Places such as "intake.csv: column e_mail" that seem to identify a person.
    unmapped : sequence of str, optional
        Places that cohort.yaml does not use: columns and sheets whose contents nobody described.

    Returns
    -------
    Sharing
        Raw files go in if they are synthetic, if the licence is an open one, or if the cohort file
        says `share_raw: true`; never if they are restricted, if ids are hashed, if a column seems
        to identify a person or, unless the data are synthetic, if a column is not mapped.
    """
    if cohort.is_twin:
        return Sharing(True, "they are those of the synthetic twin; the real ones are restricted")
    if cohort.restricted is not None:
        return Sharing(False, "they are restricted")
    if cohort.share_raw is False:
        return Sharing(False, "cohort.yaml says share_raw: false")
    if cohort.hashed_ids is not None:
        return Sharing(False, "they hold the ids that cohort.yaml wants hashed")
    dropped = [
        f"{file.path}: column {name}" for file in cohort.files.values() for name in file.dropped
    ]
    if dropped or personal:
        places = "; ".join([*dropped, *personal])
        return Sharing(
            False,
            f"they hold dropped columns, or columns that seem to identify a person"
            f" ({places}). Delete it from the file, run again and archive again",
        )
    if unmapped and not cohort.synthetic:
        return Sharing(
            False,
            "they hold columns or sheets that cohort.yaml does not use"
            f" ({_listed(unmapped)}). Delete them from the file, run again and archive again",
        )
    if cohort.share_raw:
        return Sharing(True, "cohort.yaml says share_raw: true")
    if cohort.synthetic:
        return Sharing(True, "they are synthetic")
    known = licence_id(cohort.licence)
    if known:
        return Sharing(True, f"their licence is {known}")
    return Sharing(
        False,
        "their licence in cohort.yaml is not known as an open one. If they may be shared, add"
        " `share_raw: true` to cohort.yaml and archive again",
    )


def _listed(places: Sequence[str]) -> str:
    more = len(places) - MOST_LISTED
    return "; ".join([*places[:MOST_LISTED], *([f"and {more:,} more"] if more > 0 else [])])


def holds_rows(contract: Contract) -> bool:
    """Whether a table has rows of single dyads.

    Examples
    --------
    >>> from attune.store.contracts import GAINS, STATISTICS
    >>> holds_rows(GAINS), holds_rows(STATISTICS)
    (True, False)
    """
    return "dyad" in contract.schema.names
