"""Tables and figures of a synthesis: which it has follows from what it holds."""

from dataclasses import dataclass, field

from attune.printing.wording import listing
from attune.specs.synthesis import Crosswalk, Synthesis
from attune.synthesis.evidence import Evidence, is_twin, n_studies
from attune.synthesis.facets import compared_facets, only_cohort
from attune.synthesis.pooling import is_nested
from attune.synthesis.sensitivity import can_assume_rhos, can_be_varied

DOCUMENT = "synthesis"


@dataclass(frozen=True)
class SynthesisTable:
    """A table as the document places it."""

    kind: str
    title: str
    document: str = DOCUMENT
    analyses: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SynthesisFigure:
    """A figure as the document places it."""

    kind: str
    title: str
    alt: str
    document: str = "synthesis"
    analyses: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FigureRemark:
    """How figures of a kind are read, as Markdown."""

    remark: str
    interval: str = ""


DIRECTIONS_DRAWN = (
    " Arrows are studies of which only the direction is known: to the right for a positive, to the"
    " left for a negative relation; a ring stands for none. Where no direction or a"
    " mixed one is stated, nothing is drawn."
)
"""How a forest plot shows studies without a number."""

SHARES_DRAWN = (
    " partial correlations with all other facets held constant, lines their intervals. Middle: the"
    " share of the explained variance that falls to a facet. Right: numbers of studies that enter"
    " with correlations of a facet, by questionnaire; a study of which only the direction or a"
    " total score is known is not among them. A cross marks a facet of which a questionnaire has no"
    " scale."
)
"""How the figure of facets goes on behind its correlations."""

FIGURE_KINDS = {
    "forest": FigureRemark(
        "Squares are effects of single studies, their area in proportion to the weight, lines"
        " their intervals. The diamond is the pooled effect with its interval, the bar below it"
        f" the prediction interval.{DIRECTIONS_DRAWN} Studies without a number are not pooled."
    ),
    "forest_of_one": FigureRemark(
        "The square is the effect of the only study with a number, the line its interval; nothing"
        f" is pooled.{DIRECTIONS_DRAWN}"
    ),
    "forest_of_effects": FigureRemark(
        "Squares are effects of the only study with numbers, lines their intervals; nothing is"
        f" pooled.{DIRECTIONS_DRAWN}"
    ),
    "forest_of_directions": FigureRemark(
        f"No study has a number, so that nothing is pooled.{DIRECTIONS_DRAWN}"
    ),
    "reported": FigureRemark(
        "Points are values as the text that was read prints them, differences as the correlation"
        " that they amount to; lines are printed intervals, where there are any. The values share"
        " studies and are not pooled. An effect without a single number is a ring where that text"
        " calls it not significant, and an arrow where it gives its direction."
    ),
    "funnel": FigureRemark(
        "Points are studies; the dashed lines hold {interval} of them where there is no variance"
        " between studies and no study is missing. Small studies can differ for other reasons than"
        " selection, and few points show no shape.",
        interval="model.interval",
    ),
    "flow": FigureRemark("Flow diagram after PRISMA 2020, from the declared counts."),
    "facets": FigureRemark(
        "A filled cell: the questionnaire has a scale of this facet, named in the cell. The"
        " assignment is declared by its authors from the names and descriptions of the scales; it"
        " equates no scores."
    ),
    "importance": FigureRemark(
        "Left: filled points are pooled correlations of a facet with the outcome, open diamonds"
        f"{SHARES_DRAWN}"
    ),
    "importance_of_one": FigureRemark(
        "Left: filled points are the correlations of a facet with the outcome in the only study,"
        f" open diamonds{SHARES_DRAWN}"
    ),
}
"""Kind of figure -> how it is read."""

TWIN = "_with_twin"
"""Ending of the kinds of forest plots with a synthetic twin of a published study."""

TWIN_DRAWN = (
    " A published study whose number is that of its synthetic twin has an arrow of its own, for the"
    " direction that is counted."
)

FIGURE_KINDS |= {
    f"{kind}{TWIN}": FigureRemark(f"{figure.remark}{TWIN_DRAWN}", figure.interval)
    for kind, figure in FIGURE_KINDS.items()
    if kind.startswith("forest")
}


def declared_tables(
    synthesis: Synthesis, evidence: Evidence, crosswalk: Crosswalk | None = None
) -> dict[str, SynthesisTable]:
    """The tables of a synthesis by name, in the order of print."""
    tables = {}
    if evidence.reported:
        tables["reported"] = SynthesisTable(
            "reported", "What Meta-Analyses and Reviews Print, Side by Side"
        )
    if evidence.studies:
        pooled, words = evidence.pooled, ["Direction"]
        words += ["Effect"] if pooled else []
        words += ["Weight"] if n_studies(pooled) > 1 and not is_nested(pooled) else []
        tables["studies"] = SynthesisTable("studies", f"Single Studies: {listing(words)}")
        tables["votes"] = SynthesisTable("votes", "Directions of the Single Studies, Counted")
    if evidence.pooled:
        tables["pooled"] = SynthesisTable("pooled", _title_of_pooled(evidence))
    if n_studies(evidence.pooled) > 1:
        tables["heterogeneity"] = SynthesisTable("heterogeneity", "Differences Between Studies")
    if can_assume_rhos(evidence.pooled):
        tables["rho"] = SynthesisTable(
            "rho", "Pooled Effect by Assumed Correlation of Sampling Errors"
        )
    varied = can_be_varied(evidence.pooled)
    choices = ["by Other Estimators", "Without Each Study"] if varied else []
    choices += ["of Subsets"] if evidence.pooled and synthesis.subsets else []
    choices += ["Corrected for Unreliability"] if evidence.pooled and synthesis.reliability else []
    if choices:
        tables["sensitivity"] = SynthesisTable("sensitivity", f"Pooled Effect {listing(choices)}")
    if varied:
        tables["influence"] = SynthesisTable("influence", "Influence of Single Studies")
    if synthesis.facets is not None and crosswalk is not None:
        tables["facets"] = SynthesisTable("facets", "Facets: Correlations With the Outcome")
        compared = compared_facets(synthesis.facets, crosswalk, evidence.facets)
        if len(compared.facets) > 1:
            tables["importance"] = SynthesisTable("importance", "Importance of the Facets")
            tables["pairs"] = SynthesisTable("pairs", "Pairs of Facets Compared")
        if only_cohort(synthesis, compared) is not None:
            tables["resampled"] = SynthesisTable(
                "resampled", "Relative Weights in the Rows of the Only Cohort"
            )
    if synthesis.one_stage is not None:
        tables["one_stage"] = SynthesisTable(
            "one_stage", "Slopes of the Cohorts, Pooled in Two Stages and in One"
        )
    return tables


def _title_of_pooled(evidence: Evidence) -> str:
    """Title of the table of the pooled effect; one study is not pooled."""
    if n_studies(evidence.pooled) > 1:
        return "Pooled Effect"
    several = len(evidence.pooled) > 1
    return f"{'Effects' if several else 'Effect'} of the Only Study With a Number"


def _kind_of_forest(evidence: Evidence) -> str:
    if n_studies(evidence.pooled) > 1:
        return "forest"
    effects = len(evidence.pooled)
    return {0: "forest_of_directions", 1: "forest_of_one"}.get(effects, "forest_of_effects")


def _importance(
    synthesis: Synthesis, evidence: Evidence, crosswalk: Crosswalk
) -> SynthesisFigure | None:
    """The figure of facets, in the words for one study or for several."""
    if synthesis.facets is None:
        return None
    studies = compared_facets(synthesis.facets, crosswalk, evidence.facets).studies
    one = len(studies) == 1
    return SynthesisFigure(
        "importance_of_one" if one else "importance",
        "How Facets Relate to the Outcome, and in How Many Studies",
        f"One row per facet: its {'own' if one else 'pooled'} and partial correlation with their"
        " intervals, its share of the explained variance, and the number of studies with its"
        " correlations by questionnaire.",
    )


def declared_figures(
    synthesis: Synthesis, evidence: Evidence, crosswalk: Crosswalk | None = None
) -> dict[str, SynthesisFigure]:
    """The figures of a synthesis by name, in the order of print."""
    found = {}
    if len(evidence.reported) > 1:
        found["reported"] = SynthesisFigure(
            "reported",
            "Printed Values of Meta-Analyses and Reviews",
            "One row per printed value with its point and interval, grouped by source.",
        )
    if evidence.studies:
        kind = _kind_of_forest(evidence)
        twin = any(is_twin(study, synthesis) for study in evidence.studies)
        found["forest"] = SynthesisFigure(
            f"{kind}{TWIN}" if twin else kind,
            "Forest Plot of the Single Studies",
            "One row per study: a square with its interval where there is a number, an arrow where"
            " only the direction is known"
            f"{'; below, the pooled effect as a diamond' if kind == 'forest' else ''}.",
        )
    if can_be_varied(evidence.pooled):
        found["funnel"] = SynthesisFigure(
            "funnel",
            "Funnel Plot of the Pooled Studies",
            "Effects of the studies across, their standard errors downwards, with a funnel around"
            " the pooled effect.",
        )
    if synthesis.flow is not None:
        found["flow"] = SynthesisFigure(
            "flow",
            "Flow of Records and Reports",
            "Boxes from identification to inclusion with the declared counts.",
        )
    if crosswalk is not None:
        found["facets"] = SynthesisFigure(
            "facets", crosswalk.title, "One row per questionnaire, one column per facet."
        )
        importance = _importance(synthesis, evidence, crosswalk)
        found |= {"importance": importance} if importance else {}
    return found
