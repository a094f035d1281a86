"""YAML files, read strictly: no key twice, and no text turned into truth values or dates."""

import re
from collections.abc import Hashable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from attune.specs.closed_model import read_as
from attune.specs.errors import ConfigurationError

if TYPE_CHECKING:
    from attune.specs.instrument import Instrument


class _Strict(yaml.constructor.SafeConstructor):
    """The safe loader without its traps: keys that overwrite each other, text taken for dates."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[Any, int] = {}
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if not isinstance(key, Hashable):
                continue  # a list as key is refused below
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"key {key!r} is already given on line {seen[key]}; keep one of them",
                    problem_mark=key_node.start_mark,
                )
            seen[key] = line
        return super().construct_mapping(node, deep)


class _StrictLoader(_Strict, yaml.SafeLoader):
    """The loader in Python, whose messages name what is wrong more plainly."""


class _FastLoader(_Strict, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The loader in C, which reads a long ledger ten times as fast."""


# A gender coded "N" for "no", an octant called NO: only true and false may become truth values.
# Nothing in these files is a date: 2012-01-31 stays text, as it would be in a CSV file.
for _loader in (_StrictLoader, _FastLoader):
    _loader.yaml_implicit_resolvers = {
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if not tag.endswith((":bool", ":timestamp"))
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    _loader.add_implicit_resolver(
        "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf")
    )


def read_yaml(path: str | Path) -> Any:
    """Content of a YAML file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    object
        Usually a dict. `yes`, `no`, `on`, `off` and dates are text.

    Raises
    ------
    ConfigurationError
        The file cannot be found or read, is not YAML, or gives a key twice; with its line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{path} cannot be read.",
            [f"line {line}: byte {error.object[error.start]:#x} is not UTF-8; save it as UTF-8"],
        ) from None
    # Both loaders build plain values only; the subclasses add refusals, not constructors.
    with suppress(yaml.YAMLError):
        return yaml.load(text, Loader=_FastLoader)
    try:
        return yaml.load(text, Loader=_StrictLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        what = " ".join(filter(None, [error.context, error.problem]))
        if isinstance(error, yaml.scanner.ScannerError | yaml.parser.ParserError):
            what += ". A text with , : # % or brackets in it belongs in quotes"
        raise ConfigurationError(f"{path} cannot be read.", [f"{where}{what}"]) from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} cannot be read.", [str(error)]) from None


def read_instruments(paths: Sequence[str | Path]) -> "dict[str, Instrument]":
    """Scoring keys by id.

    Parameters
    ----------
    paths : sequence of str or Path
        Files of workflow/instruments; each must be named after the instrument's id.

    Returns
    -------
    dict of str to Instrument
        In the order of the paths.

    Raises
    ------
    ConfigurationError
        With the problems of all files at once.
    """
    from attune.specs.instrument import Instrument

    instruments: dict[str, Instrument] = {}
    problems: list[str] = []
    for path in map(Path, paths):
        try:
            instrument = read_as(Instrument, read_yaml(path), str(path))
        except ConfigurationError as error:
            problems += [f"{path}: {problem}" for problem in error.problems or [error.heading]]
            continue
        if instrument.instrument != path.stem:
            problems.append(
                f"{path}: the key 'instrument' is {instrument.instrument!r}, but must be the file's"
                f" name, {path.stem!r}"
            )
        elif instrument.instrument in instruments:
            problems.append(f"{path}: instrument {instrument.instrument!r} is given by two files")
        instruments[instrument.instrument] = instrument
    if problems:
        raise ConfigurationError("The instruments cannot be used.", problems)
    return instruments
