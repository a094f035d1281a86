"""`attune instruments`: the registry of scoring keys."""

import argparse

from attune.closed_model import did_you_mean
from attune.errors import ConfigurationError
from attune.instrument import Instrument
from attune_cli.places import project_files
from attune_files.yaml_file import read_instruments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune instruments [show ID]`."""
    actions = parser.add_subparsers(dest="action", metavar="[show ID]")
    show = actions.add_parser("show", help="print one scoring key")
    show.add_argument("id", help="the instrument's id, such as kims")


def run(arguments: argparse.Namespace) -> int:
    """Print the registry, or one key."""
    instruments = read_instruments(project_files("workflow/instruments/*.yaml"))
    if arguments.action is None:
        for each in instruments.values():
            size = f"{each.n_items:>3} items"
            print(f"{each.instrument:<12} {each.abbreviation:<10} {size}  {each.name}")
        return 0
    chosen = instruments.get(arguments.id)
    if chosen is None:
        raise ConfigurationError(
            f"There is no instrument {arguments.id!r}.",
            [did_you_mean(arguments.id, list(instruments))],
        )
    print(_key(chosen))
    return 0


def _key(instrument: Instrument) -> str:
    """A scoring key in lines."""
    lines = [f"{instrument.name} ({instrument.abbreviation}), version {instrument.version}"]
    for name in instrument.scales:
        items = ", ".join(
            f"{item}R" if item in instrument.reverse else str(item)
            for item in instrument.items_of(name)
        )
        lines.append(f"  {name}: {instrument.scales[name].aggregation} of {items}")
    return "\n".join(lines)
