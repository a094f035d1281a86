"""A cohort file: the raw files of one sample and the meaning of their columns."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from attune.specs.closed_model import ClosedModel, did_you_mean
from attune.specs.instrument import Identifier, MissingRule, Rater
from attune.specs.raw_file import RawFile
from attune.specs.rules import RULES, Severity

SessionIdentifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\{session\}[a-z0-9_]*)?$")]
"""An identifier that may hold {session}, as in `session_{session}`."""

VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
"""Name of an environment variable."""

_SESSION = re.compile(r"\{session(:[^{}]*)?\}")
_DATE_PARTS = re.compile(r"%(.)")


def _format_problem(written: str) -> str:
    """Problem of a date format; "" if it gives a day."""
    parts = _DATE_PARTS.findall(written)
    unknown = [part for part in parts if part not in "YymbBdHMS"]
    if unknown:
        return f"format {written!r} has the unknown part %{unknown[0]}; known: %Y %y %m %b %B %d"
    once = all(sum(parts.count(part) for part in kind) == 1 for kind in ("Yy", "mbB", "d"))
    return "" if once else f"format must hold one year, one month and one day, found {written!r}"


class Variable(ClosedModel):
    """A column of the sample sheet that is not a questionnaire."""

    column: str
    label: str
    """Name as printed."""
    kind: Literal["number", "category", "date"] = "number"
    of: Literal["patient", "therapist"] = "patient"
    """therapist: a number or category that stands in the rows of all patients of a therapist, and
    counts once for each therapist where the sample is described."""
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    description: str = ""
    """What a number is, such as a score with its norms; the documents print it in place of the
    range, where minimum and maximum only say which values are plausible."""
    missing_codes: list[str] = []
    """Cell contents that mean "no answer" in this column, besides the cohort's own."""
    levels: dict[str, str] = {}
    """category: code in the file -> label as printed, in the order of printing."""
    format: str = "%Y-%m-%d"
    """date: how it is written, such as `%d.%m.%Y`; %d day, %m month, %Y year, %y its last two
    digits, %b or %B the month's English name, %H:%M:%S the time, which is not used."""

    @model_validator(mode="after")
    def _levels_fit(self) -> "Variable":
        if (self.kind == "category") != bool(self.levels):
            raise ValueError("a category needs the key 'levels', a number or date has none")
        if self.description and self.kind != "number":
            raise ValueError(f"only a number has the key 'description', a {self.kind} has none")
        if self.kind != "date":
            if self.format != type(self).model_fields["format"].default:
                raise ValueError(f"only a date has the key 'format', a {self.kind} has none")
        elif problem := _format_problem(self.format):
            raise ValueError(problem)
        elif self.minimum is not None or self.maximum is not None:
            raise ValueError("a date has neither minimum nor maximum; remove them")
        return self

    def missing_among(self, codes: Iterable[str]) -> set[str]:
        """What means "no answer" in this column.

        Parameters
        ----------
        codes : iterable of str
            The missing codes of the cohort.
        """
        return {*codes, *self.missing_codes}


class Sample(ClosedModel):
    """The sample sheet: one row per dyad."""

    file: Identifier
    therapist: str | None = None
    """Column that names the therapist; left out where no therapist is recorded."""
    patient: str
    """Column that names the patient."""
    rows: dict[str, str] = {}
    """Only the rows where these columns hold these codes, as for questionnaires."""
    first_rows: bool = False
    """Of several rows of a dyad, the first in the file, where no `rows` has all dyads."""
    condition: str | None = None
    """The variable (a category of `variables`) that holds the treatment condition."""
    condition_words: dict[str, str] = {}
    """Code of a condition -> its name inside a sentence, where its label does not read well there:
    `{DIARY: the empathy diary}`. Other conditions are called by their labels."""
    variables: dict[Identifier, Variable] = {}
    dates_in_order: list[Identifier] = []
    """Dates of `variables`, the earliest first: none may lie before the one that it follows."""
    last_session: Annotated[int, Field(ge=1)] | Identifier | None = None
    """Number of the last session of the treatment, or the number of `variables` that holds it for
    each dyad: no session may come after it."""
    ended: Identifier | None = None
    """Date of `variables` on which the treatment of a dyad ended; compared with `answered_on`."""
    therapist_may_change: bool = False
    """A dyad may have another therapist in other rows of the file."""
    patient_may_return: bool = False
    """A patient may be in more than one dyad."""

    @model_validator(mode="after")
    def _dates_exist(self) -> "Sample":
        dates = [name for name, variable in self.variables.items() if variable.kind == "date"]
        wrong = [name for name in self.dates_in_order if name not in dates]
        if wrong:
            raise ValueError(f"dates_in_order must name dates of variables: {dates}, found {wrong}")
        ordered = self.dates_in_order
        if len(ordered) == 1 or len(set(ordered)) < len(ordered):
            raise ValueError("dates_in_order needs two or more dates, each once")
        return self

    @model_validator(mode="after")
    def _end_exists(self) -> "Sample":
        for key, kind in (("last_session", "number"), ("ended", "date")):
            name = getattr(self, key)
            known = [one for one, variable in self.variables.items() if variable.kind == kind]
            if isinstance(name, str) and name not in known:
                also = "be the number of a session, or " if key == "last_session" else ""
                raise ValueError(
                    f"{key} must {also}name a {kind} of variables: {known}, found {name!r}"
                )
        return self

    @model_validator(mode="after")
    def _condition_exists(self) -> "Sample":
        if self.condition is not None:
            declared = self.variables.get(self.condition)
            if declared is None or declared.kind != "category":
                raise ValueError(
                    f"condition must name a category of variables, found {self.condition!r}"
                )
        unknown = [code for code in self.condition_words if code not in self.conditions()]
        if unknown:
            raise ValueError(
                f"condition_words must name codes of conditions: {[*self.conditions()]}, found"
                f" {unknown}"
            )
        return self

    def conditions(self) -> dict[str, str]:
        """Label of each treatment condition by its code, in the declared order."""
        return self.variables[self.condition].levels if self.condition else {}


class DayColumn(ClosedModel):
    """The column that says on which day the rows of a file were answered."""

    column: str
    format: str = "%Y-%m-%d"
    """How the day is written, as for dates of the sample sheet."""

    @field_validator("format")
    @classmethod
    def _gives_a_day(cls, written: str) -> str:
        if problem := _format_problem(written):
            raise ValueError(problem)
        return written


class Selection(ClosedModel):
    """Columns and rows of a file that belong to one rater on one occasion."""

    instrument: Identifier
    rater: Rater
    occasion: SessionIdentifier
    state: str = ""
    file: SessionIdentifier
    rows: dict[str, str] = {}
    """Only the rows where these columns hold these codes: column -> code. For files with one row
    per occasion or rater, such as `rows: {visit: "2"}`."""
    sessions: list[int] = []
    """One entry per session: {session} in occasion, file, columns and rows is replaced."""
    session: int | None = None
    """Number of the session, where none are listed under `sessions`; see sample.last_session."""
    answered_on: DayColumn | None = None
    """The day of the answers in this file; see sample.ended."""
    missing_codes: list[str] = []
    """Cell contents that mean "no answer" here, besides the cohort's own."""
    therapist: str | None = None
    """Column of this file that names the therapist too; compared with the sample sheet."""

    @model_validator(mode="after")
    def _sessions_were_replaced(self) -> "Selection":
        if "{session}" in self.occasion or self.sessions:
            raise ValueError(
                "occasion must contain {session} where sessions are listed, and only there, found"
                f" {self.occasion!r}"
            )
        return self


_ITEM = re.compile(r"\{item(?::0?[1-4]d)?\}|\{session\}")
_BRACES = re.compile(r"[{}]")


class Questionnaire(Selection):
    """One instrument, one rater, one occasion (and state): its columns in one raw file."""

    columns: str | dict[int, str]
    """A pattern such as `kims_{item}` ({item:02d} pads), or item number -> column."""
    answers: dict[str, int] = {}
    """Cell content -> code, where the file holds words, such as `{Never: 1, Rarely: 2}`."""
    lowest_code: int | None = None
    """The file's lowest code, where it is not the instrument's: all codes are shifted."""
    already_reversed: list[int] | Literal["all"] = []
    """Reversed items that are already reversed in the file; the reversal is undone."""
    scores_in_file: dict[Identifier, str] = {}
    """Scale -> column with the score that the file already holds; compared with attune's."""

    @model_validator(mode="after")
    def _consistent(self) -> "Questionnaire":
        if isinstance(self.columns, str) and "{item" not in self.columns:
            raise ValueError(f"columns must contain {{item}}, found {self.columns!r}")
        if isinstance(self.columns, str) and _BRACES.search(_ITEM.sub("", self.columns)):
            raise ValueError(
                f"columns: {self.columns!r} is not a pattern. Write it like 'kims_{{item}}', or"
                " 'kims_{item:02d}' for kims_01, without other braces"
            )
        if self.answers and self.lowest_code is not None:
            raise ValueError("answers give the instrument's codes; remove lowest_code")
        return self

    def column_of(self, item: int) -> str | None:
        """The raw column of an item; None where an explicit map leaves it out."""
        if isinstance(self.columns, str):
            return self.columns.format(item=item)
        return self.columns.get(item)


class GivenScore(Selection):
    """A scale score that the file holds in place of the items."""

    scale: Identifier
    column: str
    """The raw column that holds the score."""


class Exclusion(ClosedModel):
    """People or rows that are left out before anything is read, with the reason."""

    people: list[str] = []
    """Ids, as the column `dyad` of the files holds them: left out of all files."""
    file: Identifier | None = None
    rows: dict[str, str] = {}
    """Rows of `file` where these columns hold these codes: column -> code."""
    reason: Annotated[str, Field(min_length=3)]
    """Why, as the manuscript prints it behind the number."""

    @model_validator(mode="after")
    def _either(self) -> "Exclusion":
        if bool(self.people) == bool(self.rows):
            raise ValueError("needs `people`, a list of ids, or `file` and `rows`, one of the two")
        if bool(self.rows) != bool(self.file):
            raise ValueError("`file` and `rows` belong together: the rows are those of one file")
        return self


class Restricted(ClosedModel):
    """Location of raw files that may not be shared."""

    folder_variable: VariableName
    """Environment variable that holds the path of their folder."""
    summary: str = "summary.yaml"
    """The published summary beside cohort.yaml, from which the twin is made."""


class HashedIds(ClosedModel):
    """Keyed hashes in place of the ids of dyads, patients and therapists."""

    salt_variable: VariableName
    """Environment variable that holds the secret with which ids are hashed."""


def _hides_something(count: int) -> int:
    if count in (1, 2):
        raise ValueError(
            f"{count} protects nobody: a suppressed count below it could only be 1. Give 0 (nothing"
            " is suppressed) or 3 and more"
        )
    return count


CellLimit = Annotated[int, Field(ge=0), AfterValidator(_hides_something)]
"""Smallest count of people that is shown: 0, or 3 and more."""


class SmallestCell(ClosedModel):
    """The cohort's own limit for counts, in place of the one of config.yaml."""

    count: CellLimit
    """Counts from 1 to one less are suppressed in everything that is shared; 0: none is."""
    reason: str = Field(min_length=10)
    """Why this limit is right here, such as that the data are public."""


class Cohort(ClosedModel):
    """One file data/<cohort>/cohort.yaml."""

    cohort: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Id, the same as the folder's name."""
    title: str
    study: Identifier
    """The analysis plan in workflow/studies."""
    publication: Identifier | None = None
    """The paper in workflow/publications whose printed numbers these data should give."""
    synthetic: bool
    """True: every table, figure and page is marked as synthetic."""
    synthetic_notice: str = ""
    """The sentence that marks the data as synthetic."""
    source: str
    """Where the data come from."""
    licence: str
    missing_codes: list[str] = ["", "NA", "NULL"]
    """Cell contents that mean "no answer", as text."""
    files: dict[Identifier, RawFile]
    sample: Sample
    exclude: list[Exclusion] = []
    """People and rows that are not part of the sample, such as tests of the survey."""
    questionnaires: list[Questionnaire] = []
    """What was answered item by item."""
    scores: list[GivenScore] = []
    """Scale scores without their items."""
    missing_rules: dict[Identifier, MissingRule] = {}
    """Instrument -> missing rule, where this cohort's differs from the instrument's."""
    severities: dict[str, Severity] = {}
    """Rule -> its severity here: error stops the run, warning and note are reported."""
    smallest_cell: SmallestCell | None = None
    """Smallest count of people that is shown, where it differs from config.yaml."""
    hashed_ids: HashedIds | None = None
    """Replaces the ids of dyads, patients and therapists as soon as a file is read."""
    restricted: Restricted | None = None
    """Raw files that stay outside the repository; where they are absent, a twin is analysed."""
    share_raw: bool | None = None
    """Whether an archive may hold the raw files. Left out: only if they are synthetic or under an
    open licence."""

    @property
    def is_twin(self) -> bool:
        """Whether this is the twin of a restricted cohort."""
        return self.restricted is not None and self.synthetic

    @property
    def case(self) -> str:
        """Unit of the sample sheet: a dyad, or a patient if no therapist is recorded."""
        return "dyad" if self.sample.therapist else "patient"

    @model_validator(mode="before")
    @classmethod
    def _one_entry_per_session(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        expanded = dict(content)
        for key in ("questionnaires", "scores", "exclude"):
            entries = content.get(key)
            if key in content and entries is None:
                del expanded[key]  # a heading above comments only, as in a draft
            if isinstance(entries, list):
                numbered = key != "exclude"
                expanded[key] = [one for entry in entries for one in _by_session(entry, numbered)]
        return expanded

    @field_validator("severities")
    @classmethod
    def _known_rules(cls, severities: dict[str, Severity]) -> dict[str, Severity]:
        problems = []
        for rule, severity in severities.items():
            if rule not in RULES:
                problems.append(f"unknown rule {rule!r}. {did_you_mean(rule, list(RULES))}")
            elif RULES[rule].fixed and severity != "error":
                problems.append(
                    f"{rule} is always an error: without it there is no score to compute"
                )
        if problems:
            raise ValueError("; ".join(problems))
        return severities

    def severity(self, rule: str) -> Severity:
        """Severity of a rule in this cohort."""
        return self.severities.get(rule, RULES[rule].severity)

    def selections(self) -> list[Selection]:
        """Questionnaires and given scores, in this order."""
        return [*self.questionnaires, *self.scores]

    @model_validator(mode="after")
    def _references_exist(self) -> "Cohort":
        problems = []
        if self.synthetic != bool(self.synthetic_notice):
            problems.append(
                "synthetic data need a synthetic_notice; write the sentence that says so"
                if self.synthetic
                else "real data have no synthetic_notice; remove it, or set synthetic: true"
            )
        for place, file in [("sample.file", self.sample.file)] + [
            (f"{key}.{number}.file", selection.file)
            for key in ("questionnaires", "scores")
            for number, selection in enumerate(getattr(self, key))
        ]:
            if file not in self.files:
                problems.append(
                    f"{place} names {file!r}, which is not one of files: {list(self.files)}"
                )
        problems += _exclusion_problems(self)
        problems += _session_problems(self)
        if self.sample.therapist is None and any(
            selection.therapist for selection in self.selections()
        ):
            problems.append("a column `therapist` needs sample.therapist to compare it with")
        problems += _restriction_problems(self)
        keys = [(q.instrument, q.rater, q.occasion, q.state) for q in self.questionnaires]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            problems.append(f"questionnaires declares {' '.join(key).strip()} more than once")
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _exclusion_problems(cohort: Cohort) -> Iterator[str]:
    """Exclusions of unknown files, and ids that hashing should hide."""
    for number, entry in enumerate(cohort.exclude):
        if entry.file is not None and entry.file not in cohort.files:
            files = list(cohort.files)
            yield f"exclude.{number}.file names {entry.file!r}, which is not one of files: {files}"
        if entry.people and cohort.hashed_ids is not None:
            yield (
                f"exclude.{number}.people would show ids that `hashed_ids` hides; name the rows"
                " instead, by `file` and `rows`"
            )


def _session_problems(cohort: Cohort) -> Iterator[str]:
    """Sessions after the last one, and days without an end to compare them with."""
    last = cohort.sample.last_session
    declared = sorted({one.session for one in cohort.selections() if one.session is not None})
    if last is not None and not declared:
        yield "sample.last_session needs questionnaires with `sessions` to compare it with"
    if isinstance(last, int) and (late := [session for session in declared if session > last]):
        yield f"sessions {late} come after sample.last_session: {last}; correct one of the two"
    if cohort.sample.ended is None and any(one.answered_on for one in cohort.selections()):
        yield "a column `answered_on` needs sample.ended, a date of sample.variables"
    if cohort.sample.ended is not None and not any(one.answered_on for one in cohort.selections()):
        yield "sample.ended needs a questionnaire with `answered_on` to compare it with"


def _restriction_problems(cohort: Cohort) -> list[str]:
    """Missing keys of a restricted cohort, and keys that contradict its protection."""
    protected = "restricted" if cohort.restricted else "hashed_ids" if cohort.hashed_ids else ""
    problems = []
    if cohort.share_raw and protected:
        problems.append(f"share_raw: true contradicts the key {protected!r}; remove one of the two")
    if cohort.restricted is None:
        return problems
    if cohort.synthetic:
        problems.append("a synthetic cohort needs no protection; remove the key 'restricted'")
        return problems
    return problems + [
        f"files.{name} needs the key 'sha256', as every file of a restricted cohort; `sha256sum"
        f" {file.path}` prints it (macOS: `shasum -a 256`, Windows: `Get-FileHash`)"
        for name, file in cohort.files.items()
        if file.sha256 is None
    ]


def _by_session(entry: Any, numbered: bool) -> list[Any]:
    """One entry per session of an entry, with its number; the entry itself if it lists none."""
    sessions = entry.get("sessions") if isinstance(entry, dict) else None
    if not (isinstance(sessions, list) and sessions):
        return [entry]
    rest = {key: value for key, value in entry.items() if key != "sessions"}
    return [
        _in_session(rest, session) | ({"session": session} if numbered else {})
        for session in sessions
    ]


def _in_session(value: Any, session: object) -> Any:
    """A value with {session} replaced in all its texts."""
    if isinstance(value, dict):
        return {key: _in_session(inner, session) for key, inner in value.items()}
    if isinstance(value, str) and isinstance(session, int):
        return _SESSION.sub(lambda found: format(session, (found[1] or ":")[1:]), value)
    return value
