"""Tables of growth models."""

from collections.abc import Callable, Iterator

from attune.analyses.growth.declaration import Growth, growth_models
from attune.analyses.growth.labels import (
    COMPARISONS,
    COMPONENTS,
    OF_RANDOM_EFFECTS,
    SOURCES,
    coverage_remark,
    is_chance,
    term_label,
    terms_of,
)
from attune.analyses.growth.terms import Term
from attune.printing.apa import NOT_APPLICABLE
from attune.printing.context import Body, Context, occasion_words
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import Text, literal
from attune.printing.wording import listing
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

COEFFICIENTS = {
    "b": "*b*",
    "interval": "{level} CI",
    "t": "*t*",
    "df": "*df*",
    "p": "*p*",
}
COEFFICIENT_REMARK = (
    "*b* = coefficient in units of the outcome, per unit of the predictor (and of time); CI ="
    " confidence interval; *df* = degrees of freedom, {df}; *p* is two-tailed. Numerical predictors"
    " are centred at their means{over}{raw}."
)
CENTRED = {"therapist": "therapists", "patient": "patients", "session": "occasions"}
"""Level of a predictor -> those over whom its mean is taken, each once."""
CHANCE_REMARK = (
    " Differences at baseline are not tested: where groups were randomised, they are chance."
)
DOUBTS = {
    "n_singular": "The fit {of} is singular: a variance, or a combination of random effects, was"
    " estimated as zero.",
    "n_not_converged": "The search for the estimates {of} did not end at a maximum of the"
    " likelihood; these numbers must not be used.",
    "n_hardly_determined": "The data hardly determine some variances or correlations {of}.",
}
"""Statistic that is not 0 where a fit is doubtful -> its sentence in the note of a table."""
DF_WORDS = {"satterthwaite": "after Satterthwaite", "kenward_roger": "after Kenward and Roger"}


def _models(table: Table, context: Context) -> Iterator[tuple[str, Growth, str, Text]]:
    """Every model and outcome of a table, with the heading of its group of rows."""
    declared = growth_models(context.study)
    several = len(table.analyses) > 1
    for name in table.analyses:
        for outcome in declared[name].outcomes:
            if table.rows and outcome not in table.rows:
                continue
            label = context.study.label_of(outcome)
            title = f"{declared[name].title}: {label}" if several else label
            yield name, declared[name], outcome, literal(title)


def growth_coefficients(table: Table, context: Context) -> Body:
    """One row per coefficient, outcome by outcome; then the differences between two raters."""
    body = Body({LABEL: "Term"} | COEFFICIENTS, [])
    models = growth_models(context.study)
    chance = False
    for name, model, outcome, group in _models(table, context):
        terms = terms_of(model, context.cohort)
        for term in terms:
            label = literal(term_label(term, model, context.study, context.cohort))
            prefix = statistic_id(name, outcome, term.name)
            row = _coefficient(context, label, group, prefix, "fixed_effect")
            if is_chance(term, model, context.study):
                row.cells |= dict.fromkeys(("t", "df", "p"), literal(NOT_APPLICABLE))
                chance = True
            body.rows.append(row)
        body.rows += _contextual(context, name, model, outcome, group, terms)
    for name in table.analyses:
        model = models[name]
        if len(model.outcomes) < 2 or table.rows:
            continue
        for term in terms_of(model, context.cohort):
            label = literal(term_label(term, model, context.study, context.cohort))
            prefix = statistic_id(name, term.name)
            if f"{prefix}.rater_contrast" in context.store:
                group = literal("Difference between the raters, first minus second")
                body.rows.append(_coefficient(context, label, group, prefix, "rater_contrast"))
    methods = {DF_WORDS[models[name].df] for name in table.analyses}
    numbers = [
        one
        for name in table.analyses
        for one in models[name].predictors.values()
        if one.variable is None
    ]
    raw = any(not one.centre for one in numbers)
    over = listing([CENTRED[level] for level in CENTRED if level in {one.level for one in numbers}])
    body.remarks.append(
        COEFFICIENT_REMARK.format(
            df=" or ".join(sorted(methods)),
            over=f" over {over}, each counted once" if over else "",
            raw=", where the plan does not say otherwise" * raw,
        )
        + CHANCE_REMARK * chance
    )
    body.remarks += _doubts(table, context)
    return body


def _doubts(table: Table, context: Context) -> Iterator[str]:
    """Fits that are singular, did not converge or are hardly determined by the data."""
    declared = growth_models(context.study)
    for name in table.analyses:
        of = f"of {declared[name].title}" if len(table.analyses) > 1 else "of this model"
        for statistic, sentence in DOUBTS.items():
            row = context.store.row(statistic_id(name, statistic))
            if row and row["estimate"]:
                yield sentence.format(of=of)


def _coefficient(context: Context, label: Text, group: Text, prefix: str, statistic: str) -> Row:
    row = Row(label, group)
    row.cells["b"] = context.store.cell(f"{prefix}.{statistic}")
    row.cells["interval"] = context.store.cell(f"{prefix}.{statistic}", "interval")
    for column, part in (("t", "estimate"), ("df", "df"), ("p", "p")):
        row.cells[column] = context.store.cell_if_known(f"{prefix}.{statistic}_t", part)
    return row


def _contextual(
    context: Context,
    name: str,
    model: Growth,
    outcome: str,
    group: Text,
    terms: tuple[Term, ...],
) -> Iterator[Row]:
    """Between minus within of the predictors that are split."""
    for term in terms:
        known = f"{term.base}_by_{term.slope}" if term.slope else term.base
        prefix = statistic_id(name, outcome, known)
        if term.part != "between" or f"{prefix}.contextual_effect" not in context.store:
            continue
        label = term_label(term, model, context.study, context.cohort)
        shown = literal(f"{label}, minus within")
        yield _coefficient(context, shown, group, prefix, "contextual_effect")


def growth_variances(table: Table, context: Context) -> Body:
    """Standard deviations, correlations and shares of variance, outcome by outcome."""
    body = Body({LABEL: "Source", "estimate": "Estimate", "interval": "{level} CI"}, [])
    for name, _, outcome, group in _models(table, context):
        found = [row["id"] for row in context.store.rows(name) if row["outcome"] == outcome]
        body.rows += [
            _variance_row(context, identifier, label, group)
            for identifier in sorted(found, key=_order_of_sources)
            if (label := _variance_label(identifier))
        ]
    for name in table.analyses:
        for row in context.store.rows(name, "rater_correlation"):
            _, level, component, _ = row["id"].split(".")
            what = (
                "residuals of the same session"
                if level == "session"
                else (f"{COMPONENTS[component]}, between {level}s")
            )
            group = literal("Correlation of the two raters")
            body.rows.append(_variance_row(context, row["id"], f"*r*, {what}", group))
    body.remarks.append(
        "*SD* = standard deviation of a random effect or residual, in units of the outcome; *r* ="
        " correlation of two random effects; ICC = share of the variance in a model without"
        " predictors, whose interval is rough and covers somewhat too rarely; *R*^2^ = share of the"
        " variance that the model implies, by source, with a Monte Carlo interval. Where its lower"
        " limit is zero, a source without variance may give such a share."
    )
    body.remarks += [*_doubts(table, context), *_coverage(table, context)]
    return body.without_empty_columns()


def _coverage(table: Table, context: Context) -> Iterator[str]:
    """How often such intervals covered in simulated studies with as many therapists."""
    remarks: dict[str, None] = {}
    for name in table.analyses:
        identifier = statistic_id(name, "n_therapists")
        # Models without a level for therapists have no such count.
        therapists = context.store.row(identifier) if identifier in context.store else None
        if not therapists or therapists["estimate"] is None:
            continue
        slopes = next(
            (
                "profile" if "profile" in str(row["method"]) else "Wald"
                for row in context.store.rows(name, "random_sd")
                if ".patient.time" in row["id"] and row["ci_low"] is not None
            ),
            "",
        )
        remarks[coverage_remark(therapists["estimate"], slopes)] = None
    yield from remarks


def _order_of_sources(identifier: str) -> tuple[int, ...]:
    """Standard deviations first, then the shares; the highest level first."""
    _, _, *parts, statistic = identifier.split(".")
    order = ("random_sd", "random_correlation", "residual_sd", "icc", "explained_share")
    if statistic not in order:
        return (len(order),)
    places = [["therapist", "patient"], [*COMPONENTS]]
    if statistic == "explained_share":
        places = [[*SOURCES]]
    rank = [
        known.index(part) if part in known else len(known)
        for part, known in zip(parts, places, strict=False)
    ]
    # A correlation follows the standard deviations of its level.
    kind = "random_sd" if statistic == "random_correlation" else statistic
    return (order.index(kind), *rank)


def _variance_row(context: Context, identifier: str, label: str, group: Text) -> Row:
    cells = {part: context.store.cell(identifier, part) for part in ("estimate", "interval")}
    return Row(label, group, cells)


def _variance_label(identifier: str) -> str:
    """Label of a row about variance, as Markdown; "" for other statistics."""
    _, _, *parts, statistic = identifier.split(".")
    if statistic == "random_sd":
        return f"*SD* between {parts[0]}s, {COMPONENTS[parts[1]]}"
    if statistic == "random_correlation":
        return f"*r* of level and growth, {parts[0]}s"
    if statistic == "residual_sd":
        return f"*SD* of the residual{', ' + occasion_words(parts[0]) if parts else ''}"
    if statistic == "icc":
        return f"ICC, {parts[0]}s"
    if statistic == "explained_share":
        return f"*R*^2^, {SOURCES[parts[0]][0].lower()}{SOURCES[parts[0]][1:]}"
    return ""


def growth_comparisons(table: Table, context: Context) -> Body:
    """Likelihood ratio tests of each model against a smaller one."""
    body = Body({LABEL: "Comparison", "chi": "χ^2^", "df": "*df*", "p": "*p*"}, [])
    declared = growth_models(context.study)
    compared = set()
    for name in table.analyses:
        group = literal(declared[name].title) if len(table.analyses) > 1 else None
        for comparison, label in COMPARISONS.items():
            identifier = statistic_id(name, comparison, "likelihood_ratio")
            if identifier in context.store:
                compared.add(comparison)
                row = Row(literal(label), group)
                row.cells["chi"] = context.store.cell(identifier)
                row.cells["df"] = context.store.cell(identifier, "df")
                row.cells["p"] = context.store.cell(identifier, "p")
                body.rows.append(row)
    if compared - OF_RANDOM_EFFECTS:
        body.remarks.append("Growth and predictors are compared by maximum likelihood.")
    if compared & OF_RANDOM_EFFECTS:
        body.remarks.append(
            "Random effects are compared by restricted maximum likelihood; a variance cannot be"
            " negative, so that *p* of one variance is from a mixture of χ^2^ distributions, and"
            " *p* of several variances at once, from χ^2^, is conservative (too large)."
        )
    return body


def growth_occasions(table: Table, context: Context) -> Body:
    """Observed and predicted means at each occasion, in each condition where there are any."""
    headings = {
        "n": "*n*",
        "mean": "Observed >> *M*",
        "sd": "Observed >> *SD*",
        "model": "Model >> *M*",
        "interval": "Model >> {level} CI",
        "difference": "Difference >> *M*~diff~",
        "difference_interval": "Difference >> {level} CI",
        "p": "Difference >> *p*",
    }
    body = Body({LABEL: "Occasion"} | headings, [])
    several = chance = False
    for name, model, outcome, group in _models(table, context):
        conditions = context.cohort.sample.conditions() if model.condition else {}
        for occasion in model.time.occasions:
            for condition in ("", *conditions.values()):
                prefix = statistic_id(name, outcome, occasion, condition)
                if f"{prefix}.observed_n" not in context.store or (conditions and not condition):
                    continue
                words = occasion_words(occasion)
                label = f"{words}, {condition}" if condition else words
                row = Row(literal(label), group)
                cells = {"n": "observed_n", "mean": "observed_mean", "sd": "observed_sd"}
                for column, statistic in (cells | {"model": "model_mean"}).items():
                    row.cells[column] = context.store.cell(f"{prefix}.{statistic}")
                row.cells["interval"] = context.store.cell(f"{prefix}.model_mean", "interval")
                has_difference = _add_difference(row, context, name, outcome, occasion, condition)
                several |= has_difference
                chance |= has_difference and occasion in context.study.randomised_baselines()
                body.rows.append(row)
    body.remarks.append(
        "Model means are those of an average patient, with their confidence interval (CI)."
        + " Differences are from the first condition, by the model." * several
        + CHANCE_REMARK * chance
    )
    if _of_other_units(table, context):
        body.remarks.append(
            "An average patient has predictors at their means over patients, so that a therapist"
            " counts once for each patient; the intercept of the coefficients is the level where"
            " predictors of therapists are at their means over therapists, and so is another"
            " number."
        )
    return body.without_empty_columns()


def _of_other_units(table: Table, context: Context) -> bool:
    """Whether predictors are centred over therapists, while model means are of patients."""
    models = growth_models(context.study)
    return any(
        one.level == "therapist" and one.variable is None and one.centre and not one.is_split
        for name in table.analyses
        for one in models[name].predictors.values()
    )


def _add_difference(
    row: Row, context: Context, name: str, outcome: str, occasion: str, condition: str
) -> bool:
    """The difference of a condition from the first one; whether there is one."""
    labels = [*context.cohort.sample.conditions().values()]
    if not condition or condition == labels[0]:
        return False
    prefix = statistic_id(name, outcome, occasion, condition if len(labels) > 2 else "")
    found = f"{prefix}.condition_difference"
    row.cells["difference"] = context.store.cell_if_known(found)
    row.cells["difference_interval"] = context.store.cell_if_known(found, "interval")
    untested = occasion in context.study.randomised_baselines()
    row.cells["p"] = (
        literal(NOT_APPLICABLE) if untested else context.store.cell_if_known(f"{found}_t", "p")
    )
    return True


def growth_sensitivity(table: Table, context: Context) -> Body:
    """Slopes of time under other assumptions about dropout, and influence of single groups."""
    headings = {
        "b": "Model >> *b*",
        "interval": "Model >> {level} CI",
        "mixture": "Pattern mixture >> *b*",
        "mixture_interval": "Pattern mixture >> {level} CI",
        "linear": "Conditional linear >> *b*",
        "linear_interval": "Conditional linear >> {level} CI",
        "influence": "Largest change in *SE*",
    }
    body = Body({LABEL: "Term"} | headings, [])
    for name, model, outcome, group in _models(table, context):
        for term in terms_of(model, context.cohort):
            if term.base == "intercept":
                continue
            prefix = statistic_id(name, outcome, term.name)
            row = Row(literal(term_label(term, model, context.study, context.cohort)), group)
            row.cells["b"] = context.store.cell(f"{prefix}.fixed_effect")
            row.cells["interval"] = context.store.cell(f"{prefix}.fixed_effect", "interval")
            for column, statistic in (
                ("mixture", "pattern_mixture"),
                ("linear", "conditional_linear"),
            ):
                found = f"{prefix}.{statistic}"
                row.cells[column] = context.store.cell_if_known(found)
                row.cells[f"{column}_interval"] = context.store.cell_if_known(found, "interval")
            row.cells["influence"] = context.store.cell_if_known(f"{prefix}.largest_influence")
            body.rows.append(row)
    body.remarks.append(
        "Pattern mixture: level and growth differ between patients with and without the last"
        " occasion, and are averaged over both. Conditional linear: level and growth depend on the"
        " time of the last rating. Largest change: of *b* when one therapist, or one patient where"
        " therapists are not in the model, is left out, in standard errors."
    )
    return body.without_empty_columns()


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "growth_coefficients": growth_coefficients,
    "growth_variances": growth_variances,
    "growth_comparisons": growth_comparisons,
    "growth_occasions": growth_occasions,
    "growth_sensitivity": growth_sensitivity,
}
