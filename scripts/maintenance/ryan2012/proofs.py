"""Printed values of Ryan et al. (2012): which are given up and why, and the targets of the others.

The contradictions are found by the checks of the paper (`attune.synthetic.contradictions`). The
texts say what the checks presume about this study.
"""

from dataclasses import dataclass

from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.printed_value import PrintedValue
from attune.paper.verdicts.roundings import as_printed
from attune.stats.intervals import Interval
from attune.synthetic.contradictions import DEPENDENT, Contradiction, contradictions
from attune.synthetic.search import Target
from attune.synthetic.target_intervals import target_intervals

DEGREES_OF_FREEDOM = {"preliminary": 23, "experience": 18}
"""Of the analyses that print two-tailed p values."""
SEED = 2012


@dataclass(frozen=True)
class Proof:
    """A contradiction with its reason.

    Attributes
    ----------
    contradiction : Contradiction
    reason : str
        One sentence.
    formula : str
        How the value follows from the inputs.
    assumptions : tuple of str
        What the proof presumes.
    """

    contradiction: Contradiction
    reason: str
    formula: str
    assumptions: tuple[str, ...]

    @property
    def value(self) -> PrintedValue:
        """The value that is given up."""
        return self.contradiction.value

    @property
    def inputs(self) -> tuple[tuple[PrintedValue, Interval], ...]:
        """Printed values that it follows from; of a sum, the SD of the total comes last."""
        inputs = self.contradiction.inputs
        if self.contradiction.check != "sum_score":
            return inputs
        middle = len(inputs) // 2
        return (*inputs[:middle], *inputs[middle + 1 :], inputs[middle])


def proofs_of(publication: Publication) -> list[Proof]:
    """The values that no data can meet together with those that they follow from."""
    return [proof_of(contradiction) for contradiction in contradictions(publication)]


def cohort_targets(publication: Publication) -> dict[str, Target]:
    """One interval per statistic, from all values that can be met."""
    given_up = {contradiction.value.id for contradiction in contradictions(publication)}
    return target_intervals(publication, given_up, DEGREES_OF_FREEDOM)


def proof_of(contradiction: Contradiction) -> Proof:
    """The proof that goes with a contradiction.

    Raises
    ------
    KeyError
        No text is written for the findings of this check.
    """
    return Proof(contradiction, *TEXTS[contradiction.check](contradiction))


Texts = tuple[str, str, tuple[str, ...]]


def _mean_of_total(_: Contradiction) -> Texts:
    return (
        "The total is the sum of the four subscales, and its mean the sum of their means.",
        "M(total) = M(observe) + M(describe) + M(act) + M(accept)",
        (
            "The five means are over the same therapists, each with all 39 items.",
            "A mean printed without decimals is rounded to an integer.",
        ),
    )


def _percentage(contradiction: Contradiction) -> Texts:
    (count, _), (base, _) = contradiction.inputs
    value, n = contradiction.value, base.reading.digits
    share = as_printed(float(contradiction.possible.low), value.printed)
    return (
        f"{count.reading.digits} of {n} is {share} %, not {value.printed}.",
        f"100 * n / {n}",
        (f"The percentages of Table I have all {n} patients as their base.",),
    )


def _p_of_t(contradiction: Contradiction) -> Texts:
    (t, _), (df, _) = contradiction.inputs
    return (
        f"It follows from t = {t.printed} with {df.printed} degrees of freedom.",
        "p = 2 * P(T > |t|), which falls as |t| grows",
        ("p is two-tailed, from Student's t distribution with the printed df.",),
    )


def _correlation_with_total(_: Contradiction) -> Texts:
    return (
        "The total is the sum of the four subscales, and its r follows from theirs and the"
        " standard deviations.",
        "r(total, y) = sum of r(part, y) * SD(part) over the four subscales, / SD(total)",
        (
            "The five coefficients of y are over the same dyads.",
            "The standard deviations are those of the same therapists; replacing the scores of"
            " a therapist without KIMS by the series means shrinks all five by the same factor,"
            " which cancels.",
            "A standard deviation printed without decimals is rounded to an integer.",
        ),
    )


def _p_of_correlation(contradiction: Contradiction) -> Texts:
    value, test = contradiction.value, contradiction.test
    coefficient, _ = contradiction.inputs[0]
    n = test.stated_size if test else coefficient.n
    tail = f"one-tailed, predicted {value.direction}" if value.tail == "one" else "two-tailed"
    source = "that the four subscales allow" if test else "printed"
    return (
        f"p follows from the coefficient {source}, over {n} dyads.",
        f"p of t = r * sqrt(n - 2) / sqrt(1 - r**2) with n = {n}, {tail}",
        (f"The coefficient is the one {source}, over {n} dyads.",),
    )


TEXTS = {
    "parts_of_whole": _mean_of_total,
    "percentage": _percentage,
    "p_from_t": _p_of_t,
    "p_from_r": _p_of_correlation,
    "stars": _p_of_correlation,
    "sum_score": _correlation_with_total,
    DEPENDENT: _p_of_correlation,
}
"""Check -> reason, formula and assumptions of its contradictions."""
