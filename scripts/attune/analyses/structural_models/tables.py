"""Tables of structural equation models."""

from collections.abc import Callable, Iterator, Sequence

from attune.analyses.structural_models.declaration import StructuralModel, structural_models
from attune.analyses.structural_models.design import variable_label
from attune.printing.context import Body, Context
from attune.printing.notes import remarks_of_analyses
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import Text, literal
from attune.specs.study import Table
from attune.store.statistic_rows import snake_case, statistic_id

LEVEL_WORDS = {"within": "within therapists", "between": "between therapists", "": ""}

PATH_HEADINGS = {
    LABEL: "Path",
    "b": "*b*",
    "se": "*SE*",
    "interval": "{level} CI",
    "z": "*z*",
    "p": "*p*",
    "beta": "β",
    "detectable": "Detectable *b*",
}

PATH_REMARK = (
    "*b* = coefficient in units of the outcome per unit of the predictor; *SE* = standard error;"
    " CI = confidence interval; *p* is two-tailed; β = coefficient in standard deviations of the"
    " level, for a contrast of two conditions too; detectable *b* = the smallest path that a study"
    " with this standard error would find with {power}. Predictors are"
    " random variables whose means and variances are estimated (fixed.x = false in lavaan's words),"
    " since otherwise variances between therapists would be held at approximate values."
)

FIT_HEADINGS = {
    LABEL: "Index",
    "estimate": "Estimate",
    "interval": "CI",
    "df": "*df*",
    "p": "*p*",
}

FIT_REMARK = (
    "χ^2^ tests the model against one without restrictions; CFI = comparative fit index; TLI ="
    " Tucker-Lewis index; RMSEA = root mean square error of approximation, with its interval by"
    " convention at ninety per cent; SRMR = standardised root mean square residual; AIC and BIC ="
    " criteria of Akaike and Schwarz. The fit of one level is that of a model whose other level is"
    " unrestricted. Bounds for good fit were found in large samples with one level."
)


def structural_paths(table: Table, context: Context) -> Body:
    """Paths and loadings of each level, then the defined effects with their intervals."""
    body = Body(dict(PATH_HEADINGS), [])
    remarks: list[tuple[str, str]] = []
    for name, model, title in _models(table, context):
        body.rows += _parameters(context, name, model, title, ("path", "loading"), table.rows)
        body.rows += _effects(context, name, model, title, table.rows)
        remarks += _remarks(context, name, model)
    power = context.power_words("fit_structural_models.power")
    body.remarks = [PATH_REMARK.format(power=power), *remarks_of_analyses(remarks)]
    return body.without_empty_columns()


def structural_parameters(table: Table, context: Context) -> Body:
    """Covariances, variances and intercepts, and the explained share of each outcome."""
    body = Body(dict(PATH_HEADINGS) | {LABEL: "Parameter"}, [])
    names = ("model_covariance", "model_variance", "model_intercept")
    for name, model, title in _models(table, context):
        body.rows += _parameters(context, name, model, title, names, table.rows)
        for row in context.store.rows(name, "model_r_squared"):
            parts = row["id"].split(".")[1:-1]
            label = f"*R*^2^ of {_label(context, model, parts[-1])}"
            group = _group(model, title, parts[:-1])
            body.rows.append(Row(label, group, {"b": context.store.cell(row["id"])}))
    body.remarks.append(
        "Variances and covariances of outcomes are those of their residuals; β = correlation, or"
        " share of the variance that is not explained; CI = confidence interval."
    )
    return body.without_empty_columns()


def structural_fit(table: Table, context: Context) -> Body:
    """Chi-square and fit indices of the model, of its levels, and of smaller models."""
    body = Body(dict(FIT_HEADINGS), [])
    remarks: list[tuple[str, str]] = []
    for name, model, title in _models(table, context):
        group = literal(title) if title else None
        for statistic, words in (
            ("model_rows", "Patients, *n*"),
            ("model_clusters", "Therapists"),
            ("model_parameters", "Free parameters"),
            ("model_chi_square", "χ^2^"),
            ("model_chi_square_scaled", "χ^2^, scaled"),
            ("cfi", "CFI"),
            ("cfi_scaled", "CFI, scaled"),
            ("tli", "TLI"),
            ("tli_scaled", "TLI, scaled"),
            ("rmsea", "RMSEA"),
            ("rmsea_scaled", "RMSEA, scaled"),
            ("srmr", "SRMR"),
            ("srmr_within", "SRMR within therapists"),
            ("srmr_between", "SRMR between therapists"),
            ("model_aic", "AIC"),
            ("model_bic", "BIC"),
        ):
            identifier = statistic_id(name, statistic)
            if identifier in context.store:
                body.rows.append(_fit_row(context, words, group, identifier))
        for level in ("within", "between") if model.parsed().two_level else ():
            for statistic, words in (
                ("level_chi_square", "χ^2^"),
                ("level_cfi", "CFI"),
                ("level_rmsea", "RMSEA"),
            ):
                identifier = statistic_id(name, level, statistic)
                if identifier in context.store:
                    label = f"{words}, {level} part alone"
                    body.rows.append(_fit_row(context, label, group, identifier))
        for key, comparison in model.comparisons.items():
            label = f"{literal(comparison.title)}: Δχ^2^"
            identifier = statistic_id(name, key, "nested_chi_square")
            body.rows.append(_fit_row(context, label, group, identifier))
            for part in ("aic", "bic"):
                identifier = statistic_id(name, key, f"nested_{part}")
                if identifier in context.store:
                    label = f"{literal(comparison.title)}: {part.upper()}"
                    body.rows.append(_fit_row(context, label, group, identifier))
        remarks += _remarks(context, name, model)
    body.remarks = [FIT_REMARK, *remarks_of_analyses(remarks)]
    return body.without_empty_columns()


def structural_covariances(table: Table, context: Context) -> Body:
    """Means and covariances of each level, from which the model can be fitted again."""
    body = Body({LABEL: "Variables", "estimate": "Estimate", "n": "*n*"}, [])
    for name, model, title in _models(table, context):
        for statistic in ("sample_mean", "sample_covariance"):
            for row in context.store.rows(name, statistic):
                parts = row["id"].split(".")[1:-1]
                own = 1 if statistic == "sample_mean" else 2
                labels = [_label(context, model, part) for part in parts[-own:]]
                words = {1: "*M* of ", 2: "Covariance of "}[own]
                if own == 2 and labels[0] == labels[1]:
                    words, labels = "Variance of ", labels[:1]
                cells = {
                    "estimate": context.store.cell(row["id"]),
                    "n": context.store.cell(row["id"], "n"),
                }
                group = _group(model, title, parts[:-own])
                label = f"{words}{' and '.join(labels)}"
                body.rows.append(Row(label, group, cells))
    body.remarks.append(
        "Maximum likelihood estimates of the means, variances, and covariances without any"
        " restriction, with the patients (therapists, between) behind them."
    )
    body.remarks += _what_refits([model for _, model, _ in _models(table, context)])
    return body.without_empty_columns()


def _what_refits(models: Sequence[StructuralModel]) -> list[str]:
    """How exactly a model can be fitted again from its moments, by its number of levels."""
    two_level = [model.parsed().two_level for model in models]
    remarks = []
    if not all(two_level):
        remarks.append(
            "Where no value is missing, a model of one level can be fitted again from them exactly;"
            " otherwise approximately."
        )
    if any(two_level):
        remarks.append(
            "A model of two levels can be fitted again from them exactly only where no value is"
            " missing and all therapists have equally many patients. Otherwise they give an"
            " approximation: the likelihood of therapists who all have the average number of"
            " patients (patients divided by therapists); therapists' own numbers, which exact"
            " estimates need, are not printed, since few of them share one."
        )
    return remarks


def structural_hints(table: Table, context: Context) -> Body:
    """What the models leave out and the data ask for most."""
    headings = {LABEL: "Left out", "chi2": "χ^2^", "p": "*p*", "change": "Change", "beta": "β"}
    body = Body(headings, [])
    words = {"on": "{0} on {1}", "with": "{0} with {1}", "by": "{0} measured by {1}"}
    for name, model, title in _models(table, context):
        for row in context.store.rows(name, "modification_index"):
            parts = row["id"].split(".")[1:-1]
            left, relation, right = parts[-3:]
            labels = [_label(context, model, part) for part in (left, right)]
            prefix = row["id"].rpartition(".")[0]
            cells = {
                "chi2": context.store.cell(row["id"]),
                "p": context.store.cell(row["id"], "p"),
                "change": context.store.cell(f"{prefix}.expected_change"),
                "beta": context.store.cell(f"{prefix}.expected_change_standardised"),
            }
            group = _group(model, title, parts[:-3])
            body.rows.append(Row(words[relation].format(*labels), group, cells))
    body.remarks.append(
        "Modification indices with one degree of freedom: the fall of χ^2^ to be expected if the"
        " parameter were added, and the value (β: in standard deviations) that it would take. They"
        " are hints for other studies: a model that is changed until it fits these data is tested"
        " on nothing."
    )
    return body


def _models(table: Table, context: Context) -> Iterator[tuple[str, StructuralModel, str]]:
    """The models of a table, each with its title where there are several."""
    declared = structural_models(context.study)
    names = [name for name in table.analyses or declared if name in declared]
    for name in names:
        yield name, declared[name], declared[name].title if len(names) > 1 else ""


def _label(context: Context, model: StructuralModel, part: str) -> str:
    """Markdown of a variable or factor, by its name in an id."""
    parsed = model.parsed()
    for name in dict.fromkeys(v for t in parsed.terms for v in (t.left, t.right) if v):
        if snake_case(name) == part:
            return str(literal(variable_label(name, model, context.study, context.cohort)))
    return str(literal(part.replace("_", " ")))


def _group(model: StructuralModel, title: str, place: list[str]) -> Text | None:
    """Heading of the rows of a model, group and level."""
    two_level = model.parsed().two_level
    level = LEVEL_WORDS[place[-1]] if two_level and place else ""
    group = place[0].replace("_", " ") if model.group and place else ""
    words = ", ".join(part for part in (title, group, level) if part)
    return literal(f"{words[:1].upper()}{words[1:]}") if words else None


def _parameters(
    context: Context,
    name: str,
    model: StructuralModel,
    title: str,
    statistics: tuple[str, ...],
    chosen: list[str],
) -> Iterator[Row]:
    """One row per parameter of some kinds, level by level."""
    wanted = {snake_case(one) for one in chosen}
    found = [row for one in statistics for row in context.store.rows(name, one)]
    places = {row["id"]: row["id"].split(".")[1:-1] for row in found}
    own = {one: 2 for one in ("path", "loading", "model_covariance")}
    headings: dict[str, list[Row]] = {}
    order = _order(model)
    found.sort(key=lambda row: order(places[row["id"]], own.get(row["statistic"], 1)))
    for row in found:
        parts = places[row["id"]]
        size = own.get(row["statistic"], 1)
        if wanted and not wanted & set(parts[-size:]):
            continue
        labels = [_label(context, model, part) for part in parts[-size:]]
        group = _group(model, title, parts[:-size])
        words = {
            "path": "{0} ← {1}",
            "loading": "{0} → {1}",
            "model_covariance": "{0} ↔ {1}",
            "model_variance": "Variance of {0}",
            "model_intercept": "Intercept of {0}",
        }[row["statistic"]].format(*labels)
        made = _parameter_row(context, words, group, row["id"])
        headings.setdefault(str(group), []).append(made)
    for rows in headings.values():
        yield from rows


def _order(model: StructuralModel) -> Callable[[list[str], int], tuple[int, int]]:
    """Places of parameters in the text: level, then the line that names them."""
    parsed = model.parsed()
    lines: dict[tuple[str, ...], int] = {}
    for number, term in enumerate(parsed.terms):
        level = [term.level] if parsed.two_level else []
        for names in ((term.left, term.right), (term.right, term.left), (term.left,)):
            lines.setdefault((*level, *map(snake_case, names)), number)

    def place(parts: list[str], size: int) -> tuple[int, int]:
        names = parts[-size:]
        level = parts[-size - 1 : -size] if parsed.two_level else []
        return int(level == ["between"]), lines.get((*level, *names), len(lines))

    return place


def _parameter_row(context: Context, label: str, group: Text | None, identifier: str) -> Row:
    store = context.store
    prefix = identifier.rpartition(".")[0]
    row = Row(label, group, {"b": store.cell(identifier)})
    if store.row(identifier) and (store.row(identifier) or {}).get("se") is not None:
        row.cells["se"] = store.cell(identifier, "se")
        row.cells["interval"] = store.cell(identifier, "interval")
    row.cells["z"] = store.cell_if_known(f"{identifier}_z")
    row.cells["p"] = store.cell_if_known(f"{identifier}_z", "p")
    row.cells["beta"] = store.cell_if_known(f"{identifier}_standardised")
    if identifier.endswith(".path"):
        row.cells["detectable"] = store.cell_if_known(f"{prefix}.detectable_path")
    return row


def _effects(
    context: Context, name: str, model: StructuralModel, title: str, chosen: list[str]
) -> Iterator[Row]:
    """Defined effects; z and p only where their interval is by the delta method, too."""
    store = context.store
    group = literal(f"{title}, defined effects" if title else "Defined effects")
    for effect in model.effects:
        if chosen and effect not in chosen:
            continue
        identifier = statistic_id(name, effect, "defined_effect")
        words = effect.replace("_", " ")
        row = Row(literal(f"{words[:1].upper()}{words[1:]}"), group, {"b": store.cell(identifier)})
        row.cells["se"] = store.cell(identifier, "se")
        row.cells["interval"] = store.cell(identifier, "interval")
        row.cells["beta"] = store.cell_if_known(f"{identifier}_standardised")
        if model.indirect.interval == "delta":
            row.cells["z"] = store.cell_if_known(f"{identifier}_z")
            row.cells["p"] = store.cell_if_known(f"{identifier}_z", "p")
        yield row


def _remarks(context: Context, name: str, model: StructuralModel) -> Iterator[tuple[str, str]]:
    """How the model was estimated, and what makes its solution questionable."""
    title = str(literal(model.title))
    errors = {
        "observed": "standard errors from the observed information",
        "expected": "standard errors from the expected information",
        "robust": "robust standard errors",
    }[model.standard_errors]
    missing = {
        "fiml": "full information maximum likelihood, which uses every known value",
        "listwise": "maximum likelihood, patients without a missing value",
    }[model.missing]
    yield title, f"{missing}; {errors}."
    if model.effects:
        yield (
            title,
            {
                "delta": "intervals of defined effects by the delta method.",
                "monte_carlo": "intervals of defined effects from Monte Carlo draws of the paths.",
                "cluster_bootstrap": "intervals of defined effects from resampled clusters.",
            }[model.indirect.interval],
        )
    problems = context.store.row(statistic_id(name, "model_problems"))
    if problems and problems["estimate"]:
        yield title, _without_numbers(str(problems["method"]))


def _without_numbers(message: str) -> str:
    """A message of the fit in words alone: notes print numbers by the id of a statistic."""
    words = {
        "Not converged": "the search for estimates did not converge, so that they are not"
        " reported.",
        "Not identified": "the data do not determine all parameters, so that they are not"
        " reported.",
        "Heywood": "a variance is estimated below zero (a Heywood case): the model may be wrong, or"
        " the sample too small.",
        "contradict": "the estimated variances and covariances contradict each other.",
        "The between part has": "the part between therapists has as many free parameters as there"
        " are therapists, or more; its standard errors and tests cannot be trusted.",
    }
    found = [sentence for sign, sentence in words.items() if sign in message]
    return " ".join(found) or "the model could not be fitted."


def _fit_row(context: Context, label: Text | str, group: Text | None, identifier: str) -> Row:
    store = context.store
    row = Row(label, group, {"estimate": store.cell(identifier)})
    known = store.row(identifier) or {}
    if known.get("ci_low") is not None:
        row.cells["interval"] = store.cell(identifier, "interval")
    if known.get("p_two_tailed") is not None:
        row.cells["df"] = store.cell(identifier, "df")
        row.cells["p"] = store.cell(identifier, "p")
    return row


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "structural_paths": structural_paths,
    "structural_parameters": structural_parameters,
    "structural_fit": structural_fit,
    "structural_covariances": structural_covariances,
    "structural_hints": structural_hints,
}
