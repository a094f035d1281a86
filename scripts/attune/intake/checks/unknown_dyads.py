"""Dyads that answered and are not in the sample sheet, with the ids that may be meant."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from attune.intake.checks.session_schedule import Answered
from attune.intake.reading.look_alike_ids import fold_look_alikes
from attune.intake.reading.raw_cohort import RawCohort
from attune.intake.reading.sheets import not_in, quoted_list
from attune.intake.reading.violations import Violation
from attune.printing.apa import counted
from attune.specs.cohort import Cohort, Selection
from attune.specs.raw_file import RawFile
from attune.specs.study_checks import QuestionnaireKey, key_of, named

FEWEST_UNKNOWN = 3
"""Rows of a file from which two columns are named, not each id, if the sample sheet has none."""

MOST_COMPARED = 1000
"""Unknown dyads up to which the nearest ids are looked for."""

MOST_MATCH = 0.9
"""Share of the ids of a file that must be those of the sample sheet but for the same characters."""

_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")

MOST_LETTERS = 64
"""Different characters of the ids up to which the nearest are looked for."""

MOST_NEAR = 3
"""Nearest ids that a message names."""


@dataclass(frozen=True)
class UnknownDyad:
    """A dyad that the sample sheet does not have.

    Attributes
    ----------
    dyad : str
    places : dict of questionnaire to int
        Row of its file in which the dyad answered each questionnaire.
    spelled : str
        Id of the sample sheet from which it differs only in spelling; "" if there is none.
    near : tuple of str
        Ids of the sample sheet that differ in one character or two exchanged ones and have none of
        these answers, or that the sheet has twice.
    """

    dyad: str
    places: dict[QuestionnaireKey, int]
    spelled: str = ""
    near: tuple[str, ...] = ()

    @property
    def meant(self) -> tuple[str, ...]:
        """The ids of the sample sheet that it may be."""
        return (self.spelled,) if self.spelled else self.near


def unknown_dyads(answered: Answered, known: pd.Index, twice: Collection[str]) -> list[UnknownDyad]:
    """The dyads with answers that the sample sheet does not have, in the order of the answers.

    Parameters
    ----------
    answered : mapping of questionnaire to pandas.Series
        Row of the file by dyad.
    known : pandas.Index of str
        The dyads of the sample sheet, each once.
    twice : collection of str
        Those that it has more than once.
    """
    places: dict[str, dict[QuestionnaireKey, int]] = {}
    if not len(known):
        return []
    for key, rows in answered.items():
        for dyad, row in rows[not_in(rows.index, known)].sort_index().items():
            places.setdefault(str(dyad), {})[key] = int(row)
    if not places:
        return []
    spelled = _spelled_differently(list(places), known)
    near: dict[str, list[str]] = {}
    if len(places) <= MOST_COMPARED:
        near = _nearest([dyad for dyad in places if dyad not in spelled], known)
    found = []
    for dyad, own in places.items():
        free = [
            other
            for other in near.get(dyad, [])
            if other in twice or not any(other in answered[key].index for key in own)
        ]
        found.append(UnknownDyad(dyad, own, spelled.get(dyad, ""), tuple(free[:MOST_NEAR])))
    return found


def with_meant_dyads(answered: Answered, unknown: Sequence[UnknownDyad]) -> Answered:
    """The answers with each unknown dyad as those that it may be, and without all others.

    What a mistyped id lets another check find is not a finding of its own.
    """
    if not unknown:
        return answered
    names = pd.Index([entry.dyad for entry in unknown])
    meant = dict(answered)
    for key, rows in answered.items():
        more = {
            other: entry.places[key]
            for entry in unknown
            if key in entry.places
            for other in entry.meant
            if other not in rows.index
        }
        kept = rows[not_in(rows.index, names)]
        added = pd.Series(list(more.values()), index=pd.Index(list(more), dtype=object), dtype=int)
        meant[key] = pd.concat([kept, added]) if more else kept
    return meant


def check_unknown_dyads(
    raw: RawCohort, answered: Answered, unknown: Sequence[UnknownDyad], n_known: int
) -> Iterator[Violation]:
    """One violation per unknown dyad, or per file that has nothing in common with the sample."""
    cohort = raw.cohort
    declared = {key_of(entry): entry for entry in cohort.selections()}
    foreign: dict[str, QuestionnaireKey] = {}
    alike = {key for entry in unknown if entry.spelled for key in entry.places}
    for key, rows in answered.items():
        n_unknown = sum(key in entry.places for entry in unknown)
        if n_unknown == len(rows) >= FEWEST_UNKNOWN and key not in alike:
            foreign.setdefault(declared[key].file, key)
    sheet_rows = _rows_of_ids(raw)
    for name, key in foreign.items():
        ids = [entry.dyad for entry in unknown if key in entry.places]
        yield _nothing_in_common(cohort.files[name], ids, set(sheet_rows), cohort)
    for entry in unknown:
        own = {key: row for key, row in entry.places.items() if declared[key].file not in foreign}
        if not own:
            continue
        first = cohort.files[declared[next(iter(own))].file]
        yield Violation(
            "unknown_dyad",
            "error",
            first.place,
            f"dyad {entry.dyad!r} answered {_questionnaires(own, declared, cohort)} but is not in"
            f" the sample sheet {cohort.files[cohort.sample.file].place}.",
            _remedy(entry, sheet_rows),
            row=next(iter(own.values())),
            column=first.dyad,
            dyad=entry.dyad,
        )


def _questionnaires(
    places: Mapping[QuestionnaireKey, int],
    declared: Mapping[QuestionnaireKey, Selection],
    cohort: Cohort,
) -> str:
    """The questionnaires that a dyad answered, with the other files."""
    first, *others = places
    if not others:
        return named(first)
    files = [cohort.files[declared[key].file].place for key in places]
    rest = sorted({file for file in files if file != files[0]})
    elsewhere = f", also in {', '.join(rest)}," if rest else ""
    return f"{named(first)} and {counted(len(others), 'further questionnaire')}{elsewhere}"


def _remedy(entry: UnknownDyad, sheet_rows: Mapping[str, int]) -> str:
    if entry.spelled:
        return f"The sample sheet has {entry.spelled!r}: write it in one way in all files."
    if not entry.near:
        return "Add the dyad to the sample sheet, or correct its name."
    rows = ", ".join(str(sheet_rows[name]) for name in entry.near)
    which = "row" if len(entry.near) == 1 else "rows"
    return (
        "The nearest id of the sample sheet that may be meant is"
        f" {quoted_list(entry.near).replace(' and ', ' or ')} ({which} {rows}): if it is the same"
        " dyad, correct the id where it is mistyped; otherwise add the dyad to the sample sheet."
    )


def _rows_of_ids(raw: RawCohort) -> dict[str, int]:
    """Row of the sample sheet by dyad, the first of each."""
    ids = raw.sample_rows[raw.cohort.files[raw.cohort.sample.file].dyad]
    first = ids[~ids.duplicated()]
    return dict(zip(first, map(int, first.index), strict=True))


def _nothing_in_common(
    file: RawFile, ids: Sequence[str], known: Collection[str], cohort: Cohort
) -> Violation:
    """One error for all rows of a file whose ids the sample sheet does not have at all."""
    sheet = cohort.files[cohort.sample.file]
    remedy = _built_differently(ids, known) or (
        "Probably one of the two columns holds other ids, such as those of a survey program: write"
        " the columns with the common id under `dyad:` of both files in cohort.yaml, or add a"
        " column with it to one of the files."
    )
    return Violation(
        "unknown_dyad",
        "error",
        file.place,
        f"the ids of this file and of the sample sheet {sheet.place} have nothing in common: none"
        f" of {len(ids)} in the column {file.dyad!r} is among the {len(known)} in the column"
        f" {sheet.dyad!r}.",
        remedy,
        column=file.dyad,
    )


def _built_differently(ids: Sequence[str], known: Collection[str]) -> str:
    """How the ids of a file become those of the sample sheet; "" where they do not.

    They do if `MOST_MATCH` of them are ids of the sample sheet once the same characters are taken
    off at their beginning or end, or put there, or once numbers with an exponent are written out.
    """
    if all(_SCIENTIFIC.fullmatch(name) for name in ids):
        written_out = sum(f"{float(name):.0f}" in known for name in ids)
        found = " They are ids of the sample sheet then." if written_out == len(ids) else ""
        return (
            "A spreadsheet program has written the ids as numbers with an exponent (E+), and may"
            f" have rounded them: export the file again with this column as text.{found}"
        )
    for at_end in (True, False):
        for names, others, do in (
            (ids, known, "Take {} off every id of this file"),
            (known, ids, "Put {} to every id of this file"),
        ):
            more = _common_part(names, others, at_end=at_end)
            if more:
                where = "at the end" if at_end else "at the beginning"
                return (
                    f"The ids are those of the sample sheet with {more} {where}"
                    f" {'here' if names is ids else 'there'}. {do.format(more)}, {where}, or"
                    " add a column with the common id and name it under `dyad:` in cohort.yaml."
                )
    return ""


def _common_part(names: Collection[str], others: Collection[str], *, at_end: bool) -> str:
    """What stands before or behind the ids of others in most of these names; "" if nothing does."""
    found = Counter(
        name[len(other) :] if at_end else name[: -len(other)]
        for name in names
        for other in _inside(name, others, at_end=at_end)
    )
    if not found:
        return ""
    part, number = found.most_common(1)[0]
    return part if number >= MOST_MATCH * min(len(names), len(others)) else ""


def _inside(name: str, others: Collection[str], *, at_end: bool) -> list[str]:
    """The other ids that a name begins with (or ends with), the name itself excluded."""
    parts = [name[:at] if at_end else name[at:] for at in range(1, len(name))]
    return [part for part in parts if part in others]


def _spelled_differently(unknown: Sequence[str], known: pd.Index) -> dict[str, str]:
    """Unknown dyad -> id in the sample sheet from which it differs only in spelling."""
    ids = known.to_series()
    id_of = dict(zip(fold_look_alikes(ids), ids, strict=True))
    folded = fold_look_alikes(pd.Series(dict(zip(unknown, unknown, strict=True))))
    return {str(dyad): str(id_of[name]) for dyad, name in folded.items() if name in id_of}


def _nearest(unknown: Sequence[str], known: pd.Index) -> dict[str, list[str]]:
    """Unknown dyad -> ids one character away, or with two neighbours exchanged."""
    ids = {str(name).casefold(): str(name) for name in known}
    letters = sorted({letter for name in ids for letter in name})
    if len(letters) > MOST_LETTERS:
        return {}
    return {
        dyad: [ids[name] for name in one_edit_away(dyad.casefold(), letters) if name in ids]
        for dyad in unknown
    }


def one_edit_away(name: str, letters: Sequence[str]) -> list[str]:
    """Names with two neighbours exchanged, or one character other, less or more.

    Examples
    --------
    >>> one_edit_away("ab", "c")
    ['ba', 'cb', 'ac', 'b', 'a', 'cab', 'acb', 'abc']
    """
    halves = [(name[:place], name[place:]) for place in range(len(name) + 1)]
    whole = [(before, after) for before, after in halves if after]
    exchanged = [b + a[1] + a[0] + a[2:] for b, a in whole if len(a) > 1 and a[0] != a[1]]
    other = [b + letter + a[1:] for b, a in whole for letter in letters if letter != a[0]]
    less = [b + a[1:] for b, a in whole]
    more = [b + letter + a for b, a in halves for letter in letters]
    return list(dict.fromkeys([*exchanged, *other, *less, *more]))
