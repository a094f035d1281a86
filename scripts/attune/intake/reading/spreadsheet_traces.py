"""What a spreadsheet program left in a cell in place of the value: a date, a formula, an error."""

import re
from dataclasses import dataclass

_MONTH = (
    r"(jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez)[a-zäéûû]{0,6}\.?"
)
DATES = re.compile(
    rf"\d{{1,4}}[-./ ]\s?{_MONTH}([-./ ]\s?\d{{2,4}})?"
    rf"|{_MONTH}[-./ ]\s?\d{{1,4}}"
    r"|(19|20)\d\d-\d\d-\d\d([T ]00:00(:00)?)?"
    r"|\d{1,2}[./]\d{1,2}[./](19|20)\d\d",
    re.IGNORECASE,
)
"""Short numbers that a spreadsheet program has taken for a day and a month."""

_ERROR = re.compile(
    r"#(REF|DIV/0|VALUE|NAME|NUM|NULL|N/A|SPILL|CALC|BEZUG|WERT|ZAHL|NV|N/D|RIF|VALOR|VALEUR|NOM"
    r"|NOMBRE|WAARDE|GETAL|VERW|NB|¡REF|¡VALOR|¿NOMBRE)[!?]?|##+",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"=.+", re.DOTALL)
_WITH_YEAR = re.compile(r"(19|20)\d\d-\d\d-\d\d.*|\d{1,2}[./]\d{1,2}[./]\d{4}")
_EXPONENT = re.compile(r"[+-]?\d+,\d+[eE][+-]?\d+")
_DEFECT = "Take the value from the original form or export"


@dataclass(frozen=True)
class SpreadsheetTrace:
    """What a cell holds in place of its value, as a clause, and what to do."""

    what: str
    remedy: str


def spreadsheet_trace(text: str) -> SpreadsheetTrace | None:
    """What a spreadsheet program made of a value; None where the cell shows no trace of one.

    Parameters
    ----------
    text : str
        Content of a cell that is not a number.

    Examples
    --------
    >>> spreadsheet_trace("02-Jan").what
    'a date into which a spreadsheet program turned a value such as 1-2 or 2.1'
    >>> spreadsheet_trace("=B3").what
    'the formula of a spreadsheet program in place of its result'
    >>> spreadsheet_trace("#REF!").what
    'an error of a spreadsheet program: its formula had no result'
    >>> spreadsheet_trace("1,00E+02").what
    'a number in the scientific notation of a spreadsheet program, perhaps rounded'
    >>> spreadsheet_trace("often")
    """
    if DATES.fullmatch(text):
        return SpreadsheetTrace(
            "a date; a spreadsheet program makes one of a value such as 1-2 or 2.1"
            if _WITH_YEAR.fullmatch(text)
            else "a date into which a spreadsheet program turned a value such as 1-2 or 2.1",
            f"{_DEFECT}; open exports in a spreadsheet program only by importing them with all"
            " columns as text.",
        )
    if _ERROR.fullmatch(text):
        return SpreadsheetTrace(
            "an error of a spreadsheet program: its formula had no result"
            if text.strip("#")
            else "a column that was too narrow when a spreadsheet program saved it",
            f"{_DEFECT}, or repair it in the spreadsheet and save the file again; empty the cell if"
            " there was no answer.",
        )
    if _FORMULA.fullmatch(text):
        return SpreadsheetTrace(
            "the formula of a spreadsheet program in place of its result",
            "In the spreadsheet, copy the column, insert it as values only, and save the file"
            " again.",
        )
    if _EXPONENT.fullmatch(text):
        return SpreadsheetTrace(
            "a number in the scientific notation of a spreadsheet program, perhaps rounded",
            "In the spreadsheet, format the column as a number without exponent, and save the file"
            f" again; if digits were lost, {_DEFECT[0].lower()}{_DEFECT[1:]}.",
        )
    return None
