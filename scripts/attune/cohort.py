"""A cohort: where one sample's raw files are and what their columns hold."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from attune.closed_model import ClosedModel
from attune.instrument import Identifier


class RawFile(ClosedModel):
    """One raw file of the cohort's folder."""

    path: str
    """File name inside the cohort's folder."""
    dyad: str
    """Column that names the dyad."""
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"] = "utf-8"
    delimiter: Literal[",", ";", "tab"] = ","
    decimal: Literal[".", ","] = "."


class Variable(ClosedModel):
    """A column of the sample sheet that is not a questionnaire."""

    column: str
    label: str
    """Name as printed."""
    kind: Literal["number", "category"] = "number"
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    levels: dict[str, str] = {}
    """category: code in the file -> label as printed, in the order of printing."""

    @model_validator(mode="after")
    def _levels_fit(self) -> "Variable":
        if (self.kind == "category") != bool(self.levels):
            raise ValueError("a category needs the key 'levels', a number has none")
        return self


class Sample(ClosedModel):
    """The sample sheet: one row per dyad."""

    file: Identifier
    therapist: str | None = None
    """Column that names the therapist; left out where no therapist is recorded."""
    patient: str
    """Column that names the patient."""
    condition: str | None = None
    """The variable (a category of `variables`) that holds the treatment condition."""
    variables: dict[Identifier, Variable] = {}

    @model_validator(mode="after")
    def _condition_exists(self) -> "Sample":
        if self.condition is not None:
            declared = self.variables.get(self.condition)
            if declared is None or declared.kind != "category":
                raise ValueError(
                    f"condition must name a category of variables, found {self.condition!r}"
                )
        return self

    def conditions(self) -> dict[str, str]:
        """Label of each treatment condition by its code, in the declared order."""
        return self.variables[self.condition].levels if self.condition else {}


class Questionnaire(ClosedModel):
    """One instrument, one rater, one occasion (and state): its columns in one raw file."""

    instrument: Identifier
    rater: Literal["patient", "therapist", "observer"]
    occasion: Identifier
    state: str = ""
    file: Identifier
    columns: str | dict[int, str]
    """A pattern such as `kims_{item}` ({item:02d} pads), or item number -> column."""
    missing_codes: list[str] = []
    """Cell contents that mean "no answer" here, besides the cohort's own."""
    published_total: str | None = None
    """Column with the publisher's own total, compared with the score named in `published_scale`."""
    published_scale: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Questionnaire":
        if isinstance(self.columns, str) and "{item" not in self.columns:
            raise ValueError(f"columns must contain {{item}}, found {self.columns!r}")
        if (self.published_total is None) != (self.published_scale is None):
            raise ValueError("published_total and published_scale go together")
        return self

    def column_of(self, item: int) -> str | None:
        """The raw column of an item; None where an explicit map leaves it out."""
        if isinstance(self.columns, str):
            return self.columns.format(item=item)
        return self.columns.get(item)


class Severities(ClosedModel):
    """How grave each finding is: error stops the run, warning and note are reported."""

    posttest_without_pretest: Literal["error", "warning", "note"] = "error"
    posttest_missing: Literal["error", "warning", "note"] = "note"
    dyad_without_questionnaires: Literal["error", "warning", "note"] = "warning"
    unanswered_questionnaire: Literal["error", "warning", "note"] = "warning"
    constant_item: Literal["error", "warning", "note"] = "note"
    unused_column: Literal["error", "warning", "note"] = "note"
    published_total_differs: Literal["error", "warning", "note"] = "error"
    published_total_partial: Literal["error", "warning", "note"] = "warning"


class Cohort(ClosedModel):
    """One file data/<cohort>/cohort.yaml."""

    cohort: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    """Id, the same as the folder's name."""
    title: str
    study: Identifier
    """The analysis plan in workflow/studies."""
    synthetic: bool
    """True: every table, figure and page says so."""
    synthetic_notice: str = ""
    """The sentence that says so."""
    source: str
    """Where the data come from."""
    licence: str
    missing_codes: list[str] = ["", "NA", "NULL"]
    """Cell contents that mean "no answer", as text."""
    files: dict[Identifier, RawFile]
    sample: Sample
    questionnaires: list[Questionnaire] = Field(min_length=1)
    severities: Severities = Severities()

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
            (f"questionnaires.{number}.file", each.file)
            for number, each in enumerate(self.questionnaires)
        ]:
            if file not in self.files:
                problems.append(
                    f"{place} names {file!r}, which is not one of files: {list(self.files)}"
                )
        for name, raw in self.files.items():
            if "/" in raw.path or "\\" in raw.path or raw.path.startswith("."):
                problems.append(f"files.{name}.path must be a plain file name, found {raw.path!r}")
        keys = [(q.instrument, q.rater, q.occasion, q.state) for q in self.questionnaires]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            problems.append(f"questionnaires declares {' '.join(key).strip()} more than once")
        if problems:
            raise ValueError("; ".join(problems))
        return self
