"""A raw file: its path, its format and the column that names the dyad."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from attune.specs.closed_model import ClosedModel

Format = Literal["csv", "excel", "ods", "spss", "stata", "sas", "parquet"]
"""Format of a raw file; REDCap and Qualtrics export to these."""

FORMAT_OF_ENDING: dict[str, Format] = {
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "xlsx": "excel",
    "xlsm": "excel",
    "ods": "ods",
    "sav": "spss",
    "zsav": "spss",
    "por": "spss",
    "dta": "stata",
    "sas7bdat": "sas",
    "xpt": "sas",
    "parquet": "parquet",
}
"""Format by the ending of the file name."""


LONGEST_NAME = 255
"""Bytes of a file name on all common file systems."""
ROW_NUMBERS = "row_number"
"""Name of a column of row numbers: R writes one without a name, `number_rows` adds one."""


class AnswerRows(ClosedModel):
    """Columns of a file with one row per answer."""

    item: str | list[str] = []
    """The column that names the item; several, such as scale and item, are joined by `_`."""
    answer: str
    """The column that holds the answer."""
    objects: bool = False
    """Each answer is an object (JSON) of items and their answers, as jsPsych writes them; where the
    same items come back in other rows, `item` names the column that is set before their names."""
    by: list[str] = []
    """Columns besides the id that tell a person's answers to an item apart, such as the session."""

    @model_validator(mode="after")
    def _names_items(self) -> "AnswerRows":
        if not (self.item or self.objects):
            raise ValueError("item must name the column that names the item")
        return self

    @property
    def item_columns(self) -> list[str]:
        """The columns that name the item."""
        return [self.item] if isinstance(self.item, str) else self.item


class RawFile(ClosedModel):
    """One raw file of the cohort's folder."""

    path: str
    """File name inside the cohort's folder."""
    dyad: str
    """Column that names the dyad."""
    format: Format | None = None
    """Format of the file; default: by its ending."""
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"] = "utf-8"
    """csv: character encoding."""
    delimiter: Literal[",", ";", "tab", "|"] = ","
    """csv: separator of cells."""
    decimal: Literal[".", ","] = "."
    """Decimal sign of numbers that are stored as text."""
    sheet: str | None = None
    """excel and ods: name of the sheet; needed where the file has more than one."""
    header_rows: Annotated[int, Field(ge=1, le=5)] = 1
    """csv, excel and ods: rows above the first row of answers (3 in a Qualtrics export)."""
    names: Literal["first", "last", "joined", "grid"] = "first"
    """Which header row names the columns; joined: all of them, with an underscore between; grid: of
    a question with several columns, above which the first row is empty, the last row, and of any
    other the first (SurveyMonkey)."""
    numbered_repeats: bool = False
    """csv, excel and ods: of columns with the same heading, the second and further ones get their
    number behind it, such as `Complete? (2)` in a REDCap export with labels."""
    dictionary: str | None = None
    """A REDCap data dictionary (CSV) beside the file: its ranges and choices are checked."""
    one_row_per_answer: AnswerRows | None = None
    """For a file with one row per answer: it is turned into one row per person (and occasion), with
    a column for each item."""
    number_rows: bool = False
    """Add a column `row_number` with the number of each row in the file, as the id of files in
    which no column names anybody."""
    dropped: list[str] = []
    """Columns that no analysis needs, such as names; they are dropped when the file is read."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Checksum that the file must have."""

    @model_validator(mode="after")
    def _fits_its_format(self) -> "RawFile":
        for key, name in (("path", self.path), ("dictionary", self.dictionary or "")):
            if len(name.encode()) > LONGEST_NAME:
                raise ValueError(
                    f"{key} is longer than the {LONGEST_NAME} bytes that file systems allow, found"
                    f" {name[:40]!r} and more"
                )
            if "/" in name or "\\" in name or name.startswith("."):
                raise ValueError(f"{key} must be a plain file name, found {name!r}")
        kind = self.format or FORMAT_OF_ENDING.get(self.path.rpartition(".")[2].lower())
        if kind is None:
            raise ValueError(
                f"the ending of {self.path!r} is not known. Add `format:`, one of"
                f" {', '.join(dict.fromkeys(FORMAT_OF_ENDING.values()))}"
            )
        only = {
            "sheet": ("excel", "ods"),
            "header_rows": ("csv", "excel", "ods"),
            "names": ("csv", "excel", "ods"),
            "numbered_repeats": ("csv", "excel", "ods"),
            "delimiter": ("csv",),
            "encoding": ("csv", "sas", "spss"),
        }
        for key, kinds in only.items():
            changed = getattr(self, key) != type(self).model_fields[key].default
            if changed and kind not in kinds:
                raise ValueError(f"{key} has no meaning for a file of format {kind}. Remove it")
        return self

    def parts(self) -> list[str]:
        """The file and, where it has one, its data dictionary.

        Examples
        --------
        >>> RawFile(path="data.csv", dyad="id", dictionary="fields.csv").parts()
        ['data.csv', 'fields.csv']
        """
        return [self.path] if self.dictionary is None else [self.path, self.dictionary]

    @property
    def place(self) -> str:
        """The file, and its sheet if one is named, as messages name it.

        Examples
        --------
        >>> RawFile(path="study.xlsx", dyad="id", sheet="Sessions").place
        'study.xlsx, sheet Sessions'
        """
        return f"{self.path}, sheet {self.sheet}" if self.sheet else self.path

    def kind(self) -> Format:
        """The file's format: as declared, else by its ending.

        Examples
        --------
        >>> RawFile(path="intake.sav", dyad="id").kind()
        'spss'
        """
        return self.format or FORMAT_OF_ENDING[self.path.rpartition(".")[2].lower()]
