"""Rule `codes_shifted`: codes that begin elsewhere than the key's, or without minus signs."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from attune.intake.reading.cell_values import NO_RESPONSE
from attune.intake.reading.questionnaires import AnsweredQuestionnaire
from attune.intake.reading.violations import Violation
from attune.specs.cohort import Cohort

FEWEST_FOR_CODES = 10
"""Questionnaires below which unused codes are not interpreted."""

FEWEST_NEIGHBOURS = 20
"""Answers with the code next to an unused end of the range that are needed to report it."""

LEAST_NEIGHBOUR_SHARE = 0.05
"""Share of all answers that these must have."""

USED_ELSEWHERE = 0.02
"""Share of the unused code on other occasions from which these tell whether the codes moved."""

CLEARLY_NEARER = 0.5
"""Share of their distance, up to which item means that are moved by one lie nearer to those of the
other occasions."""

FEWEST_FOR_SIGNS = 100
"""Answers without a negative one, from which the minus signs are taken to be lost. On a scale such
as -3 to 3 at least the items that the key reverses are answered below 0 now and then."""


def signs_lost(questionnaire: AnsweredQuestionnaire) -> bool:
    """Whether a questionnaire with negative codes has many answers and none below 0.

    Parameters
    ----------
    questionnaire : AnsweredQuestionnaire
    """
    codes, declared = questionnaire.instrument.response, questionnaire.declared
    if codes.minimum >= 0 or declared.answers or declared.lowest_code is not None:
        return False
    answers = _common_answers(questionnaire)
    given = answers[answers != NO_RESPONSE]
    return len(given) >= FEWEST_FOR_SIGNS and bool((given >= 0).all())


def lost_signs(questionnaire: AnsweredQuestionnaire, cohort: Cohort) -> Iterator[Violation]:
    """A violation where no answer is negative although the codes begin below 0.

    Parameters
    ----------
    questionnaire : AnsweredQuestionnaire
    cohort : Cohort
    """
    if not signs_lost(questionnaire):
        return
    yield Violation(
        "codes_shifted",
        cohort.severity("codes_shifted"),
        questionnaire.path,
        f"no answer of {questionnaire.name} is negative; the codes of the instrument go from"
        f" {questionnaire.instrument.response.in_words()}.",
        export_with_signs(questionnaire),
        column=questionnaire.columns[0],
    )


def export_with_signs(questionnaire: AnsweredQuestionnaire) -> str:
    """The remedy for lost minus signs, in place of any other."""
    lowest = questionnaire.instrument.response.minimum
    return (
        f"The minus signs seem to be lost, so that {lowest} and {-lowest} are the same: export the"
        " file again with them. Turning items or codes in cohort.yaml does not bring them back."
    )


def shifted_codes(
    questionnaire: AnsweredQuestionnaire,
    cohort: Cohort,
    others: Sequence[AnsweredQuestionnaire] = (),
) -> Iterator[Violation]:
    """A violation where one end of the codes is never used although its neighbour is common.

    Codes 0 to 3 stored as 1 to 4 are all in range as long as the highest answer does not occur; the
    lowest code of the instrument then never occurs. Likewise codes 1 to 5 stored as 0 to 4: the
    highest code never occurs. Neither shows that the codes moved: perhaps nobody chose that answer,
    or two answers were stored as one. `lowest_code:` is proposed only where other occasions speak
    for it, namely use the code and have item means that are nearer by half to those of this
    occasion, moved by one; otherwise the explanations are named.

    Parameters
    ----------
    questionnaire : AnsweredQuestionnaire
    cohort : Cohort
    others : sequence of AnsweredQuestionnaire
        The same questionnaire on other occasions.
    """
    declared = questionnaire.declared
    codes = questionnaire.instrument.response
    low, high, step = codes.stored_minimum, codes.stored_maximum, codes.step
    answers = _common_answers(questionnaire)
    given = answers[answers != NO_RESPONSE]
    if declared.answers or len(answers) < FEWEST_FOR_CODES or high - low < 2 * step:
        return
    if codes.minimum == 0:
        unused, neighbour, end, lowest = low, low + step, "lowest", 1
    elif codes.minimum == 1:
        unused, neighbour, end, lowest = high, high - step, "highest", 0
    else:
        return
    enough = max(FEWEST_NEIGHBOURS, LEAST_NEIGHBOUR_SHARE * len(given))
    if (given == unused).any() or np.count_nonzero(given == neighbour) < enough:
        return
    yield Violation(
        "codes_shifted",
        cohort.severity("codes_shifted"),
        questionnaire.path,
        f"nobody ever gave the {end} answer of {questionnaire.name}, {codes.given(unused)},"
        f" in {len(given)} answers, but {np.count_nonzero(given == neighbour)} times the one"
        f" next to it, {codes.given(neighbour)}; the codes of the instrument go from"
        f" {codes.in_words()}.",
        _remedy(questionnaire, others, (unused, unused - neighbour), (end, lowest)),
        column=questionnaire.columns[0],
    )


def _common_answers(questionnaire: AnsweredQuestionnaire) -> NDArray[np.int16]:
    """The answers to items with the usual range; others say nothing about its ends."""
    own = np.array(sorted(questionnaire.instrument.item_ranges), dtype=int) - 1
    return np.asarray(np.delete(questionnaire.responses, own, axis=1))


def _remedy(
    questionnaire: AnsweredQuestionnaire,
    others: Sequence[AnsweredQuestionnaire],
    unused: tuple[int, int],
    end: tuple[str, int],
) -> str:
    """What the answers support: a shift, none, or neither.

    Parameters
    ----------
    questionnaire : AnsweredQuestionnaire
    others : sequence of AnsweredQuestionnaire
    unused : (int, int)
        The unused code as stored, and how far the answers would move.
    end : (str, int)
        Which end it is, and the lowest code of the file if its codes begin elsewhere.
    """
    if questionnaire.declared.lowest_code is not None:
        return (
            "If the file's codes are those of the instrument, remove `lowest_code:` from this"
            " questionnaire in cohort.yaml. If nobody chose that answer, nothing is wrong."
        )
    (code, by), (name, lowest) = unused, end
    codes = questionnaire.instrument.response
    moved = f"`lowest_code: {lowest}`"
    span = f"{lowest} to {lowest + codes.maximum - codes.minimum}"
    speaks = _others_speak(_common_answers(questionnaire), map(_common_answers, others), code, by)
    if speaks == "moved":
        return (
            f"Moved by one, the item means are those of the other occasions: the file's codes seem"
            f" to go from {span}. Compare with the form, and add {moved} to this questionnaire in"
            " cohort.yaml."
        )
    if speaks == "as they are":
        return (
            "The item means are nearer to those of the other occasions as they are than moved by"
            f" one, which speaks against {moved}. Perhaps two answers were stored as one, or nobody"
            " chose this one: compare some answers with the original questionnaires."
        )
    return (
        f"The answers alone do not say why. If the form's codes go from {span}, add {moved} to this"
        f" questionnaire in cohort.yaml. If nobody chose the {name} answer, nothing is wrong. If it"
        " was stored together with the next one, or another form was given, correct the file or"
        " `instrument:`."
    )


def _others_speak(
    answers: NDArray[np.int16], others: Iterator[NDArray[np.int16]], code: int, by: int
) -> str:
    """Whether other occasions show that the codes moved; "" where they do not use the code.

    Examples
    --------
    >>> early = np.array([[0, 1, 2], [0, 0, 1], [1, 2, 3], [0, 1, 2]], dtype=np.int16)
    >>> _others_speak(early + 1, iter([early]), code=0, by=-1)
    'moved'
    >>> _others_speak(np.maximum(early, 1), iter([early]), code=0, by=-1)
    'as they are'
    """
    using = [
        other
        for other in others
        if np.count_nonzero(other == code)
        >= USED_ELSEWHERE * max(int(np.count_nonzero(other != NO_RESPONSE)), 1)
    ]
    if not using:
        return ""
    here, there = _item_means(answers), _item_means(np.concatenate(using))
    known = np.isfinite(here) & np.isfinite(there)
    if not known.any():
        return ""
    as_given, moved = (
        float(np.abs(here[known] + shift - there[known]).mean()) for shift in (0, by)
    )
    if moved <= CLEARLY_NEARER * as_given:
        return "moved"
    return "as they are" if as_given <= CLEARLY_NEARER * moved else ""


def _item_means(answers: NDArray[np.int16]) -> NDArray[np.float64]:
    given = answers != NO_RESPONSE
    n = given.sum(axis=0)
    sums = np.where(given, answers, 0).sum(axis=0)
    return np.divide(sums, n, out=np.full(len(n), np.nan), where=n > 0)
