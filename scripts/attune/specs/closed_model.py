"""Closed, typed models of the YAML files: an unknown key is an error with a "did you mean"."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from attune.specs.errors import ConfigurationError

Model = TypeVar("Model", bound="ClosedModel")


class ClosedModel(BaseModel):
    """A section of a YAML file; unknown keys are rejected."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=False,
        # Validators are built when a file is read with them, so that a step builds only its own.
        defer_build=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value(cls, value: object, info: ValidationInfo) -> object:
        """`seed: yes` must not become the seed 1."""
        if isinstance(value, bool) and bool not in _branches(
            cls.model_fields[str(info.field_name)].annotation
        ):
            raise ValueError(f"found {_shown(value)}, where true and false have no meaning")
        return value


def read_as(model: type[Model], content: object, file: str) -> Model:
    """Check the content of a YAML file against its model.

    Parameters
    ----------
    model : subclass of ClosedModel
    content : object
        What the YAML file holds; a mapping unless the file is wrong.
    file : str
        The file's name, for the messages.

    Raises
    ------
    ConfigurationError
        With every problem at once: the key's path, what was found, what is allowed.

    Examples
    --------
    >>> class Section(ClosedModel):
    ...     seed: int = 1
    >>> read_as(Section, {"sed": 2}, "config.yaml")
    Traceback (most recent call last):
        ...
    attune.specs.errors.ConfigurationError: config.yaml cannot be used.
      - unknown key 'sed'. Did you mean 'seed'?
    """
    if not isinstance(content, Mapping):
        raise ConfigurationError(
            f"{file} cannot be used.",
            [f"it should hold keys and values, but holds {_shown(content)}"],
        )
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = list(_sentences(model, error.errors()))
        raise ConfigurationError(f"{file} cannot be used.", problems) from None


def did_you_mean(found: str, known: Sequence[str]) -> str:
    """The closest known name as a question, or the list of what is known.

    Examples
    --------
    >>> did_you_mean("kimms", ["kims", "wai_s"])
    "Did you mean 'kims'?"
    >>> did_you_mean("zzz", ["kims", "wai_s"])
    "Known: 'kims', 'wai_s'."
    """
    close = difflib.get_close_matches(str(found), known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Known: {', '.join(map(repr, known)) or 'none'}."


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "literal_error": "{expected}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
}
"""Expected value by pydantic's type of error; other errors are quoted unchanged."""

_PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "lower case letters, digits and underscores, a letter first",
    r"^([a-z][a-z0-9_]*)?$": "lower case letters, digits and underscores, a letter first, or empty",
    r"^\d+\.\d+$": "a version such as '1.0', in quotes",
}


def _sentences(model: type[BaseModel], problems: Sequence[Any]) -> Iterator[str]:
    """One sentence per problem; the branches of a union at one place are one problem."""
    expected: dict[tuple[str, ...], tuple[str, list[str], str]] = {}
    listed, rest = _first_of_each_kind(problems)
    for problem in listed:
        path, allowed = _walk(model, problem["loc"])
        where = ".".join(path)
        if problem["type"] == "extra_forbidden":
            yield _unknown_key(path, allowed) + _comma_hint(problem["input"])
        elif problem["type"] == "missing":
            yield f"{where} is missing"
        elif problem["type"] == "value_error":
            for part in problem["msg"].removeprefix("Value error, ").split("; "):
                yield f"{where}: {part}" if where else part
        else:
            is_key = problem["loc"][-1] == "[key]"
            place = f"the key {path[-1]!r} of {'.'.join(path[:-1])}" if is_key else f"{where}:"
            key = (*path, "[key]") if is_key else tuple(path)
            _, expectations, _ = expected.setdefault(key, (place, [], _found(problem)))
            if (expectation := _expectation(problem)) not in expectations:
                expectations.append(expectation)
    for path_key, (place, expectations, found) in expected.items():
        # Another branch of the union fits so far that it was looked into.
        if not any(other[: len(path_key)] == path_key != other for other in expected):
            yield f"{place} should be {' or '.join(expectations)}, found {found}"
    yield from rest


MOST_UNKNOWN = 20
"""Unknown keys that are named: each is compared with all known ones."""
MOST_OTHERS = 200
"""Other problems that are named; the longest correct files have a few thousand values."""


def _first_of_each_kind(problems: Sequence[Any]) -> tuple[list[Any], list[str]]:
    """Problems that are named, in their order, and sentences on how many others there are."""
    listed, counts = [], {True: 0, False: 0}
    for problem in problems:
        unknown = problem["type"] == "extra_forbidden"
        counts[unknown] += 1
        if counts[unknown] <= (MOST_UNKNOWN if unknown else MOST_OTHERS):
            listed.append(problem)
    rest = {"unknown keys": counts[True] - MOST_UNKNOWN, "problems": counts[False] - MOST_OTHERS}
    return listed, [f"... and {more:,} more {kind}" for kind, more in rest.items() if more > 0]


def _expectation(problem: Any) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"like {context['pattern']}")
    if kind in _EXPECTED:
        return _EXPECTED[kind].format(**context)
    return str(problem["msg"]).removeprefix("Input should be ")


def _found(problem: Any) -> str:
    """The value found; for a plain value in place of text, also how to write it as text."""
    value = problem["input"]
    in_union = "str" in problem["loc"]
    if problem["type"] != "string_type" or in_union or isinstance(value, Mapping | list):
        return _shown(value)
    if value is None:
        return 'nothing. An empty text is written "", the word NULL in quotes'
    return f'{_shown(value)}. Write it in quotes: "{_shown(value)}"'


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str | Mapping | list) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _unknown_key(path: list[str], parents: list[Any]) -> str:
    *above, key = path
    place = f" in {'.'.join(above)}" if above else ""
    known = [
        field.alias or name
        for parent in parents
        if isinstance(parent, type) and issubclass(parent, BaseModel)
        for name, field in parent.model_fields.items()
    ]
    hint = f" {did_you_mean(key, list(dict.fromkeys(known)))}" if known else ""
    return f"unknown key {key!r}{place}.{hint}"


def _comma_hint(value: object) -> str:
    """Hint on an unquoted comma, as in `{label: Women, %}`, which gives a key without a value."""
    return (
        " If it belongs to the text before it, write that text in quotes: a comma ends it."
        if value is None
        else ""
    )


def _walk(model: type[BaseModel], location: Sequence[Any]) -> tuple[list[str], list[Any]]:
    """The path of a problem in the file, and the types allowed at its last known part.

    Pydantic's locations also name the branch of a union ("str") and keys of mappings ("[key]");
    neither is a level of the file.
    """
    path: list[str] = []
    allowed: list[Any] = [model]
    for part in location:
        if part == "[key]":
            continue
        branch = [entry for entry in allowed if len(allowed) > 1 and _tag(entry) == part]
        if branch:
            allowed = branch
            continue
        path.append(str(part))
        allowed = [inner for outer in allowed for inner in _inside(outer, part)] or allowed
    return path, allowed


def _inside(annotation: Any, part: Any) -> list[Any]:
    """Types that a model, list or mapping allows under one key."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(part))
        return _branches(field.annotation) if field else []
    if get_origin(annotation) in (dict, list, tuple):
        return _branches(get_args(annotation)[-1])
    return []


def _branches(annotation: Any) -> list[Any]:
    """The members of a union, or the one type that the annotation is."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _branches(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [
            inner
            for member in get_args(annotation)
            if member is not NoneType
            for inner in _branches(member)
        ]
    return [annotation]


def _tag(annotation: Any) -> str:
    """Pydantic's name of a branch of a union, as in "dict[int,str]" or "literal['all']"."""
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace(" ", "").replace("typing.Literal", "literal")
