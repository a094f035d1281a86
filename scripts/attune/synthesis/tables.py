"""Tables of a synthesis. Which of them a synthesis has follows from what it holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from attune.documents.tables import PlacedTable, finished_table
from attune.printing.context import Body
from attune.printing.printed_table import LABEL, PrintedTable, Row
from attune.printing.store import EMPTY, StatisticsStore
from attune.printing.text import Text, italic
from attune.printing.wording import in_sentence, listing
from attune.specs.errors import ManuscriptError
from attune.specs.synthesis import Crosswalk, Synthesis
from attune.synthesis.declared_choices import subset_name
from attune.synthesis.estimate import DIRECTIONS
from attune.synthesis.evidence import SYNTHETIC, Evidence, StudyEffect, is_twin, n_studies
from attune.synthesis.facet_tables import (
    facets_table,
    importance_table,
    pairs_table,
    resampled_table,
)
from attune.synthesis.facets import Compared, compared_facets
from attune.synthesis.influence import influence_table
from attune.synthesis.kinds import KINDS
from attune.synthesis.one_stage import one_stage_table
from attune.synthesis.parts import declared_tables
from attune.synthesis.pooling import ALL, FEW_DF, TESTS, TOO_ALIKE, group_name, is_nested
from attune.synthesis.sensitivity import ASSUMPTIONS, can_be_varied, small_study_methods
from attune.synthesis.wording import (
    DIRECTION_WORDS,
    SCALES,
    SYMBOLS,
    capitalised,
    in_words,
    level_label,
    notice_of,
    prose,
)


@dataclass(frozen=True)
class TableContext:
    """What a table of a synthesis may print.

    Attributes
    ----------
    synthesis : Synthesis
    evidence : Evidence
    store : StatisticsStore
    crosswalk : Crosswalk or None
    """

    synthesis: Synthesis
    evidence: Evidence
    store: StatisticsStore
    crosswalk: Crosswalk | None = None

    @property
    def metric(self) -> str:
        """Symbol of the metric, as Markdown."""
        return SYMBOLS[self.synthesis.metric]


def synthesis_tables(
    synthesis: Synthesis,
    evidence: Evidence,
    statistics: pd.DataFrame,
    printed: pd.DataFrame,
    crosswalk: Crosswalk | None = None,
) -> dict[str, PrintedTable]:
    """Every table of a synthesis.

    Parameters
    ----------
    synthesis : Synthesis
    evidence : Evidence
    statistics, printed : pandas.DataFrame
        Contracts `STATISTICS` and `PRINTED`.
    crosswalk : Crosswalk, optional

    Raises
    ------
    ManuscriptError
        A table asks for statistics that do not exist.
    """
    store = StatisticsStore(statistics, printed, KINDS, {})
    context = TableContext(synthesis, evidence, store, crosswalk)
    tables = {}
    for name, declared in declared_tables(synthesis, evidence, crosswalk).items():
        tables[name] = finished_table(
            PlacedTable(name, declared.document, declared.title),
            BUILDERS[declared.kind](context),
            store,
            notice=notice_of(synthesis),
        )
    unknown = [store.not_found(identifier) for identifier in store.pop_unknown()]
    if unknown:
        raise ManuscriptError(
            f"The tables of synthesis {synthesis.synthesis} cannot be built.", unknown
        )
    return tables


def _studies(context: TableContext) -> Body:
    """One row per study: what was measured, direction, n, effect with interval, weight."""
    metric, store = context.synthesis.metric, context.store
    headings = {
        LABEL: "Study",
        "measured": "Predictor measured by",
        "direction": "Direction",
        "n": "*n*",
    }
    if not any(study.known for study in context.evidence.studies):
        del headings["measured"]
    if context.evidence.pooled:
        headings |= {"effect": context.metric, "interval": "{level} CI", "weight": "Weight, %"}
    if n_studies(context.evidence.pooled) == 1 or is_nested(context.evidence.pooled):
        del headings["weight"]
    judged = {
        name: heading
        for name, heading in (("risk_of_bias", "Risk of bias"), ("certainty", "Certainty"))
        if any(getattr(study, name) for study in context.evidence.studies)
    }
    headings |= judged
    body = Body(headings, [])
    for study in _by_group(context):
        prefix = f"studies.{study.key}"
        cells = {
            "measured": prose(study.known) if study.known else EMPTY,
            "direction": prose(_direction(study, context)),
            "n": store.cell_if_known(f"{prefix}.people"),
        }
        if study.pooled:
            cells |= {
                "effect": store.cell(f"{prefix}.{metric}"),
                "interval": store.cell(f"{prefix}.{metric}", "interval"),
                "weight": store.cell_if_known(f"{prefix}.weight"),
            }
        elif context.evidence.pooled:
            cells |= dict.fromkeys(("effect", "interval", "weight"), EMPTY)
        for name in judged:
            words = getattr(study, name)
            cells[name] = prose(words) if words else EMPTY
        body.rows.append(Row(prose(study.label), _group_of(study.features, context), cells))
    replaced = any(is_twin(study, context.synthesis) for study in context.evidence.studies)
    synthetic = "; of a published study, the number is that of its synthetic twin"
    synthetic = synthetic if replaced else ""
    body.remarks.append(
        f"For: {_text(context.synthesis.meaning_of('positive'))}; against:"
        f" {_text(context.synthesis.meaning_of('negative'))}."
        f" The direction is what {_read_in(context)} states, or else the sign of the"
        f" number{synthetic}. A dash stands for what {_read_in(context)} does not say."
    )
    if "mixed" in context.evidence.directions.values():
        body.remarks.append("Mixed: a relation with some outcomes and not with others.")
    body.remarks += _judgements(context.evidence)
    if context.evidence.counted:
        body.remarks.append("Studies without an effect are counted by direction, never pooled.")
    return body


def _judgements(evidence: Evidence) -> list[str]:
    """By which tools risk of bias and certainty were judged."""
    tools = list(dict.fromkeys(one.risk_tool for one in evidence.studies if one.risk_tool))
    found = [f"Risk of bias: overall judgement by {_text(listing(tools))}."] if tools else []
    if any(study.certainty for study in evidence.studies):
        found.append(BY_GRADE)
    return found


BY_GRADE = "Certainty: that of the evidence, by GRADE."


def _read_in(context: TableContext) -> str:
    """Where effects were read: what a text leaves out, the paper that it is about may well say."""
    return "the text that was read" if context.synthesis.literature else "the source"


def _direction(study: StudyEffect, context: TableContext) -> str:
    words = DIRECTION_WORDS[study.direction]
    return f"{words} (published study)" if is_twin(study, context.synthesis) else words


def _by_group(context: TableContext) -> list[StudyEffect]:
    """Studies of one level of the first moderator after the other; those with a number first."""
    studies = sorted(context.evidence.studies, key=lambda study: not study.pooled)
    for moderator in context.synthesis.levelled:
        levels = list(dict.fromkeys(study.features[moderator] for study in studies))
        return sorted(studies, key=lambda study: levels.index(study.features[moderator]))
    return studies


def _text(words: str) -> str:
    return str(prose(words))


def _group_of(features: Mapping[str, str], context: TableContext) -> Text | None:
    """Level of the first moderator, as the heading of a group of rows."""
    for moderator in context.synthesis.levelled:
        return prose(level_label(context.synthesis, moderator, features[moderator]))
    return None


def _reported(context: TableContext) -> Body:
    """One row per printed value: studies and people behind it, value, interval, as r."""
    store = context.store
    others = _other_units(context)
    rated = any(entry.source.certainty for entry in context.evidence.reported)
    body = Body(
        {
            LABEL: "Effect",
            "k": "*k*" if others else "Studies",
            "people": "People",
            "printed": "As printed",
            "interval": "{level} CI",
            "r": "As *r*",
        }
        | ({"certainty": "Certainty"} if rated else {}),
        [],
    )
    for entry in context.evidence.reported:
        prefix, effect = f"reported.{entry.key}", entry.effect
        k = store.cell_if_known(f"{prefix}.k")
        if effect.k_at_most:
            k = "up to " + k
        main = next(iter(effect.sizes), None)
        printed = prose(_no_value(effect.direction))
        if main is not None:
            printed = italic(main.measure) + " = " + store.cell(f"{prefix}.{main.measure}")
            if main.up_to is not None:
                printed = printed + " to " + store.cell(f"{prefix}.{main.measure}_up_to")
        interval = f"{prefix}.{main.measure}" if main and main.interval else ""
        cells = {
            "k": k,
            "people": store.cell_if_known(f"{prefix}.people"),
            "printed": printed,
            "interval": store.cell(interval, "interval") if interval else EMPTY,
            "r": _converted(store, f"{prefix}.converted_r"),
        }
        if rated:
            rating = entry.source.certainty
            cells["certainty"] = prose(rating) if rating else EMPTY
        body.rows.append(Row(prose(effect.title), prose(entry.source.label), cells))
    body.remarks += [BY_GRADE] if rated else []
    if others:
        body.remarks.append(f"*k* = number of studies, but {' and '.join(others)}.")
    body.remarks.append(
        "Values are as the text that was read prints them and are not pooled: sources share"
        " studies, and one may be the new edition of another. As *r*: a standardised difference as"
        " the correlation that it amounts to with groups of equal size. A dash stands for what that"
        " text does not print or, as *r*, where it prints a range."
    )
    return body


def _other_units(context: TableContext) -> list[str]:
    """What k counts other than studies, and in which sources, as clauses."""
    units: dict[str, dict[str, None]] = {}
    for entry in context.evidence.reported:
        if entry.effect.k is not None and entry.effect.k_unit != "studies":
            units.setdefault(entry.effect.k_unit, {})[_text(in_words(entry.source.label))] = None
    return [f"of {_text(unit)} in {listing([*labels], ';')}" for unit, labels in units.items()]


def _converted(store: StatisticsStore, identifier: str) -> Text:
    row = store.row(identifier)
    return store.cell(identifier) if row and row["estimate"] is not None else EMPTY


def _no_value(direction: str) -> str:
    return {"none": "no relation found, no number"}.get(direction, "no number")


def _pooled(context: TableContext) -> Body:
    """The pooled effect of all studies, and of each level of the moderators."""
    metric, store = context.synthesis.metric, context.store
    body = Body(
        {
            LABEL: "Studies",
            "k": "*k*",
            "n": "*n*",
            "effect": context.metric,
            "interval": "{level} CI",
            "p": "*p*",
            "prediction": "{level} PI",
        },
        [],
    )
    if is_nested(context.evidence.pooled):
        body.headings = {LABEL: "Studies", "k": "*k*", "effects": "Effects"} | body.headings
    if n_studies(context.evidence.pooled) < 2:
        kept = (LABEL, "k", "effects", "n", "effect", "interval", "p")
        body.headings = {name: body.headings[name] for name in kept if name in body.headings}
    for name, label, group in _groups(context):
        prefix = f"pooled.{name}"
        cells = {
            "k": store.cell(f"{prefix}.k"),
            "n": store.cell(f"{prefix}.people"),
            "effects": store.cell_if_known(f"{prefix}.effects"),
            "effect": store.cell(f"{prefix}.{metric}"),
            "interval": store.cell(f"{prefix}.{metric}", "interval"),
            "p": store.cell(f"{prefix}.{metric}", "p"),
            "prediction": store.cell(f"{prefix}.prediction_{metric}", "interval"),
        }
        body.rows.append(Row(label, group, cells))
    if n_studies(context.evidence.pooled) < 2:
        body.remarks.append("One study: nothing is pooled, and nothing else can be estimated.")
        return body
    nested = is_nested(context.evidence.pooled)
    convention = OF_MODEL if nested else CONVENTIONS[context.synthesis.model.prediction]
    body.remarks.append(
        "PI = prediction interval: where the true effect of a further study would lie, by"
        f" {convention}."
    )
    labels = [(f"pooled.{name}.{metric}", label) for name, label, _ in _groups(context)]
    body.remarks += _other_tests(store, labels)
    return body


CONVENTIONS = {
    "z": "the normal distribution",
    "t(k-1)": "the *t* distribution with one degree of freedom fewer than there are studies",
    "t(k-2)": "the *t* distribution with two degrees of freedom fewer than there are studies",
}
"""Convention of the prediction interval -> its words."""

OF_MODEL = f"the variances of the multilevel model and {CONVENTIONS['t(k-1)']}"


def _other_tests(store: StatisticsStore, rows: Sequence[tuple[str, Text]]) -> list[str]:
    """Remarks on rows whose test is not the declared one: truncated, or that of the model."""
    named: dict[str, list[str]] = {}
    for identifier, label in rows:
        row = store.row(identifier)
        for words in (TESTS["knapp-hartung-truncated"], FEW_DF, TOO_ALIKE):
            if row and row["estimate"] is not None and words in str(row["method"]):
                named.setdefault(words, []).append(str(in_sentence(label)))
    remarks = []
    for words, labels in named.items():
        listed = listing(labels, ";")
        if words == TESTS["knapp-hartung-truncated"]:
            remarks.append(
                f"Knapp and Hartung's interval never below the Wald variance, since it would be"
                f" shorter than Wald's: {listed}."
            )
        else:
            remarks.append(f"The test of the multilevel model itself, since {words}: {listed}.")
    return remarks


def _heterogeneity(context: TableContext) -> Body:
    """Differences between the studies that are pooled: all, and each level of the moderators."""
    nested, store = is_nested(context.evidence.pooled), context.store
    headings = {LABEL: "Studies", "k": "*k*", "tau": "τ", "tau_interval": "{level} CI of τ"}
    of_effects = {"tau_within": "τ~w~", "within_interval": "{level} CI of τ~w~"}
    headings |= of_effects if nested else {}
    headings["i_squared"] = "*I*^2^, %"
    headings |= {} if nested else {"i_interval": "{level} CI of *I*^2^", "h": "*H*"}
    body = Body(headings | {"q": "*Q*", "q_p": "*p* of *Q*"}, [])
    for name, label, group in _groups(context):
        prefix = f"pooled.{name}"
        within = store.cell_if_known(f"{prefix}.tau_within")
        cells = {
            "k": store.cell(f"{prefix}.k"),
            "tau": store.cell(f"{prefix}.tau"),
            "tau_interval": _interval(store, f"{prefix}.tau"),
            "tau_within": within,
            "within_interval": _interval(store, f"{prefix}.tau_within") if within.id else EMPTY,
            "i_squared": store.cell(f"{prefix}.i_squared"),
            "i_interval": _interval(store, f"{prefix}.i_squared"),
            "h": store.cell_if_known(f"{prefix}.h"),
            "q": store.cell(f"{prefix}.q"),
            "q_p": store.cell(f"{prefix}.q", "p"),
        }
        kept = {column: cell for column, cell in cells.items() if column in body.headings}
        body.rows.append(Row(label, group, kept))
    on_scale = SCALES[context.synthesis.metric]
    if nested:
        body.remarks.append(
            f"τ = standard deviation of the true effects of studies{on_scale}; τ~w~ = the same of"
            " the true effects of one study. Intervals are profile likelihood intervals, and"
            " Q-profile intervals of studies that have one effect each."
        )
    else:
        body.remarks.append(
            f"τ = standard deviation of the true effects{on_scale}. *I*^2^ = share of the variance"
            " of the effects that is not sampling error. *H* = standard deviation of the effects"
            " over that of sampling errors alone. Intervals of τ and *I*^2^ are Q-profile"
            " intervals."
        )
    body.remarks.append("*Q* tests that all true effects are equal.")
    return body


def _interval(store: StatisticsStore, identifier: str) -> Text:
    """Limits of a statistic; a dash where it has none."""
    row = store.row(identifier)
    known = row is not None and row["estimate"] is not None and row["ci_low"] is not None
    return store.cell(identifier, "interval") if known else EMPTY


def _groups(context: TableContext) -> list[tuple[str, Text, Text | None]]:
    """Groups of pooled studies: name in ids, label, heading."""
    grouped = [(ALL, prose("All"), None)]
    found: list[tuple[str, Text, Text | None]] = [*grouped]
    for moderator, declared in context.synthesis.levelled.items():
        levels = dict.fromkeys(study.features[moderator] for study in context.evidence.pooled)
        found += [
            (
                group_name(moderator, level),
                prose(level_label(context.synthesis, moderator, level)),
                prose(declared.label),
            )
            for level in (levels if len(levels) > 1 else ())
        ]
    return found


def _sensitivity(context: TableContext) -> Body:
    """The pooled effect by other estimators, without each study, of subsets, and corrected."""
    metric, store = context.synthesis.metric, context.store
    body = Body(
        {
            LABEL: "Pooled effect",
            "effect": context.metric,
            "interval": "{level} CI",
            "p": "*p*",
            "tau": "τ",
        },
        [],
    )
    prefixes = [(f"pooled.{ALL}", prose("As declared"), prose("Estimator"))]
    for row in store.rows("estimator", metric):
        prefixes.append(
            (row["id"].rpartition(".")[0], prose(capitalised(row["x"])), prose("Estimator"))
        )
    varied = can_be_varied(context.evidence.pooled)
    prefixes += [
        (f"without.{study.key}", prose(study.label), prose("Without one study"))
        for study in (context.evidence.pooled if varied else ())
    ]
    prefixes += [
        (f"small_studies.{name}", prose(capitalised(words)), prose("Small studies corrected"))
        for name, words in (small_study_methods(context.synthesis).items() if varied else ())
    ]
    prefixes += [
        (f"pooled.{subset_name(name)}", prose(capitalised(subset.label)), prose("Subsets"))
        for name, subset in context.synthesis.subsets.items()
    ]
    if context.synthesis.reliability is not None:
        words = prose("Reliabilities taken as known")
        prefixes.append((f"corrected.{ALL}", words, prose("Corrected for unreliability")))
    for prefix, label, group in prefixes:
        cells = {
            "effect": store.cell(f"{prefix}.{metric}"),
            "interval": store.cell(f"{prefix}.{metric}", "interval"),
            "p": store.cell(f"{prefix}.{metric}", "p"),
            "tau": store.cell_if_known(f"{prefix}.tau"),
        }
        body.rows.append(Row(label, group, cells))
    corrected = prose("Small studies corrected")
    if varied and "p_curve" in context.synthesis.small_studies:
        last = max(place for place, row in enumerate(body.rows) if row.group == corrected)
        cells = {"effect": EMPTY, "interval": EMPTY, "p": store.cell(_SKEW, "p"), "tau": EMPTY}
        body.rows.insert(last + 1, Row(prose("Right skew of the p-curve"), corrected, cells))
    labels = [(f"{prefix}.{metric}", label) for prefix, label, _ in prefixes]
    body.remarks += _other_tests(store, labels)
    if store.rows("small_studies", "t") and store.rows("small_studies", "t")[0]["estimate"]:
        methods = ["egger", *small_study_methods(context.synthesis)]
        methods += ["p_curve"] if "p_curve" in context.synthesis.small_studies else []
        clauses = "; ".join(ASSUMPTIONS[name] for name in methods)
        body.remarks.append(f"{capitalised(clauses)}.")
    return body


_SKEW = "small_studies.p_curve.z"


def _rho(context: TableContext) -> Body:
    """The pooled effect by assumed correlation of the sampling errors of one study."""
    metric, store = context.synthesis.metric, context.store
    body = Body(
        {
            LABEL: "Assumed correlation",
            "effect": context.metric,
            "interval": "{level} CI",
            "p": "*p*",
            "tau": "τ",
            "tau_within": "τ~w~",
        },
        [],
    )
    assumed = store.rows("rho", "assumed")
    for row in assumed:
        prefix = row["id"].rpartition(".")[0]
        cells = {
            "effect": store.cell(f"{prefix}.{metric}"),
            "interval": store.cell(f"{prefix}.{metric}", "interval"),
            "p": store.cell(f"{prefix}.{metric}", "p"),
            "tau": store.cell(f"{prefix}.tau"),
            "tau_within": store.cell(f"{prefix}.tau_within"),
        }
        body.rows.append(Row(store.cell(row["id"]), None, cells))
    body.remarks.append(
        "Assumed correlation: that of the sampling errors of two effects of one study. τ, τ~w~ ="
        " standard deviations of true effects between and within studies."
    )
    labels = [
        (f"{row['id'].rpartition('.')[0]}.{metric}", store.cell(row["id"])) for row in assumed
    ]
    body.remarks += _other_tests(store, labels)
    return body


def _influence(context: TableContext) -> Body:
    studies = context.evidence.pooled
    return influence_table(context.store, studies, context.synthesis.metric)


def _votes(context: TableContext) -> Body:
    """How many studies have a positive and how many a negative direction."""
    body = Body({LABEL: "Direction", "count": "Studies", "names": "Which"}, [])
    labels_of_studies = {
        study.of_study: _voter(study, context).partition(", effect ")[0]
        for study in context.evidence.studies
    }
    for direction in DIRECTIONS:
        labels = [
            labels_of_studies[key]
            for key, found in context.evidence.directions.items()
            if found == direction
        ]
        if direction in ("mixed", "not_stated") and not labels:
            continue
        cells = {
            "count": context.store.cell(f"votes.{direction}.count"),
            "names": prose("; ".join(labels)) if labels else EMPTY,
        }
        body.rows.append(Row(prose(capitalised(DIRECTION_WORDS[direction])), None, cells))
    body.remarks.append(
        "A count of directions is not an effect: it weighs small studies like large ones, takes a"
        " small"
        " effect that missed significance for none, and misses what was never published."
    )
    return body


def _voter(study: StudyEffect, context: TableContext) -> str:
    """Label of a study whose direction is counted: of a twin, the published study."""
    twin = is_twin(study, context.synthesis)
    return study.label.removesuffix(SYNTHETIC) if twin else study.label


FacetTable = Callable[[StatisticsStore, Compared, Crosswalk], Body]


def _of_facets(build: FacetTable) -> Callable[[TableContext], Body]:
    """A table of facets, which only a synthesis with a crosswalk that compares them has."""

    def table(context: TableContext) -> Body:
        declared, crosswalk = context.synthesis.facets, context.crosswalk
        if declared is None or crosswalk is None:
            return Body({}, [])
        compared = compared_facets(declared, crosswalk, context.evidence.facets)
        return build(context.store, compared, crosswalk)

    return table


def _one_stage(context: TableContext) -> Body:
    declared = context.synthesis.one_stage
    if declared is None:
        return Body({}, [])
    body = one_stage_table(context.store, declared, [entry.label for entry in declared.cohorts])
    two_stages = ("one_stage.two_stages.slope", prose("two stages"))
    body.remarks += _other_tests(context.store, [two_stages])
    return body


BUILDERS: dict[str, Callable[[TableContext], Body]] = {
    "studies": _studies,
    "reported": _reported,
    "pooled": _pooled,
    "heterogeneity": _heterogeneity,
    "rho": _rho,
    "sensitivity": _sensitivity,
    "influence": _influence,
    "votes": _votes,
    "facets": _of_facets(facets_table),
    "importance": _of_facets(importance_table),
    "pairs": _of_facets(pairs_table),
    "resampled": _of_facets(resampled_table),
    "one_stage": _one_stage,
}
"""Kind of table -> the function that makes its rows."""
