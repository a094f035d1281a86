"""Closed, typed models of the YAML files: an unknown key is an error with a "did you mean"."""

import difflib
import types
from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from attune.errors import ConfigurationError

Model = TypeVar("Model", bound="ClosedModel")


class ClosedModel(BaseModel):
    """A section of a YAML file that knows its keys and refuses all others."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=False, use_attribute_docstrings=True
    )


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
    attune.errors.ConfigurationError: config.yaml cannot be used.
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
        problems = [_sentence(model, problem) for problem in error.errors()]
        raise ConfigurationError(f"{file} cannot be used.", problems) from None


def did_you_mean(found: str, known: list[str]) -> str:
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
    return "Known: " + ", ".join(repr(name) for name in known) + "."


def _sentence(model: type[BaseModel], problem: Any) -> str:
    path = ".".join(str(part) for part in problem["loc"])
    where = f"{path}: " if path else ""
    if problem["type"] == "extra_forbidden":
        *parents, key = problem["loc"]
        place = f" in {'.'.join(map(str, parents))}" if parents else ""
        known = _known_keys(model, parents)
        hint = " " + did_you_mean(str(key), known) if known else ""
        return f"unknown key {str(key)!r}{place}.{hint}"
    if problem["type"] == "missing":
        return f"{path} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "value_error":
        return f"{where}{message}"
    return f"{where}{message[0].lower() + message[1:]}, found {_shown(problem['input'])}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(model: type[BaseModel], path: list[Any]) -> list[str]:
    """Keys allowed at a path of a model; empty where the path leads through a plain mapping."""
    candidates: list[Any] = [model]
    for part in path:
        candidates = [inner for kind in candidates for inner in _step_into(kind, part)]
    keys: list[str] = []
    for kind in candidates:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys += [field.alias or name for name, field in kind.model_fields.items()]
    return list(dict.fromkeys(keys))


def _step_into(kind: Any, part: Any) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if part in (name, field.alias):
                return _unwrapped(field.annotation)
        # A tagged union's path names the tag, which is not a level of the file.
        return [kind]
    return [kind]


def _unwrapped(annotation: Any) -> list[Any]:
    """The models inside list[...], dict[...], Optional[...] and unions."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return [annotation]
    return [inner for argument in get_args(annotation) for inner in _unwrapped(argument)]
