"""`attune instruments`: the registry of scoring keys."""

import argparse
from pathlib import Path

from attune.printing.key_words import key_in_words, registry_table, warnings_of
from attune.specs.closed_model import read_as
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import Instrument
from attune.specs.registry import key_remarks, named_key, search
from attune_cli.places import project_file, project_files
from attune_files.yaml_file import read_instruments, read_yaml

KEYS = "workflow/instruments"
BIBLIOGRAPHY = "reports/assets/references.bib"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune instruments [TEXT | show ID | check FILE]`."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="TEXT | show ID | check FILE",
        help="list the keys that a text is found in; print one key; check a key of your own",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the registry, print one key, or check one."""
    match arguments.words:
        case ["show", name]:
            print("\n".join(key_in_words(named_key(_registry(), name))))
            return 0
        case ["check", file]:
            return _check(Path(file))
        case ["show" | "check" as action, *_]:
            what = "an instrument, as in `attune instruments show kims`"
            if action == "check":
                what = "a file, as in `attune instruments check our_scale.yaml`"
            raise ConfigurationError(f"`attune instruments {action}` needs {what}.")
        case words:
            return _list(" ".join(words))


def _registry() -> dict[str, Instrument]:
    return read_instruments(project_files(f"{KEYS}/*.yaml"))


def _list(text: str) -> int:
    every = _registry()
    found = search(every, text)
    if not found:
        named_key(every, text)
    print("\n".join(registry_table(found)))
    if text:
        warnings = [warning for key in found.values() for warning in warnings_of(key)]
        print("\n".join(["", *warnings] if warnings else []))
    else:
        print(f"\n{len(found)} scoring keys; `attune instruments show kims` prints one of them.")
    return 0


def _check(file: Path) -> int:
    """Print the problems of a lab's own key, or where to put a valid one."""
    key = read_as(Instrument, read_yaml(file), str(file))
    target = Path(KEYS) / f"{key.instrument}.yaml"
    shipped = {path.stem: path for path in project_files(f"{KEYS}/*.yaml")}
    others = read_instruments([p for p in shipped.values() if p.resolve() != file.resolve()])
    notes = key_remarks(key, {n: k for n, k in others.items() if n != key.instrument})
    if key.citation_key and f"{{{key.citation_key}," not in _bibliography():
        notes.append(f"citation_key {key.citation_key!r} has no entry in {BIBLIOGRAPHY}: add it")
    if key.instrument in others:
        notes.append(
            f"there, it replaces attune's own {key.instrument} ({others[key.instrument].name})"
        )
    print(f"{file} can be used.")
    if target.resolve() == file.resolve():
        print(f"It is where attune looks for it; cohort.yaml says `instrument: {key.instrument}`.")
    else:
        print(f"Put it at {target}, in the folder that attune is run in; no code is needed.")
    if notes:
        print("\n".join(["Remarks:", *(f"  - {note}." for note in notes)]))
    return 0


def _bibliography() -> str:
    return Path(project_file(BIBLIOGRAPHY)).read_text(encoding="utf-8")
