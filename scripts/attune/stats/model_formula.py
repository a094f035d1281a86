"""Formulas of models: a closed grammar, checked before formulaic builds the design matrix.

formulaic evaluates any Python expression inside a formula. Study files are data, so that only the
grammar below is let through; everything else is refused with the token that is not allowed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError

FUNCTIONS = ("C", "I", "log", "sqrt")
"""C(x): x as categories; I(x ** 2): arithmetic of columns; log and sqrt of a column."""

_TOKEN = re.compile(
    r"\s*(?:(?P<quoted>`[^`]+`)|(?P<name>[^\W\d]\w*)|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<sign>\*\*|[-+*:()~/])|(?P<other>\S))"
)
_GRAMMAR = (
    "Allowed are column names (in backticks where they are not plain words), + - * : ( ), 0 and 1,"
    " C(column), log(column), sqrt(column) and I(arithmetic of columns and numbers)."
)
_COLLINEAR = 1e-9
"""Share of a column's length below which what earlier columns leave is a rounding error."""


_SIMPLE = re.compile(r"\s*(?:(?P<none>0)|1)?(?:(?:^|\s*\+)\s*[^\W\d]\w*)*\s*")
"""An intercept or none, and columns: 1 + time, 0 + time, time + alliance."""


@dataclass(frozen=True)
class Design:
    """The design matrix of a formula.

    Attributes
    ----------
    names : tuple of str
        Names of the columns, as formulaic gives them: Intercept, time, tx[T.CBT], time:tx[T.CBT].
    matrix : ndarray, shape (n_rows, n_columns)
    terms : dict of str to list of int
        Term of the formula -> positions of its columns.
    columns : tuple of str
        Columns of the frame that the formula reads.
    levels : dict of str to list
        Factor -> its levels, the reference first.
    """

    names: tuple[str, ...]
    matrix: NDArray[np.float64]
    terms: dict[str, list[int]]
    columns: tuple[str, ...]
    levels: dict[str, list[Any]]
    spec: Any = field(repr=False, default=None)

    def at(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Design matrix of other rows, coded as the rows of the fit."""
        prepared = frame.copy()
        for name, known in self.levels.items():
            unknown = sorted(set(prepared[name]) - set(known), key=str)
            if unknown:
                raise AnalysisError(
                    f"{name!r} has the level {unknown[0]!r}, which no fitted row has; fitted rows"
                    f" have {', '.join(map(repr, known))}."
                )
            prepared[name] = pd.Categorical(prepared[name].astype(object), categories=known)
        if self.spec is None:
            return _sum_of_columns(prepared, self.names)
        return np.asarray(self.spec.get_model_matrix(prepared, context={}), dtype=float)


def formula_columns(formula: str) -> list[str]:
    """Check a right-hand side against the grammar and return the columns that it names.

    Parameters
    ----------
    formula : str
        Such as ``time * treatment + I(time ** 2)``; without ``~``.

    Returns
    -------
    list of str
        Every column once, in the order of the formula.

    Raises
    ------
    AnalysisError
        A token outside of the grammar, which the message names.

    Examples
    --------
    >>> formula_columns("time * C(condition) + log(pretest) + I(time ** 2)")
    ['time', 'condition', 'pretest']
    >>> formula_columns("__import__('os')")
    Traceback (most recent call last):
    ...
    attune.specs.errors.AnalysisError: The formula "__import__('os')" has '__import__(' where ...
    """
    return _Parser(formula).columns


def split_formula(formula: str) -> tuple[str, str]:
    """Outcome and right-hand side of ``outcome ~ predictors``.

    Examples
    --------
    >>> split_formula("bdi ~ 1 + time")
    ('bdi', '1 + time')
    """
    outcome, tilde, right = formula.partition("~")
    outcome = outcome.strip()
    if not tilde or not outcome or "~" in right:
        raise AnalysisError(f"The formula {formula!r} is not of the form 'outcome ~ predictors'.")
    plain = formula_columns(outcome)
    if len(plain) != 1 or outcome.strip("`") != plain[0]:
        raise AnalysisError(
            f"The outcome of the formula {formula!r} is {outcome!r}; it must be one column. Add a"
            " transformed outcome to the data as a column of its own."
        )
    return plain[0], right.strip()


def build_design(
    frame: pd.DataFrame,
    formula: str,
    messages: list[str] | None = None,
    text_is_factor: bool = True,
) -> Design:
    """Design matrix of a right-hand side over the rows of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows without missing values in the columns of the formula.
    formula : str
        Right-hand side (see `formula_columns`). Text, categorical and boolean columns are factors
        in treatment coding; the first level is the reference.
    messages : list of str, optional
        Receives one sentence for each level of a factor that no row has and that is left out.
    text_is_factor : bool
        False: a text column without ``C()`` is refused (random slopes need numbers).

    Raises
    ------
    AnalysisError
        A formula outside of the grammar, a column that does not exist, numbers stored as text, an
        infinite value, or a factor with one level.
    """
    columns = formula_columns(formula)
    require_columns(frame, columns, f"The formula {formula!r}")
    prepared: dict[str, Any] = {}
    levels: dict[str, list[Any]] = {}
    categories = set(re.findall(r"\bC\(\s*`?([^`)]+?)`?\s*\)", formula))
    for name in columns:
        values = frame[name]
        if name in categories or not pd.api.types.is_numeric_dtype(values) or values.dtype == bool:
            if name not in categories and not text_is_factor and values.dtype != "category":
                raise AnalysisError(
                    f"Column {name!r} holds text; random slopes need numbers. Write C({name}) for"
                    " one random effect per category."
                )
            factor = _factor(values, name, name in categories, messages)
            prepared[name], levels[name] = factor, list(factor.categories)
        else:
            prepared[name] = _numeric(values, name)
    # Without the index of the frame, whose labels may occur twice.
    data = pd.DataFrame(prepared, index=range(len(frame)))
    simple = _SIMPLE.fullmatch(formula)
    if simple and not levels:
        # Sums of columns need no formulaic, whose import and set-up take longer than most fits.
        names = tuple([] if simple["none"] else ["Intercept"]) + tuple(columns)
        places = {name: [place] for place, name in enumerate(names)}
        return Design(names, _sum_of_columns(data, names), places, tuple(columns), {})
    from formulaic import model_matrix

    with np.errstate(all="ignore"):  # values that are not finite are named below
        built = model_matrix(formula, data, context={})
    matrix = np.asarray(built, dtype=float).reshape(len(frame), -1)
    if not np.isfinite(matrix).all():
        bad = built.columns[~np.isfinite(matrix).all(axis=0)][0]
        raise AnalysisError(
            f"The term {bad!r} is not finite in every row; log needs values above 0, sqrt of 0 or"
            " more."
        )
    terms = {
        "Intercept" if str(term) == "1" else str(term): list(range(place.start, place.stop))
        for term, place in built.model_spec.term_slices.items()
    }
    return Design(
        names=tuple(map(str, built.columns)),
        matrix=matrix,
        terms=terms,
        columns=tuple(columns),
        levels=levels,
        spec=built.model_spec,
    )


def require_columns(frame: pd.DataFrame, columns: Sequence[str], who: str) -> None:
    """Refuse a column that the frame does not have; the message lists what there is."""
    for name in columns:
        if name not in frame.columns:
            raise AnalysisError(
                f"{who} names the column {name!r}, which does not exist. Columns are:"
                f" {', '.join(map(str, frame.columns))}."
            )


def require_full_rank(matrix: NDArray[np.float64], names: Sequence[str]) -> None:
    """Refuse columns that are linear combinations of earlier ones, and name them.

    Examples
    --------
    >>> require_full_rank(np.array([[1., 2.], [1., 2.], [1., 2.]]), ["Intercept", "time"])
    Traceback (most recent call last):
    ...
    attune.specs.errors.AnalysisError: The predictor 'time' is a linear combination of those ...
    """
    basis = np.zeros((len(matrix), 0))
    dependent = []
    for place, name in enumerate(names):
        column = matrix[:, place]
        size = np.linalg.norm(column)
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)
        if np.linalg.norm(rest) <= _COLLINEAR * size or size == 0:
            dependent.append(name)
        else:
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
    if dependent:
        listed = ", ".join(map(repr, dependent))
        many = len(dependent) > 1
        raise AnalysisError(
            f"The predictor{'s' * many} {listed} {'are' if many else 'is'} a linear combination of"
            " those before, or 0 in all rows (a combination of factor levels without rows). Leave"
            f" {'them' if many else 'it'} out or join levels."
        )


def _sum_of_columns(data: pd.DataFrame, names: Sequence[str]) -> NDArray[np.float64]:
    """Ones for the intercept, and columns as they are."""
    ones = np.ones(len(data))
    columns = [ones if name == "Intercept" else data[name].to_numpy(dtype=float) for name in names]
    return np.column_stack(columns) if columns else np.zeros((len(data), 0))


def _factor(
    values: "pd.Series[Any]", name: str, declared: bool, messages: list[str] | None
) -> pd.Categorical:
    """Categories of a column; levels without rows are left out and named."""
    if values.dtype != "category":
        numbers = pd.to_numeric(values.astype(object), errors="coerce")
        if not declared and values.dtype != bool and numbers.notna().all():
            raise AnalysisError(
                f"Column {name!r} holds numbers stored as text. Convert it to numbers, or write"
                f" C({name}) if they are codes of categories."
            )
        present: list[Any] = sorted(set(values))
    else:
        used = set(values)
        present = [level for level in values.cat.categories if level in used]
        for level in values.cat.categories:
            if level not in used and messages is not None:
                messages.append(f"No row has the level {level!r} of {name!r}; it is left out.")
    if len(present) < 2:
        raise AnalysisError(
            f"The factor {name!r} has one level in the fitted rows, {present[0]!r}; a comparison"
            " needs two."
        )
    return pd.Categorical(values.astype(object), categories=present)


def _numeric(values: "pd.Series[Any]", name: str) -> NDArray[np.float64]:
    numbers = values.to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        raise AnalysisError(f"Column {name!r} has an infinite value.")
    return numbers


class _Parser:
    """Recursive descent over the grammar; only the names of columns are kept."""

    def __init__(self, formula: str):
        self.formula = formula
        self.tokens = [
            (match.lastgroup or "", match.group().strip())
            for match in _TOKEN.finditer(formula.strip())
        ]
        self.place = 0
        self._names: dict[str, None] = {}

    @cached_property
    def columns(self) -> list[str]:
        """Names of the columns; parses the whole formula."""
        if not self.tokens:
            raise AnalysisError(f"A formula is empty. {_GRAMMAR}")
        self._sum()
        if self.place < len(self.tokens):
            self._refuse()
        return list(self._names)

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "its end")

    def _take(self, *allowed: str) -> bool:
        """Go past the next sign if it is one of those allowed."""
        kind, token = self._peek()
        found = kind == "sign" and token in allowed
        self.place += found
        return found

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            self._refuse()

    def _refuse(self) -> None:
        kind, token = self._peek()
        following = self.tokens[self.place + 1][1] if self.place + 1 < len(self.tokens) else ""
        found = f"{token}(" if kind == "name" and following == "(" else token
        shown = "its end" if kind == "end" else repr(found)
        raise AnalysisError(
            f"The formula {self.formula!r} has {shown} where that is not allowed. {_GRAMMAR}"
        )

    def _sum(self) -> None:
        self._take("+", "-")
        self._product()
        while self._take("+", "-"):
            self._product()

    def _product(self) -> None:
        self._factor()
        while self._take("*", ":"):
            self._factor()

    def _factor(self) -> None:
        kind, token = self._peek()
        if self._take("("):
            self._sum()
            self._expect(")")
        elif kind == "number" and token in ("0", "1"):
            self.place += 1
        elif kind == "name" and self._is_call():
            self._call(token)
        else:
            self._column()

    def _is_call(self) -> bool:
        return self.place + 1 < len(self.tokens) and self.tokens[self.place + 1][1] == "("

    def _call(self, function: str) -> None:
        if function not in FUNCTIONS:
            self._refuse()
        self.place += 2
        if function == "I":
            self._arithmetic()
        else:
            self._column()
        self._expect(")")

    def _column(self) -> None:
        kind, token = self._peek()
        if kind not in ("name", "quoted") or self._is_call():
            self._refuse()
        self.place += 1
        self._names[token.strip("`")] = None

    def _arithmetic(self) -> None:
        self._operand()
        while self._take("+", "-", "*", "/", "**"):
            self._operand()

    def _operand(self) -> None:
        self._take("-")
        if self._take("("):
            self._arithmetic()
            self._expect(")")
        elif self._peek()[0] == "number":
            self.place += 1
        else:
            self._column()
