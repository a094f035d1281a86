"""`attune keying`: which way of scoring gives the scores of a file or the numbers of a paper."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from attune.intake.reading.questionnaires import AnsweredQuestionnaire, read_questionnaires
from attune.intake.reading.violations import values_read
from attune.intake.scoring_audit.file_scores import given_answers, searched_scores
from attune.intake.scoring_audit.keying_search import KeyingSearch, search_keyings
from attune.intake.scoring_audit.printed_targets import Statistic, printed_target
from attune.specs.closed_model import did_you_mean
from attune.specs.errors import ConfigurationError
from attune.specs.instrument import Instrument
from attune.specs.study_checks import check_against_instruments
from attune_cli.places import project_file
from attune_files.project import read_parts
from attune_files.raw.sheets import read_raw_sheets

MOST_SHOWN = 5
"""Keyings that are printed for each scale."""


STATISTICS: tuple[Statistic, ...] = ("mean", "sd", "alpha")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `attune keying COHORT --instrument ID --scale SCALE [--mean ...]`."""
    parser.add_argument("cohort", help="name of its folder in data/")
    parser.add_argument("--instrument", help="only this instrument, such as kims")
    for name in ("rater", "occasion", "state"):
        parser.add_argument(f"--{name}", help=f"only this {name}")
    parser.add_argument("--scale", help="only this scale; needed where numbers are given")
    for name in STATISTICS:
        what = f"{name.upper() if name == 'sd' else name} as printed, with all its digits"
        parser.add_argument(f"--{name}", metavar="NUMBER", help=what)


def run(arguments: argparse.Namespace) -> int:
    """Print the keyings that fit best; 1 where none reproduces everything."""
    searches = list(_searches(arguments))
    if not searches:
        raise ConfigurationError(
            "There is nothing to search for.",
            [
                "Give printed numbers with --mean, --sd or --alpha, or name the file's own scores"
                " under `scores_in_file:` in cohort.yaml."
            ],
        )
    print("\n\n".join(_in_words(place, search) for place, search in searches))
    return 0 if all(search.complete for _, search in searches) else 1


def _searches(arguments: argparse.Namespace) -> Iterator[tuple[str, KeyingSearch]]:
    """What is searched, in words, and what was found."""
    cohort, _, instruments = read_parts(arguments.cohort, project_file)
    check_against_instruments(cohort, instruments)
    folder = Path(project_file(f"data/{cohort.cohort}/cohort.yaml")).parent
    sheets = read_raw_sheets(folder, cohort)
    printed = [
        printed_target(name, text)
        for name in STATISTICS
        if (text := getattr(arguments, name)) is not None
    ]
    questionnaires = values_read(read_questionnaires(sheets, cohort, instruments))
    for each in _chosen(questionnaires, arguments):
        if printed:
            scale = _scale(each.instrument, arguments.scale)
            found = search_keyings(given_answers(each), each.instrument, scale, printed=printed)
            yield f"{each.name}, {scale}", found
            continue
        for scale, column in each.declared.scores_in_file.items():
            if arguments.scale in (None, scale):
                found = searched_scores(sheets, cohort, each, scale, column)
                yield f"{each.name}, {scale}, column {column}", found


def _chosen(
    questionnaires: list[AnsweredQuestionnaire], arguments: argparse.Namespace
) -> list[AnsweredQuestionnaire]:
    """The questionnaires that the command line asks for."""
    wanted = [getattr(arguments, name) for name in ("instrument", "rater", "occasion", "state")]
    found = [
        each
        for each in questionnaires
        if all(asked in (None, has) for asked, has in zip(wanted, each.key, strict=True))
    ]
    if not found:
        names = [each.name for each in questionnaires]
        raise ConfigurationError(
            "The cohort has no such questionnaire.", [f"It has {', '.join(names)}."]
        )
    return found


def _scale(instrument: Instrument, asked: str | None) -> str:
    scales = list(instrument.scales)
    if asked is None or asked not in scales:
        hint = did_you_mean(asked, scales) if asked else f"It has {', '.join(scales)}."
        raise ConfigurationError(
            f"--scale must name a scale of {instrument.abbreviation}, found {asked!r}.", [hint]
        )
    return asked


def _in_words(place: str, search: KeyingSearch) -> str:
    """The best keyings of one scale in lines."""
    lines = [f"{place} ({search.tried} keyings tried)", f"  {search.best.in_words()}"]
    if search.unique:
        lines.append("  No other of them does.")
    elif search.ties:
        lines.append(f"  So they are in {search.ties} more ways, among them:")
        lines += [f"    {each.keying.in_words()}" for each in search.equals[: MOST_SHOWN - 1]]
    if not search.complete:
        lines.append("  None of the keyings gives everything.")
        rest = [each for each in search.found[1:] if each not in search.equals]
        lines += [f"    {each.in_words()}" for each in rest[: MOST_SHOWN - 1]]
    return "\n".join(lines)
