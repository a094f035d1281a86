"""Template context: labels, titles and ids from the study and cohort files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attune.analyses.registry import analysis_modules, in_order
from attune.documents.instrument_facts import Questionnaires, Scale, questionnaires
from attune.printing.text import Text, choice, literal, one_line, with_commands, with_symbols
from attune.printing.wording import in_sentence, with_article
from attune.specs.cohort import Cohort
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.store.datasets import dataset_words


@dataclass(frozen=True)
class Exclusions:
    """One entry of `exclude` in the cohort file."""

    prefix: str
    """Beginning of the ids of its counts."""
    reason: Text
    of_people: bool
    """Whether it names people; otherwise rows of a file."""


@dataclass(frozen=True)
class GivenValue:
    """A measure that came as a number of the sample sheet, such as a score without its items."""

    label: Text
    """That of the cohort file, where it holds that of the plan, as it says more."""
    description: Text
    """The label in the cohort file, where that is another one."""
    lowest: str
    """The lowest and highest value that the cohort file allows, each with its key; or empty."""
    highest: str
    unit: Text
    scale: str
    """What the cohort file says of its scale in place of the range, with its key; or empty."""
    meaning: Text
    """What a higher value means; empty where the plan does not say so."""


@dataclass(frozen=True)
class Facts:
    """Template context that is known before a number is computed."""

    title: Text
    authors: list[Text]
    cohort: Text
    case: str
    """What a row of the sample sheet is called: dyad, or patient without a therapist."""
    cases: str
    """What the rows of the sample sheet are called: dyads, or patients without a therapist."""
    source: Text
    licence: Text
    exclusions: list[Exclusions]
    """What the cohort file excludes, in its order."""
    synthetic: bool
    notice: Text
    imputation: str
    plan_written: str
    """before_data, after_data or after_publication."""
    publication: Text
    """Id of the paper whose printed numbers are compared; empty where there is none."""
    conclusions_compared: tuple[int, int]
    """How many conclusions of its abstract are compared with the data, of how many."""
    labels: dict[str, Text]
    """Of measures and outcomes, as they read in a sentence."""
    meanings: dict[str, Text] = field(default_factory=dict)
    """What a higher value of a measure or an outcome means, where its scoring key says so."""
    instruments: dict[str, Questionnaires] = field(default_factory=dict)
    given_values: list[GivenValue] = field(default_factory=list)
    """Measures of the analyses that came as numbers of the sample sheet."""
    analyses: dict[str, Any] = field(default_factory=dict)
    """Plan facts for templates, by analysis in the order of documents;
    see `facts` in `attune.analyses.<name>.facts`."""
    datasets: dict[str, Text] = field(default_factory=dict)
    """The data sets that analyses may use, as they read in a sentence."""
    replaced: list[Text] = field(default_factory=list)
    """Titles of the declared analyses that use replaced scores."""
    observed: list[Text] = field(default_factory=list)
    """Titles of the declared analyses that use scores as observed."""

    @property
    def has_items(self) -> bool:
        """Whether some measures are computed from answers to items."""
        return any(instrument.has_items for instrument in self.instruments.values())

    @property
    def scores(self) -> dict[str, Scale]:
        """Measures that are scores of a questionnaire, by id."""
        return {
            scale.measure: scale
            for questionnaire in self.instruments.values()
            for scale in questionnaire.scales
        }

    def declared(self) -> dict[str, Any]:
        """The declared analyses by id, as their analysis describes them."""
        sections = [facts for facts in self.analyses.values() if isinstance(facts, dict)]
        return {name: entry for section in sections for name, entry in section.items()}


def document_facts(
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
    written: Callable[[str], Text] = lambda text: with_symbols(one_line(text)),
    conclusions_compared: tuple[int, int] = (1, 1),
) -> Facts:
    """Labels, titles, reasons and ids for templates; what files hold is printed as it was typed.

    Parameters
    ----------
    study, cohort : Study, Cohort
    instruments : mapping of id to Instrument
        Those that the study's measures use.
    written : callable, optional
        Makes text of the reasons that the study gives, with their placeholders filled.
    conclusions_compared : tuple of int, optional
        How many conclusions of the publication's abstract are compared with the data, of how many.
    """
    labels = _labels_of_measures(study, instruments)
    labels |= {
        name: "the residual gain in " + with_article(literal(outcome.label))
        for name, outcome in study.outcomes.items()
    }
    return Facts(
        title=literal(study.title),
        authors=[literal(author) for author in study.authors],
        cohort=literal(cohort.title),
        case=cohort.case,
        cases=f"{cohort.case}s",
        source=with_commands(cohort.source),
        licence=literal(cohort.licence),
        exclusions=[
            Exclusions(f"exclusions.{number}", literal(entry.reason), bool(entry.people))
            for number, entry in enumerate(cohort.exclude, start=1)
        ],
        synthetic=cohort.synthetic,
        notice=literal(cohort.synthetic_notice),
        imputation=study.imputation.method,
        plan_written=study.plan_written,
        publication=literal(cohort.publication or ""),
        conclusions_compared=conclusions_compared,
        labels=labels,
        meanings=_meanings(study, instruments),
        instruments={
            name: questionnaires(instrument, study, cohort)
            for name, instrument in instruments.items()
            if any(measure.instrument == name for measure in study.measures.values())
        },
        given_values=_given_values(study, cohort),
        analyses={
            module.__name__.split(".")[-2]: module.facts(study, cohort, labels, written)
            for module in in_order(analysis_modules("facts"))
        },
        datasets={name: literal(f"the {dataset_words(name)}") for name in study.datasets}
        | {
            "available": literal("scores as observed"),
            "imputed": literal("scores after the replacement of missing ones"),
        },
        replaced=_titles(study, replaced=True),
        observed=_titles(study, replaced=False),
    )


def _labels_of_measures(study: Study, instruments: Mapping[str, Instrument]) -> dict[str, Text]:
    """Labels as they read in a sentence; scales with titles of one word are named as such.

    Where another scale of the questionnaire has a title ("Act with Awareness"), a title of one word
    ("Describe") is none without its questionnaire: "KIMS Describe". So is a bare "Total".
    """
    titled = {
        measure.instrument
        for measure in study.measures.values()
        if " " in measure.label
        and measure.label[1:2].islower()
        and in_sentence(measure.label) == measure.label
    }
    labels = {}
    for name, measure in study.measures.items():
        label, instrument = measure.label, instruments.get(measure.instrument or "")
        is_total = label.lower() == "total"
        is_title = measure.instrument in titled and label.isalpha() and label[1:].islower()
        if instrument and (is_total or is_title):
            label = f"{instrument.abbreviation} {label.lower() if is_total else label}"
        labels[name] = literal(label)
    return labels


def _given_values(study: Study, cohort: Cohort) -> list[GivenValue]:
    analysed = study.analysed_measures()
    found = []
    for name, measure in study.measures.items():
        variable = cohort.sample.variables.get(measure.variable or "")
        if variable is None or name not in analysed:
            continue
        key = f"cohort.sample.variables.{measure.variable}"
        lowest, highest = (
            "" if value is None else str(choice(format(value, "g"), f"{key}.{end}"))
            for end, value in (("minimum", variable.minimum), ("maximum", variable.maximum))
        )
        fuller = measure.label.casefold() in variable.label.casefold()
        found.append(
            GivenValue(
                label=literal(variable.label if fuller else measure.label),
                description=literal("" if fuller else variable.label),
                lowest=lowest if highest and not variable.description else "",
                highest=highest if lowest and not variable.description else "",
                scale=str(choice(variable.description, f"{key}.description"))
                if variable.description
                else "",
                unit=literal(variable.unit),
                meaning=literal(measure.higher_means),
            )
        )
    return found


def _meanings(study: Study, instruments: Mapping[str, Instrument]) -> dict[str, Text]:
    """What higher values mean; an outcome is in points of its posttest."""
    found = {}
    for name, measure in study.measures.items():
        instrument = instruments.get(measure.instrument or "")
        scale = instrument.scales.get(measure.scale or "") if instrument else None
        if scale is not None and scale.higher_means:
            found[name] = literal(scale.higher_means)
        elif measure.higher_means:
            found[name] = literal(measure.higher_means)
    outcomes = {name: outcome.posttest for name, outcome in study.outcomes.items()}
    return found | {name: found[post] for name, post in outcomes.items() if post in found}


def _titles(study: Study, *, replaced: bool) -> list[Text]:
    """Titles of the declared analyses whose missing scores are replaced, or those of the others."""
    return [
        literal(entry.title)
        for entry in study.analyses().values()
        if bool(study.imputation_of(entry.dataset)) == replaced
    ]


CITATIONS = {"pingouin": "@vallat2018", "scipy": "@virtanen2020"}
"""Package -> the paper that it asks to be cited by, as a key of references.bib."""


def citations_of(software: Sequence[str]) -> list[str]:
    """Citations of the packages that computed a statistic.

    Examples
    --------
    >>> citations_of(["attune 0.1.0", "scipy 1.17.1"])
    ['@virtanen2020']
    """
    used = [entry.partition(" ")[0] for entry in software]
    return [CITATIONS[name] for name in used if name in CITATIONS]


CONFIRMED = {
    "pearson_r": "correlations",
    "t": "*t* tests",
    "f": "*F* tests",
    "alpha": "values of Cronbach's alpha",
}
"""Kind of statistic -> how the documents name what was recomputed; others go with these."""


def confirmed_words(confirmation: Mapping[str, Any]) -> list[str]:
    """What a second package recomputed and confirmed, for the method section.

    Parameters
    ----------
    confirmation : mapping
        Content of `confirmation.json`; may be empty.

    Examples
    --------
    >>> confirmed_words({"confirmed": {"pearson_r": 4, "spearman_rho": 4, "t": 1}})
    ['correlations', '*t* tests']
    """
    counts = confirmation.get("confirmed", {})
    return [words for kind, words in CONFIRMED.items() if counts.get(kind)]


def smallest_cell_shown(cohort: Cohort, settings: Mapping[str, Any]) -> str:
    """The smallest count of people that documents show, with its key; empty where all are shown."""
    if cohort.smallest_cell is not None:
        count, key = cohort.smallest_cell.count, "cohort.smallest_cell"
    else:
        count, key = settings["build_tables"].get("smallest_cell", 0), "build_tables.smallest_cell"
    return str(choice(str(count), key)) if count else ""
