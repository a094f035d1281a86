"""The language of structural equation models: lavaan's operators, read without running any code."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import AnalysisError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WITHIN, BETWEEN = "within", "between"
LEVELS = {"1": WITHIN, "within": WITHIN, "2": BETWEEN, "between": BETWEEN}

_NAME = re.compile(r"[^\W\d][\w.]*")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_OPERATOR = re.compile(r":=|=~|~~|~|==|<|>|\|")
_LEVEL = re.compile(r"level\s*:\s*(.*)", re.IGNORECASE)
_STATEMENTS = (
    "Allowed are 'level: within', 'level: between', 'factor =~ a + b' (indicators), 'y ~ x'"
    " (regression), 'x ~~ y' (covariance), 'y ~ 1' (intercept) and 'name := arithmetic of labels'."
)
_MODIFIERS = (
    "Before a variable and * may stand a label (a*x), a number that fixes the parameter (1*x), NA"
    " that frees it (NA*x), or one of them for every group (c(a, b)*x)."
)
_ARITHMETIC = "Allowed are labels, earlier defined names, numbers, + - * / and parentheses."


@dataclass(frozen=True)
class Modifier:
    """What stands before the * of a term, for one group.

    Attributes
    ----------
    fixed : float or None
        Value at which the parameter is held.
    label : str
        Empty without one; parameters with one label are equal.
    freed : bool
        NA: free where it would be fixed.
    """

    fixed: float | None = None
    label: str = ""
    freed: bool = False


@dataclass(frozen=True)
class Term:
    """One parameter that the model text names.

    Attributes
    ----------
    line : int
        From 1.
    level : str
        within or between; within in models of one level.
    left, operator, right : str
        The operator is =~, ~, ~~ or ~1 (then right is empty).
    modifiers : tuple of Modifier
        One for all groups, or one per group; empty without a modifier.
    """

    line: int
    level: str
    left: str
    operator: str
    right: str
    modifiers: tuple[Modifier, ...] = ()

    def modifier(self, group: int) -> Modifier:
        """The modifier of a group, counted from 0."""
        if not self.modifiers:
            return Modifier()
        return self.modifiers[group if len(self.modifiers) > 1 else 0]


@dataclass(frozen=True)
class Definition:
    """A defined parameter: ``name := text``."""

    line: int
    name: str
    text: str
    tree: ast.expr = field(repr=False, compare=False)

    @property
    def names(self) -> list[str]:
        """Labels and defined names in the order of their first use."""
        found = [node for node in ast.walk(self.tree) if isinstance(node, ast.Name)]
        found.sort(key=lambda node: (node.lineno, node.col_offset))
        return list(dict.fromkeys(node.id for node in found))

    def value(self, values: Mapping[str, Any]) -> Any:
        """Value for numbers, or elementwise for arrays of numbers."""
        return _evaluate(self.tree, values)

    def slope(
        self, values: Mapping[str, float], slopes: "Mapping[str, NDArray[np.float64]]"
    ) -> "NDArray[np.float64]":
        """Gradient, given value and gradient of every name that the definition uses."""
        import numpy as np

        return np.asarray(_differentiate(self.tree, values, slopes)[1], dtype=float)


@dataclass(frozen=True)
class ModelText:
    """A parsed model.

    Attributes
    ----------
    terms : tuple of Term
    definitions : tuple of Definition
    two_level : bool
        The text has ``level:`` lines.
    """

    terms: tuple[Term, ...]
    definitions: tuple[Definition, ...]
    two_level: bool


def parse_model(text: str) -> ModelText:
    """Parse a model in lavaan's language.

    Parameters
    ----------
    text : str
        Statements on lines of their own or separated by semicolons; # starts a comment; a line that
        ends in an operator or + goes on in the next.

    Returns
    -------
    ModelText

    Raises
    ------
    AnalysisError
        Every statement outside the grammar, with its line, what was found and what is allowed.

    References
    ----------
    Rosseel, Y. (2012). lavaan: An R package for structural equation modeling. Journal of
    Statistical Software, 48(2). https://doi.org/10.18637/jss.v048.i02

    Examples
    --------
    >>> model = parse_model("bond ~ a*empathy; symptoms ~ b*bond + empathy; indirect := a*b")
    >>> [(term.left, term.operator, term.right) for term in model.terms]
    [('bond', '~', 'empathy'), ('symptoms', '~', 'bond'), ('symptoms', '~', 'empathy')]
    >>> model.definitions[0].value({"a": 0.5, "b": -0.4})
    -0.2
    """
    reader = _Reader()
    for statement in _statements(text):
        try:
            reader.read(statement.line, statement.text)
        except _SyntaxProblemError as problem:
            line, column = statement.place(problem.found)
            reader.problems.append(f"Line {line}, column {column}, {statement.text!r}: {problem}")
    if not reader.problems:
        reader.check()
    if reader.problems:
        raise AnalysisError("The model text cannot be read.", reader.problems)
    return ModelText(tuple(reader.terms), tuple(reader.definitions), reader.two_level)


class _SyntaxProblemError(Exception):
    """What is wrong with one statement, and the part of its text that is."""

    def __init__(self, message: str, found: str = ""):
        super().__init__(message)
        self.found = found


@dataclass(frozen=True)
class _Statement:
    """A statement, and where its pieces are: line and column from 1, and text."""

    text: str
    pieces: tuple[tuple[int, int, str], ...]

    @property
    def line(self) -> int:
        """The line on which it starts."""
        return self.pieces[0][0]

    def place(self, found: str) -> tuple[int, int]:
        """Line and column of a part of the text; of the start where the part is not there."""
        for line, column, piece in self.pieces:
            whole = re.search(rf"(?<![\w.]){re.escape(found)}(?![\w.])", piece)
            start = whole.start() if whole else piece.find(found)
            if found and start >= 0:
                return line, column + start
        return self.pieces[0][:2]


class _Reader:
    """Terms and definitions in the order of the text."""

    def __init__(self) -> None:
        self.terms: list[Term] = []
        self.definitions: list[Definition] = []
        self.problems: list[str] = []
        self.level = WITHIN
        self.two_level = False

    def read(self, line: int, statement: str) -> None:
        """Add what one statement says."""
        if found := _LEVEL.fullmatch(statement):
            self._start_level(found[1].strip())
            return
        operators = _OPERATOR.findall(statement)
        if not operators:
            meant = "Did you mean '~' (regression)? " if "=" in statement else ""
            raise _SyntaxProblemError(f"no operator found. {meant}{_STATEMENTS}", "=")
        if len(operators) > 1 or operators[0] in ("==", "<", ">", "|"):
            wrong = operators[-1]
            raise _SyntaxProblemError(f"{wrong!r} is not allowed here. {_STATEMENTS}", wrong)
        left, right = (part.strip() for part in statement.split(operators[0], 1))
        if operators[0] == ":=":
            self.definitions.append(_definition(line, left, right))
            return
        for name in left.split("+"):
            self._read_terms(line, _name(name), operators[0], right)

    def check(self) -> None:
        """Find parameters named twice and definitions of unknown labels."""
        seen: set[tuple[str, ...]] = set()
        if not self.terms:
            self.problems.append(f"The text names no parameter. {_STATEMENTS}")
        for term in self.terms:
            pair = (term.left, term.right)
            key = (term.level, term.operator, *(sorted(pair) if term.operator == "~~" else pair))
            if key in seen:
                self.problems.append(
                    f"Line {term.line}: {term.left} {term.operator} {term.right} is already named"
                    " above; delete one of the two."
                )
            seen.add(key)
        known = {m.label for term in self.terms for m in term.modifiers if m.label}
        for definition in self.definitions:
            unknown = [name for name in definition.names if name not in known]
            if unknown:
                self.problems.append(
                    f"Line {definition.line}: {definition.name} uses {unknown[0]!r}, which is not a"
                    f" label and not defined above; labels: {', '.join(sorted(known)) or 'none'}."
                    f"{_close(unknown[0], sorted(known))}"
                )
            if definition.name in known:
                self.problems.append(
                    f"Line {definition.line}: {definition.name!r} is already a label or a defined"
                    " name; choose another name."
                )
            known.add(definition.name)

    def _start_level(self, name: str) -> None:
        if name.lower() not in LEVELS:
            raise _SyntaxProblemError(
                f"the level {name!r} is unknown; allowed are within (or 1) and between (or 2).",
                name,
            )
        if self.terms and not self.two_level:
            raise _SyntaxProblemError(
                "terms stand before the first 'level:' line; begin the text with 'level: within'."
            )
        self.level, self.two_level = LEVELS[name.lower()], True

    def _read_terms(self, line: int, left: str, operator: str, right: str) -> None:
        if not right:
            raise _SyntaxProblemError(f"nothing stands after {operator}. {_STATEMENTS}", operator)
        found: dict[str, tuple[Modifier, ...]] = {}
        for part in _split_sum(right):
            modifier, star, word = part.rpartition("*")
            variable = word.strip()
            if not (operator == "~" and variable == "1"):
                variable = _name(variable)
            modifiers = _modifiers(modifier) if star else ()
            if modifiers and found.get(variable):
                modifiers = _merge(found[variable], modifiers)
            elif variable in found:
                raise _SyntaxProblemError(
                    f"{variable} stands there twice; delete one of the two.", variable
                )
            found[variable] = modifiers
        for variable, modifiers in found.items():
            pair = ("~1", "") if operator == "~" and variable == "1" else (operator, variable)
            self.terms.append(Term(line, self.level, left, *pair, modifiers))


def _statements(text: str) -> list[_Statement]:
    r"""Statements with the places of their pieces.

    >>> [(one.text, one.place("c")) for one in _statements("a ~ b +\n  c; d ~ e")]
    [('a ~ b + c', (2, 3)), ('d ~ e', (2, 6))]
    """
    found: list[_Statement] = []
    pieces: tuple[tuple[int, int, str], ...] = ()
    for number, raw in enumerate(text.splitlines(), start=1):
        start = 0
        for piece in re.sub(r"[#!].*", "", raw).split(";"):
            part = piece.strip()
            column, start = start + 1 + len(piece) - len(piece.lstrip()), start + len(piece) + 1
            if not part:
                continue
            pieces = (*pieces, (number, column, part))
            if not part.endswith(("+", "~", "*")):
                found.append(_Statement(" ".join(one for *_, one in pieces), pieces))
                pieces = ()
    if pieces:
        found.append(_Statement(" ".join(one for *_, one in pieces), pieces))
    return found


def _split_sum(text: str) -> list[str]:
    """Terms between + signs outside parentheses; a sign of a number or an exponent splits nothing.

    >>> _split_sum("c(a, b)*x + -0.5*y")
    ['c(a, b)*x', '-0.5*y']
    """
    depth, parts, start = 0, [], 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        exponent = re.search(r"\d[eE]$", text[:place]) is not None
        if sign == "+" and depth == 0 and text[start:place].strip() and not exponent:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]


def _name(text: str) -> str:
    name = text.strip()
    if not _NAME.fullmatch(name):
        what = (
            f"{name!r} is not a name of a variable" if name else "the name of a variable is missing"
        )
        raise _SyntaxProblemError(
            f"{what}; names are letters, digits, _ and . and start with a letter. {_MODIFIERS}",
            name,
        )
    return name


def _modifiers(text: str) -> tuple[Modifier, ...]:
    stripped = text.strip()
    if stripped.startswith("c(") and stripped.endswith(")"):
        return tuple(_modifier(part) for part in stripped[2:-1].split(","))
    return (_modifier(stripped),)


def _merge(first: tuple[Modifier, ...], second: tuple[Modifier, ...]) -> tuple[Modifier, ...]:
    """Modifiers of a variable that a statement names twice: NA*x + a*x."""
    return tuple(
        Modifier(b.fixed if a.fixed is None else a.fixed, a.label or b.label, a.freed or b.freed)
        for a, b in zip(first, second, strict=True)
    )


def _modifier(text: str) -> Modifier:
    word = text.strip()
    if word == "NA":
        return Modifier(freed=True)
    if _NUMBER.fullmatch(word):
        return Modifier(fixed=float(word))
    if re.fullmatch(r"[^\W\d]\w*", word):
        return Modifier(label=word)
    raise _SyntaxProblemError(f"the modifier {word!r} is not allowed. {_MODIFIERS}", word)


def _close(found: str, known: Sequence[str]) -> str:
    """A question with the closest known name, where one is close."""
    hint = did_you_mean(found, known)
    return f" {hint}" if hint.startswith("Did") else ""


def _definition(line: int, name: str, text: str) -> Definition:
    if not re.fullmatch(r"[^\W\d]\w*", name):
        raise _SyntaxProblemError(f"{name!r} cannot be the name of a defined parameter.", name)
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _SyntaxProblemError(f"{text!r} is not arithmetic. {_ARITHMETIC}", text) from None
    for node in ast.walk(tree):
        number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
        if not number and not isinstance(node, _ALLOWED_NODES):
            found = ast.get_source_segment(text, node) or type(node).__name__
            raise _SyntaxProblemError(f"{found!r} is not allowed. {_ARITHMETIC}", found)
    return Definition(line, name, text, tree)


_ALLOWED_NODES = (
    ast.BinOp,
    ast.UnaryOp,
    ast.Name,
    ast.Load,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.UAdd,
    ast.USub,
)


def _evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return float(cast(float, node.value))
    if isinstance(node, ast.UnaryOp):
        inner = _evaluate(node.operand, values)
        return -inner if isinstance(node.op, ast.USub) else inner
    sides = cast(ast.BinOp, node)
    left, right = _evaluate(sides.left, values), _evaluate(sides.right, values)
    if isinstance(sides.op, ast.Add):
        return left + right
    if isinstance(sides.op, ast.Sub):
        return left - right
    if isinstance(sides.op, ast.Mult):
        return left * right
    # Imported here, so that a plan is read without NumPy.
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(left, right)


def _differentiate(
    node: ast.expr, values: Mapping[str, float], slopes: "Mapping[str, NDArray[np.float64]]"
) -> tuple[float, Any]:
    """Value and gradient of an arithmetic tree."""
    if isinstance(node, ast.Name):
        return values[node.id], slopes[node.id]
    if isinstance(node, ast.Constant):
        return float(cast(float, node.value)), 0.0
    if isinstance(node, ast.UnaryOp):
        value, slope = _differentiate(node.operand, values, slopes)
        return (-value, -slope) if isinstance(node.op, ast.USub) else (value, slope)
    sides = cast(ast.BinOp, node)
    (a, da), (b, db) = (_differentiate(side, values, slopes) for side in (sides.left, sides.right))
    if isinstance(sides.op, ast.Add):
        return a + b, da + db
    if isinstance(sides.op, ast.Sub):
        return a - b, da - db
    if isinstance(sides.op, ast.Mult):
        return a * b, da * b + a * db
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = float(np.divide(a, b))
        return quotient, np.divide(da - quotient * np.asarray(db), b)


def defined_values(definitions: Sequence[Definition], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of all definitions in order, each of which may use earlier ones."""
    known = dict(values)
    for definition in definitions:
        known[definition.name] = definition.value(known)
    return {definition.name: known[definition.name] for definition in definitions}
