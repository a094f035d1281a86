"""The draft of a cohort: guesses with their reasons, and doubts that a person has to check."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from attune.cohort_draft.survey_programs import SurveyProgram, program_of
from attune.intake.reading.column_notes import ColumnNote


@dataclass(frozen=True)
class RawTable:
    """A raw file as it was read.

    Attributes
    ----------
    name : str
        Its id in the cohort file.
    path : str
        File name.
    sheet : pandas.DataFrame of str
    settings : dict
        Keys of the cohort file's `files` besides path and dyad, such as delimiter.
    notes : dict of column to ColumnNote
    personal : dict of column to reason
        Columns that seem to identify a person.
    remarks : dict of key to reason
        How the settings were found.
    """

    name: str
    path: str
    sheet: pd.DataFrame
    settings: dict[str, object] = field(default_factory=dict)
    notes: dict[str, ColumnNote] = field(default_factory=dict)
    personal: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)

    @cached_property
    def program(self) -> SurveyProgram:
        """The program that wrote the file."""
        return program_of(self.sheet.columns)

    @property
    def decimal(self) -> str:
        """Decimal sign of numbers."""
        return str(self.settings.get("decimal", "."))

    @property
    def place(self) -> str:
        """The file, and its sheet if there are several, as messages name it."""
        sheet = self.settings.get("sheet")
        return f"{self.path}, sheet {sheet}" if sheet else self.path


@dataclass(frozen=True)
class Evidence:
    """Reasons for a guess, and doubts that a person has to check."""

    reasons: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DraftFile:
    """A raw file of the draft."""

    table: RawTable
    dyad: str
    evidence: Evidence

    @property
    def dropped(self) -> dict[str, str]:
        """Personal columns with the reason; the dyad's id has to stay."""
        return {name: why for name, why in self.table.personal.items() if name != self.dyad}


@dataclass(frozen=True)
class DraftQuestionnaire:
    """A questionnaire of the draft; `evidence` is by key of the cohort file."""

    instrument: str
    rater: str
    occasion: str
    state: str
    file: str
    columns: str | dict[int, str]
    evidence: dict[str, Evidence]
    session: int | None = None
    sessions: tuple[int, ...] = ()
    rows: dict[str, str] = field(default_factory=dict)
    missing_codes: dict[str, str] = field(default_factory=dict)
    lowest_code: int | None = None
    answers: dict[str, int] = field(default_factory=dict)
    open_words: tuple[str, ...] = ()
    scores_in_file: dict[str, str] = field(default_factory=dict)
    equal_scores: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Scale -> complete rows whose score in the file equals that of the items, complete rows."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Instrument, rater, occasion and state, unique in a cohort."""
        return self.instrument, self.rater, self.occasion, self.state

    def columns_text(self, n_items: int) -> str:
        """The first and the last column in words."""
        if isinstance(self.columns, str):
            sessions = self.sessions or (0,)
            first = self.columns.format(item=1, session=sessions[0])
            return f"{first} to {self.columns.format(item=n_items, session=sessions[-1])}"
        names = list(self.columns.values())
        return f"{names[0]} to {names[-1]}"


def questionnaire_content(draft: DraftQuestionnaire) -> dict[str, object]:
    """A questionnaire with the keys of the cohort file, without empty ones."""
    content = {
        "instrument": draft.instrument,
        "rater": draft.rater,
        "occasion": draft.occasion,
        "sessions": list(draft.sessions),
        "state": draft.state,
        "file": draft.file,
        "rows": draft.rows,
        "columns": draft.columns,
        "lowest_code": draft.lowest_code,
        "missing_codes": list(draft.missing_codes),
        "answers": draft.answers,
        "scores_in_file": draft.scores_in_file,
    }
    return {key: value for key, value in content.items() if value not in ("", None, [], {})}


@dataclass(frozen=True)
class OpenKey:
    """A questionnaire whose scoring key is not registered, as far as its columns show it.

    Attributes
    ----------
    name : str
        The id that the draft gives it.
    n_items : int
    lowest, highest : int
        The values found, or those that the file labels.
    columns : str
        File and columns, in words.
    labelled : bool
        Whether the file's own labels give the range.
    words : tuple of str
        Answers in words, without codes.
    doubts : list of str
    codes : dict of str to int
        Codes of the answers in words, guessed from what they mean; {} without a guess.
    """

    name: str
    n_items: int
    lowest: int
    highest: int
    columns: str
    labelled: bool = False
    words: tuple[str, ...] = ()
    doubts: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def values(self) -> str:
        """The answers in words."""
        if self.words:
            return f"{len(self.words)} answers in words"
        labelled = " by the file's labels" if self.labelled else ""
        return f"values {self.lowest} to {self.highest}{labelled}"


@dataclass(frozen=True)
class DraftScore:
    """A scale score without its items."""

    instrument: str
    rater: str
    occasion: str
    file: str
    scale: str
    column: str
    evidence: Evidence
    rows: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DraftVariable:
    """A column of the sample sheet."""

    column: str
    label: str
    evidence: Evidence
    levels: dict[str, str] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    missing_codes: dict[str, str] = field(default_factory=dict)
    """Code -> reason."""
    score: str = ""
    """What it measures, if it is taken for a finished score without a registered key."""
    occasion: str = ""
    """When the score was given, if its name says so."""


@dataclass(frozen=True)
class DraftSample:
    """The sample sheet of the draft."""

    file: str
    patient: str
    therapist: str | None
    condition: str | None
    rows: dict[str, str]
    variables: dict[str, DraftVariable]
    evidence: dict[str, Evidence]
    first_rows: bool = False
    shares_therapists: bool = False


@dataclass(frozen=True)
class DraftExclusion:
    """Rows or people that are not part of the sample.

    Attributes
    ----------
    reason : str
        As the manuscript prints it.
    evidence : Evidence
    file : str
        File of the rows; "" for people.
    rows : dict of str to str
    people : list of str
    certain : bool
        Whether they are excluded in the draft; otherwise the entry is a comment.
    """

    reason: str
    evidence: Evidence
    file: str = ""
    rows: dict[str, str] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    certain: bool = True


@dataclass(frozen=True)
class Unmapped:
    """Columns, or a whole file, that the draft leaves out.

    Attributes
    ----------
    file, columns : str
    reason : str
        Why, in words common to all such columns.
    detail : str
        Details of these columns, such as their values.
    """

    file: str
    columns: str
    reason: str
    detail: str = ""


def left_out(unmapped: Iterable[Unmapped]) -> Iterator[tuple[str, str, list[str]]]:
    """Left-out columns by file and reason: file, reason, columns with their details.

    Columns with codes that may mean "no answer" come first.
    """
    grouped: dict[tuple[str, str], list[str]] = {}
    for entry in sorted(unmapped, key=lambda entry: "missing code?" not in entry.detail):
        columns_text = f"{entry.columns} [{entry.detail}]" if entry.detail else entry.columns
        grouped.setdefault((entry.file, entry.reason), []).append(columns_text)
    for (file, reason), columns in grouped.items():
        yield file, reason, columns


@dataclass(frozen=True)
class CohortDraft:
    """The whole draft: files, sample, questionnaires, scores and left-out columns."""

    name: str
    files: list[DraftFile]
    sample: DraftSample
    questionnaires: list[DraftQuestionnaire]
    scores: list[DraftScore]
    missing_codes: dict[str, str]
    """Code -> reason."""
    unmapped: list[Unmapped]
    lone_posttests: int = 0
    """Later questionnaires of people without the first one, of the outcomes of the plan."""
    exclusions: list[DraftExclusion] = field(default_factory=list)
    open_questionnaires: list[DraftQuestionnaire] = field(default_factory=list)
    """Numbered columns without a registered key; commented out in the draft."""
    open_keys: dict[str, OpenKey] = field(default_factory=dict)
    """Their keys to fill in, by the id of the instrument."""
