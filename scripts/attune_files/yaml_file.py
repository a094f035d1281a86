"""YAML files, read strictly: no key twice, and no text turned into truth values or dates."""

import re
import stat
from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import category

import yaml

from attune.specs.closed_model import read_as
from attune.specs.errors import ConfigurationError

if TYPE_CHECKING:
    from attune.specs.instrument import Instrument


MOST_DIGITS = 15
"""Digits of a whole number: all of these are exact as floating-point numbers, too."""


def _number(loader: Any, node: Any) -> int | float:
    number = float(node.value)
    if abs(number) >= 10**MOST_DIGITS:
        raise yaml.constructor.ConstructorError(
            problem=f"a number of more than {MOST_DIGITS} digits; a code or a name belongs in"
            " quotes",
            problem_mark=node.start_mark,
        )
    return number if node.tag.endswith(":float") else int(node.value)


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
# Nothing in these files is a date: 2012-01-31 stays text, as it would be in a CSV file. Numbers are
# decimal: YAML 1.1 would read the code 077 as 63 and the time 1:30 as 90.
_RESOLVED = {
    "bool": (re.compile(r"^(?:true|false)$"), "tf"),
    "int": (re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), "-+0123456789"),
    "float": (
        re.compile(r"^(?:[-+]?[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?$"), "-+.0123456789",
    ),
}  # fmt: skip
for _loader in (_StrictLoader, _FastLoader):
    _loader.yaml_implicit_resolvers = {
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag.rpartition(":")[2] not in {"timestamp", *_RESOLVED}
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    for _tag, (_pattern, _first) in _RESOLVED.items():
        _loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, list(_first))
    for _tag in ("int", "float"):
        _loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _number)

MOST_BYTES = 20_000_000
"""Size of a YAML file: the longest ledger that ships has 60,000 bytes."""
MOST_VALUES = 100_000
"""Values of a file with all anchors written out: ten lines of nested ones make more than memory
holds. The longest ledger has 5,000."""
DEEPEST = 50
"""Lists and mappings within each other: libyaml crashes some ten thousand deep, and no file of a
study needs ten."""
_NO_TEXT = ("Cc", "Cs", "Co")
"""Control characters, halves of characters and characters without a meaning of their own, which no
document can show: categories of Unicode. Tabs and ends of lines are none of them here."""


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
        _refuse_no_file(Path(path))
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"{path} cannot be read.",
            [f"line {line}: byte {error.object[error.start]:#x} is not UTF-8; save it as UTF-8"],
        ) from None
    problem = _trap(text)
    if problem:
        raise ConfigurationError(f"{path} cannot be read.", [problem])
    # Both loaders build plain values only.
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


def _refuse_no_file(path: Path) -> None:
    """A pipe would wait for ever, and a huge file fill the memory."""
    state = path.stat()
    if stat.S_ISDIR(state.st_mode):
        return  # reading says so
    if not stat.S_ISREG(state.st_mode):
        raise ConfigurationError(f"{path} cannot be read: it is a pipe or device, not a file.")
    if state.st_size > MOST_BYTES:
        raise ConfigurationError(
            f"{path} cannot be read: it has {state.st_size:,} bytes, and a file of a study has at"
            f" most {MOST_BYTES:,}."
        )


def _trap(text: str) -> str:
    """What would hang, crash or be shown nowhere, with its line; "" where there is nothing.

    Read as a stream of events, before any value is built. Mistakes of syntax are left to the
    loaders.
    """
    for loader in (getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader):
        # What the loader in C refuses, such as half a character, the one in Python may accept.
        with suppress(yaml.YAMLError):
            return next(_traps(yaml.parse(text, Loader=loader)), "")
    return ""


def _without_meaning(text: str) -> str:
    """The first character that no document can show; "" where there is none."""
    if text.isprintable():
        return ""
    return next((c for c in text if c not in "\t\n\r" and category(c) in _NO_TEXT), "")


def _traps(events: Iterable[yaml.Event]) -> Iterator[str]:
    sizes: list[int] = [0]
    anchors: list[str | None] = []
    size_of: dict[str, int] = {}
    for event in events:
        line = f"line {event.start_mark.line + 1}: " if event.start_mark else ""
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in anchors:
                yield f"{line}*{event.anchor} stands within &{event.anchor} itself"
            sizes[-1] += size_of.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            if found := _without_meaning(event.value):
                sign = f"U+{ord(found):04X}"
                yield f"{line}the character {sign} cannot be shown in any document; remove it"
            sizes[-1] += 1
            size_of[event.anchor or ""] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            sizes.append(1)
            anchors.append(event.anchor)
            if len(anchors) > DEEPEST:
                yield f"{line}lists and mappings lie more than {DEEPEST} deep in each other"
        elif isinstance(event, yaml.CollectionEndEvent):
            size = sizes.pop()
            size_of[anchors.pop() or ""] = size
            sizes[-1] += size
        if sizes[-1] > MOST_VALUES:
            yield f"{line}with its anchors written out, the file has over {MOST_VALUES:,} values"


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
