"""`attune keying`: the keying that gives the scores of a file or the numbers of a paper."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from attune.intake.reading.exclusions import without_excluded
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
    """Print the best keyings; 1 if none reproduces everything."""
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
    """The scale that is searched, as text, and the result."""
    cohort, _, instruments = read_parts(arguments.cohort, project_file)
    check_against_instruments(cohort, instruments)
    folder = Path(project_file(f"data/{cohort.cohort}/cohort.yaml")).parent
    sheets, _ = without_excluded(read_raw_sheets(folder, cohort), cohort)
    printed = [
        printed_target(name, text)
        for name in STATISTICS
        if (text := getattr(arguments, name)) is not None
    ]
    questionnaires = values_read(read_questionnaires(sheets, cohort, instruments))
    for questionnaire in _chosen(questionnaires, arguments):
        if printed:
            instrument = questionnaire.instrument
            scale = _scale(instrument, arguments.scale)
            answers = given_answers(questionnaire)
            found = search_keyings(answers, instrument, scale, printed=printed)
            yield f"{questionnaire.name}, {scale}", found
            continue
        for scale, column in questionnaire.declared.scores_in_file.items():
            if arguments.scale in (None, scale):
                found = searched_scores(sheets, cohort, questionnaire, scale, column)
                yield f"{questionnaire.name}, {scale}, column {column}", found


def _chosen(
    questionnaires: list[AnsweredQuestionnaire], arguments: argparse.Namespace
) -> list[AnsweredQuestionnaire]:
    """The questionnaires that the command line selects."""
    key = [getattr(arguments, name) for name in ("instrument", "rater", "occasion", "state")]
    found = [
        questionnaire
        for questionnaire in questionnaires
        if all(part in (None, own) for part, own in zip(key, questionnaire.key, strict=True))
    ]
    if not found:
        names = [questionnaire.name for questionnaire in questionnaires]
        raise ConfigurationError(
            "The cohort has no such questionnaire.", [f"It has {', '.join(names)}."]
        )
    return found


def _scale(instrument: Instrument, name: str | None) -> str:
    scales = list(instrument.scales)
    if name is None or name not in scales:
        hint = did_you_mean(name, scales) if name else f"It has {', '.join(scales)}."
        raise ConfigurationError(
            f"--scale must name a scale of {instrument.abbreviation}, found {name!r}.", [hint]
        )
    return name


def _in_words(place: str, search: KeyingSearch) -> str:
    """The best keyings of one scale as lines of text."""
    lines = [f"{place} ({search.tried} keyings tried)", f"  {search.best.in_words()}"]
    if search.unique:
        lines.append("  No other keying does.")
    elif search.ties:
        lines.append(f"  {search.ties} more keyings do, among them:")
        lines += [f"    {tied.keying.in_words()}" for tied in search.equals[: MOST_SHOWN - 1]]
    if not search.complete:
        lines.append("  None of the keyings reproduces everything.")
        rest = [other for other in search.found[1:] if other not in search.equals]
        lines += [f"    {other.in_words()}" for other in rest[: MOST_SHOWN - 1]]
    return "\n".join(lines)
