"""Column notes: what a raw file, or its data dictionary, declares about its columns.

An SPSS, Stata or SAS file labels its columns and codes; a REDCap data dictionary lists the choices
and the range of each field. Labels may hold the wording of items: they help to guess what a column
is, and are never written to a file, a log or a message.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ColumnNote:
    """What a file declares about one column.

    Attributes
    ----------
    label : str
        Variable label; "" where there is none.
    levels : dict of str to str
        Code -> its label, codes as text as a cell holds them.
    missing_codes : list of str
        Missing codes that the file declares; a range as "97 to 99". Such cells are read as empty.
    minimum, maximum : float, optional
        The range that the file declares.
    kind : str
        Kind of field as its program names it, such as "radio"; "" if unknown.
    identifier : bool
        Whether the file marks the column as an identifier.
    complete : bool
        Whether only `levels` may occur. False if labels may cover some codes only, such as the
        ends of a rating scale.
    """

    label: str = ""
    levels: dict[str, str] = field(default_factory=dict)
    missing_codes: list[str] = field(default_factory=list)
    minimum: float | None = None
    maximum: float | None = None
    kind: str = ""
    identifier: bool = False
    complete: bool = False
