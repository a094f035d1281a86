"""Topics that a report of a quantitative study should cover, with the evidence for each.

The topics follow the APA's Journal Article Reporting Standards for quantitative research in this
project's own words. Source: Appelbaum, Cooper, Kline, Mayo-Wilson, Nezu, & Rao (2018), American
Psychologist, 73(1), 3-25, doi 10.1037/amp0000191.

A document covers a topic where it marks a text for it (`[...]{.reported data-topic="..."}`), or
where it prints numbers of certain ids or keys. Nothing else counts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from attune.analyses.kinds import KINDS
from attune.analyses.registry import ANALYSES
from attune.store.statistic_kinds import StatisticKind

Document = Literal["manuscript", "supplement", "any"]


@dataclass(frozen=True)
class Topic:
    """One topic.

    Attributes
    ----------
    id : str
        The `data-topic` of a text about it.
    section : str
        Part of the report that it belongs to.
    words : str
        What is to be reported.
    ids : str
        Pattern of the ids of statistics that report it; `{variables}` and `{measures}` stand for
        those of the study. Empty: only a marked text counts.
    keys : str
        Pattern of the keys of choices or of scoring keys that report it.
    part : str
        Part of the statistic that has to be printed.
    document : {"manuscript", "supplement", "any"}
        Document that has to report it.
    within : str
        Heading of the section that has to print the numbers; empty: any section.
    needs : str
        What the study must have for the topic to apply: a key of `NEEDS`.
    shows : bool
        Whether the number is repeated in the checklist.
    texts : tuple of str
        Further `data-topic`s whose texts report it.
    """

    id: str
    section: str
    words: str
    ids: str = ""
    keys: str = ""
    part: str = ""
    document: Document = "any"
    within: str = ""
    needs: str = ""
    shows: bool = False
    texts: tuple[str, ...] = ()


NEEDS = {
    "conditions": "the sample has no conditions",
    "items": "the scores came without the answers to their items",
    "instruments": "no measure is a questionnaire",
    "analyses": "the plan has no tests",
} | {
    f"plan.{analysis.name}": analysis.not_asked_for
    for analysis in ANALYSES
    if analysis.not_asked_for
}
"""What a topic needs -> why it does not apply without; `plan.<name>`: that the study asks for an
analysis."""

_FRONT = "Title and abstract"
_AIMS = "Introduction"
_PEOPLE = "Participants and procedure"
_MEASURES = "Measures"
_DATA = "Data and missing values"
_ANALYSIS = "Analysis"
_RESULTS = "Results"
_DISCUSSION = "Discussion"
_OPEN = "Openness"


def _ids_of(kinds: Iterable[StatisticKind]) -> str:
    """Pattern of the ids of statistics of these kinds."""
    names = dict.fromkeys(kind.statistic for kind in kinds)
    return rf".+\.({'|'.join(map(re.escape, names))})"


_TESTS = _ids_of(kind for kind in KINDS if kind.test == "planned")
"""Tests that a study declares."""

_EFFECTS = _ids_of(kind for kind in KINDS if kind.print_format.sizes and kind.test != "additional")
"""Effect sizes, except those that only further tests report."""

TOPICS = (
    Topic("title", _FRONT, "A title"),
    Topic("abstract-question", _FRONT, "Abstract: the question"),
    Topic("abstract-participants", _FRONT, "Abstract: who took part, and how many",
          r"sample\.all\.n", document="manuscript", within="abstract", shows=True),
    Topic("abstract-results", _FRONT, "Abstract: the main results with their size",
          _EFFECTS, document="manuscript", within="abstract", needs="analyses"),
    Topic("abstract-conclusions", _FRONT, "Abstract: what follows from the results"),
    Topic("problem", _AIMS, "The problem, and why it matters"),
    Topic("hypotheses", _AIMS, "What is expected or asked, analysis by analysis",
          needs="analyses"),
    Topic("exploratory", _AIMS, "Which analyses are primary, secondary, or exploratory"),
    Topic("eligibility", _PEOPLE, "Who could take part and who could not"),
    Topic("recruitment", _PEOPLE, "How participants were found and chosen"),
    Topic("setting", _PEOPLE, "Where and when the data were collected"),
    Topic("consent", _PEOPLE, "Ethics approval, consent, and payment"),
    Topic("characteristics", _PEOPLE, "Characteristics of the participants",
          r"sample\.({variables})\..+"),
    Topic("flow", _PEOPLE, "How many were asked, took part, and were excluded"),
    Topic("sample-size", _PEOPLE, "Size of the sample", r"sample\.all\.n",
          document="manuscript", shows=True),
    Topic("intended-size", _PEOPLE, "The size that was aimed at, and its reason"),
    Topic("sensitivity", _PEOPLE, "What a sample of this size could detect",
          r".+\.minimum_detectable_r", needs="plan.correlations", shows=True),
    Topic("conditions", _PEOPLE, "What each condition consisted of", needs="conditions"),
    Topic("assignment", _PEOPLE, "How participants came to their condition, and who knew it",
          needs="conditions"),
    Topic("instruments", _MEASURES, "Every questionnaire, its length, and its source",
          keys=r".+\.n_items", document="manuscript", needs="instruments"),
    Topic("responses", _MEASURES, "Lowest and highest answer",
          keys=r".+\.response\..+", document="manuscript", needs="instruments"),
    Topic("raters", _MEASURES, "Who answered, and when", needs="instruments"),
    Topic("scoring", _MEASURES, "The scoring key of each questionnaire, with its version",
          keys=r".+\.version", document="manuscript", needs="instruments"),
    Topic("reliability", _MEASURES, "Reliability in this sample",
          r"reliability\..+\.(alpha|omega)", needs="items", shows=True),
    Topic("validity", _MEASURES, "Evidence that the measures are valid for this use",
          needs="instruments"),
    Topic("invariance", _MEASURES,
          "Whether scores can be compared over time, raters, or conditions",
          r".+\.difference_chi_square", needs="plan.invariance"),
    Topic("collection", _MEASURES, "How the data were collected, and by whom"),
    Topic("data-checks", _DATA, "What the checks of the raw data found",
          r"violations\..+\.count"),
    Topic("missing-amount", _DATA, "How much is missing",
          r"(missingness|retention|scores)\..+", document="manuscript"),
    Topic("missing-items", _DATA, "What became of unanswered items", needs="items"),
    Topic("missing-scores", _DATA, "What became of missing scores", needs="analyses"),
    Topic("missing-causes", _DATA, "Why data are missing, and whether that may bias results"),
    Topic("attrition", _DATA, "Who was lost between the occasions",
          r"(retention|gains)\..+\.n", needs="plan.gains"),
    Topic("outliers", _DATA, "What was done about outliers and violated assumptions"),
    Topic("tests", _ANALYSIS, "The tests, and how many tails each has", needs="analyses"),
    Topic("level", _ANALYSIS, "The level of significance",
          keys=r"build_tables\.level", document="manuscript", needs="analyses", shows=True),
    Topic("multiplicity", _ANALYSIS, "Adjustment for the number of tests",
          r".+\.(p_holm|p_bh)", needs="plan.correlations"),
    Topic("growth-levels", _ANALYSIS, "Growth models: how many occasions, patients, and therapists",
          r".+\.(n_sessions|n_patients|n_therapists)", needs="plan.growth", shows=True),
    Topic("structural-size", _ANALYSIS,
          "Structural equation models: how many patients and therapists",
          r".+\.(model_rows|model_clusters)", needs="plan.structural_models", shows=True),
    Topic("growth-variance", _RESULTS, "Growth models: variance of each level",
          r".+\.(random_sd|icc)", needs="plan.growth"),
    Topic("growth-comparison", _RESULTS, "Growth models: comparison with smaller models",
          r".+\.likelihood_ratio", needs="plan.growth"),
    Topic("growth-dropout", _RESULTS, "Growth models: other assumptions about dropout",
          r".+\.(pattern_mixture|conditional_linear)", needs="plan.growth"),
    Topic("structural-fit", _RESULTS,
          "Structural equation models: fit, and covariances from which they can be fitted again",
          r".+\.(model_chi_square|sample_covariance)", needs="plan.structural_models"),
    Topic("software", _ANALYSIS, "Software with its versions"),
    Topic("descriptives", _RESULTS, "Means and standard deviations",
          r"sample\.({measures})\.(mean|sd)", needs="instruments"),
    Topic("exact-tests", _RESULTS, "Test statistic, degrees of freedom, and exact *p*",
          _TESTS, document="manuscript", within="results", needs="analyses", shows=True),
    Topic("effect-sizes", _RESULTS, "Effect sizes", _EFFECTS, document="manuscript",
          within="results", needs="analyses"),
    Topic("intervals", _RESULTS, "Confidence intervals", _EFFECTS, part="interval",
          document="manuscript", within="results", needs="analyses", shows=True),
    Topic("interpretation", _DISCUSSION, "What the results say about the expectations"),
    Topic("limits", _DISCUSSION, "Limits of the study"),
    Topic("generality", _DISCUSSION, "To whom and what the results may be generalised"),
    Topic("registration", _OPEN, "Registration of the study and its plan"),
    Topic("data", _OPEN, "Where the data are, and under which licence"),
    Topic("code", _OPEN, "Where materials and code are"),
    Topic("interests", _OPEN, "Funding and conflicts of interest"),
)  # fmt: skip
"""All topics, in the order of a report."""
