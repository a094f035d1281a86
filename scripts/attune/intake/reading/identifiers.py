"""Hashed ids: dyads, patients and therapists pseudonymised by a keyed hash (HMAC)."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping

import pandas as pd

from attune.intake.reading.sheets import id_columns, id_missing_codes
from attune.specs.cohort import Cohort
from attune.specs.errors import RawDataError

HASH_DIGITS = 12
"""Hexadecimal digits of a hashed id."""

SHORTEST_SALT = 16
"""Characters of the salt; a shorter one could be found by trying."""


def hashed(identifier: str, salt: str) -> str:
    """An id as the first digits of its HMAC-SHA256 under the salt.

    Examples
    --------
    >>> hashed("P001", "correct horse battery staple")
    '0c6b53d393f1'
    """
    digest = hmac.new(salt.encode(), identifier.encode(), hashlib.sha256)
    return digest.hexdigest()[:HASH_DIGITS]


def with_hashed_ids(
    sheets: Mapping[str, pd.DataFrame], cohort: Cohort, salt: str
) -> dict[str, pd.DataFrame]:
    """Raw sheets with the ids of dyads, patients and therapists hashed.

    An id has the same hash in all files. Empty cells and missing codes are kept, so that checks
    find them.

    Parameters
    ----------
    sheets : mapping of file id to pandas.DataFrame of str
    cohort : Cohort
    salt : str
        The secret key; whoever has it can link ids to their hashes.

    Raises
    ------
    RawDataError
        Two ids have the same hash.
    """
    columns = {name: id_columns(name, cohort) & set(sheet.columns)
               for name, sheet in sheets.items()}  # fmt: skip
    ids = {
        str(text)
        for name, sheet in sheets.items()
        for column in columns[name]
        for text in sheet[column].unique()
    }
    hashes = {text: hashed(text, salt) for text in ids - {*id_missing_codes(cohort)}}
    _refuse_collisions(hashes.values(), cohort)
    return {
        name: sheet.assign(
            **{
                column: sheet[column].astype(object).map(lambda text: hashes.get(text, text))
                for column in columns[name]
            }
        )
        for name, sheet in sheets.items()
    }


def _refuse_collisions(hashes: Iterable[str], cohort: Cohort) -> None:
    listed = list(hashes)
    if len(set(listed)) < len(listed):
        raise RawDataError(
            f"The ids of cohort {cohort.cohort} cannot be hashed.",
            ["Two different ids have the same hash. Choose another salt."],
        )
