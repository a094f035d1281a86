"""Tables of trials."""

from collections.abc import Callable, Iterator

from attune.analyses.trial.declaration import Trial, trials
from attune.analyses.trial.responders import ANY, NONE, RECOVERED, RESPONDED, responses_of
from attune.printing.context import Body, Context, occasion_words, when_given
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import Text, literal, named
from attune.printing.wording import in_sentence, occasion_listing, with_article
from attune.specs.study import Table
from attune.store.statistic_rows import statistic_id

DF_WORDS = {"satterthwaite": "after Satterthwaite", "kenward_roger": "after Kenward and Roger"}


def _trials(table: Table, context: Context) -> Iterator[tuple[str, Trial]]:
    declared = trials(context.study)
    for name in table.analyses or declared:
        yield name, declared[name]


def _outcomes(table: Table, context: Context) -> Iterator[tuple[str, Trial, str, Text]]:
    """Every trial and outcome of a table, with the outcome's label."""
    for name, trial in _trials(table, context):
        for outcome in trial.outcomes:
            if not table.rows or outcome in table.rows:
                yield name, trial, outcome, literal(context.study.label_of(outcome))


def trial_baseline(table: Table, context: Context) -> Body:
    """Characteristics and outcomes of each arm before the treatment."""
    arms = [*context.cohort.sample.conditions().values()]
    body = Body({LABEL: "Characteristic"}, [])
    for number, arm in enumerate(arms):
        body.headings |= {
            f"a_{number}": f"{named(arm)} >> *M* or *n*",
            f"b_{number}": f"{named(arm)} >> *SD* or %",
        }
    store = context.store
    for name, trial in _trials(table, context):
        for key, unit in trial.characteristics.items():
            variable = context.cohort.sample.variables[key]
            group = literal(f"{unit.capitalize()}s")
            levels = [*variable.levels.values()] if variable.levels else [""]
            for level in levels:
                label = f"{variable.label}: {level}" if level else variable.label
                if not level and variable.unit:
                    label = f"{label} ({variable.unit})"
                row = Row(literal(label), group)
                for number, arm in enumerate(arms):
                    prefix = statistic_id(name, key, arm, level)
                    first, second = (
                        ("baseline_count", "baseline_percent")
                        if level
                        else ("baseline_mean", "baseline_sd")
                    )
                    row.cells[f"a_{number}"] = store.cell(f"{prefix}.{first}")
                    row.cells[f"b_{number}"] = store.cell(f"{prefix}.{second}")
                body.rows.append(row)
        for outcome in trial.outcomes:
            row = Row(literal(context.study.label_of(outcome)), literal("Outcomes at baseline"))
            for number, arm in enumerate(arms):
                prefix = statistic_id(name, outcome, arm)
                row.cells[f"a_{number}"] = store.cell(f"{prefix}.baseline_mean")
                row.cells[f"b_{number}"] = store.cell(f"{prefix}.baseline_sd")
            body.rows.append(row)
    units = {
        unit
        for _, trial in _trials(table, context)
        for unit in [
            *trial.characteristics.values(),
            *(outcome.level for outcome in trial.outcomes.values()),
        ]
    }
    whose = " and ".join(f"each {unit}" for unit in sorted(units)).capitalize()
    body.remarks.append(
        f"{whose} counts once. Numbers have mean and standard deviation,"
        " categories count and percentage. Differences at baseline are not tested, as the arms were"
        " randomised."
    )
    return body


def trial_effects(table: Table, context: Context) -> Body:
    """One row per outcome and visit: the adjusted difference, its test and its size."""
    headings = {
        "difference": "*M*~diff~",
        "interval": "{level} CI",
        "t": "*t*",
        "df": "*df*",
        "p": "*p*",
        "d": "*d*",
        "d_interval": "*d*, {level} CI",
    }
    body = Body({LABEL: "Visit"} | headings, [])
    for name, trial, outcome, group in _outcomes(table, context):
        for parts, label in _contrasts(trial, context):
            prefix = statistic_id(name, outcome, *parts)
            statistic = "arm_difference" if parts[0] in trial.visits else "average_difference"
            if statistic == "average_difference":
                prefix = statistic_id(name, outcome, *parts[1:])
            found = f"{prefix}.{statistic}"
            if f"{found}_t" not in context.store:
                continue
            size = f"{prefix}.standardised_{statistic}"
            row = Row(literal(label), group)
            row.cells["difference"] = context.store.cell(found)
            row.cells["interval"] = context.store.cell(found, "interval")
            for column, part in (("t", "estimate"), ("df", "df"), ("p", "p")):
                row.cells[column] = context.store.cell(f"{found}_t", part)
            row.cells["d"] = context.store.cell_if_known(size)
            row.cells["d_interval"] = context.store.cell_if_known(size, "interval")
            body.rows.append(row)
    reference, *others = context.cohort.sample.conditions().values()
    df = sorted({DF_WORDS[trial.df] for _, trial in _trials(table, context)})
    body.remarks.append(
        f"*M*~diff~ = adjusted mean of {_listed(others)} minus {_listed([reference])} by the mixed"
        f" model for repeated measures; CI = confidence interval; *df* = degrees of freedom,"
        f" {' or '.join(df)}; *p* is two-tailed; *d* = difference in standard deviations of the"
        " baseline."
    )
    return body.without_empty_columns()


def _listed(names: list[str]) -> str:
    return " or ".join(str(in_sentence(named(one))) for one in names)


def _contrasts(trial: Trial, context: Context) -> Iterator[tuple[tuple[str, ...], str]]:
    """Parts of the ids of all differences of an outcome, and their labels."""
    arms = [*context.cohort.sample.conditions().values()][1:]
    for visit in [*trial.visits, ""] if len(trial.visits) > 1 else trial.visits:
        words = occasion_words(visit) if visit else "mean of the visits"
        for arm in arms:
            if len(arms) > 1:
                yield (visit, arm), f"{words}, {arm}"
            else:
                yield (visit,), words


def trial_means(table: Table, context: Context) -> Body:
    """Observed and adjusted means of each arm at each visit."""
    headings = {
        "n": "*n*",
        "mean": "Observed >> *M*",
        "sd": "Observed >> *SD*",
        "adjusted": "Adjusted >> *M*",
        "interval": "Adjusted >> {level} CI",
    }
    body = Body({LABEL: "Visit and arm"} | headings, [])
    for name, trial, outcome, group in _outcomes(table, context):
        for visit in (trial.baseline, *trial.visits):
            for arm in context.cohort.sample.conditions().values():
                row = Row(literal(f"{occasion_words(visit)}, {arm}"), group)
                at_visit = statistic_id(name, outcome, visit, arm)
                before = statistic_id(name, outcome, arm)
                for column, statistic in (("n", "n"), ("mean", "mean"), ("sd", "sd")):
                    identifier = (
                        f"{before}.baseline_{statistic}"
                        if visit == trial.baseline
                        else f"{at_visit}.visit_{statistic}"
                    )
                    row.cells[column] = context.store.cell_if_known(identifier)
                adjusted = f"{at_visit}.adjusted_visit_mean"
                row.cells["adjusted"] = context.store.cell_if_known(adjusted)
                row.cells["interval"] = context.store.cell_if_known(adjusted, "interval")
                body.rows.append(row)
    body.remarks.append(
        "Adjusted means are those of the model for the mean baseline of all who are analysed; they"
        " use the visits that each person has, so that they may differ from the observed means"
        " where outcomes are missing."
    )
    return body.without_empty_columns()


def trial_variances(table: Table, context: Context) -> Body:
    """Residual covariance over the visits, and what therapists contribute."""
    body = Body({LABEL: "Source", "estimate": "Estimate", "interval": "{level} CI"}, [])
    store = context.store
    for name, trial, outcome, group in _outcomes(table, context):
        prefix = statistic_id(name, outcome)
        visits = [*trial.visits]
        if trial.baseline_as == "outcome":
            visits.insert(0, trial.baseline)
        entries = [
            (f"{prefix}.{visit}.visit_residual_sd", f"*SD*, {occasion_words(visit)}")
            for visit in visits
        ]
        for number, visit in enumerate(visits):
            entries += [
                (
                    f"{prefix}.{other}_{visit}.visit_residual_correlation",
                    f"*r*, {occasion_words(other)} and {occasion_words(visit)}",
                )
                for other in visits[:number]
            ]
        entries.append((f"{prefix}.cluster_sd", "*SD* between therapists"))
        for visit in visits:
            words = occasion_words(visit)
            entries += [
                (f"{prefix}.{visit}.cluster_icc", f"ICC, {words}"),
                (f"{prefix}.{visit}.mean_cluster_size", f"Patients per therapist, {words}"),
                (f"{prefix}.{visit}.design_effect", f"Design effect, {words}"),
            ]
        for identifier, label in entries:
            if identifier in store:
                row = Row(literal(label) if "*" not in label else label, group)
                row.cells["estimate"] = store.cell(identifier)
                row.cells["interval"] = store.cell(identifier, "interval")
                body.rows.append(row)
    shown = [row.cells["estimate"].id or "" for row in body.rows]
    if not any(identifier.endswith(".cluster_icc") for identifier in shown):
        body.remarks.append("*SD* and *r* are those of a person's outcomes given the baseline.")
        return body.without_empty_columns()
    body.remarks.append(
        "*SD* and *r* are those of a person's outcomes given the baseline and, where the outcome is"
        " of patients, the therapist. ICC ="
        " intraclass correlation of patients of one therapist; design effect = how much larger the"
        " variance of a mean is than with independent patients, by the mean and the variation of"
        " the number of patients per therapist."
    )
    return body.without_empty_columns()


SENSITIVITY = {
    "arm_difference": "as declared",
    "per_protocol_difference": "per protocol",
    "complier_effect": "in compliers",
    "missing_at_random": "missing at random, imputed",
    "jump_to_reference": "jump to reference",
    "copy_increments": "copy increments from the reference",
    "copy_reference": "copy the reference",
}
"""Statistic, or method of imputation -> label."""


COVERAGE = (
    "In simulated trials (docs/imputation.md), intervals meant to cover ninety-five percent did so"
    " in ninety-five to ninety-seven percent of the trials by the jackknife, but in ninety-eight"
    " percent or more by Rubin's variance under jump to reference and the copying methods, where"
    " they are conservative; under missing at random both do in ninety-five to ninety-six. These"
    " trials had one hundred persons per arm. With forty, the jackknife covers in ninety-three to"
    " ninety-five percent, and Rubin's variance in ninety-seven or more under jump to reference and"
    " the copying methods, and in ninety-three to ninety-four under missing at random."
)
"""What the simulation found for both variances."""


def trial_sensitivity(table: Table, context: Context) -> Body:
    """The difference at each visit under other populations and other assumptions."""
    headings = {
        "difference": "*M*~diff~",
        "interval": "{level} CI",
        "df": "*df*",
        "p": "*p*",
        "repeated": "In repeated trials >> {level} CI",
        "repeated_p": "In repeated trials >> *p*",
    }
    body = Body({LABEL: "Visit and analysis"} | headings, [])
    store = context.store
    several = len([*_outcomes(table, context)]) > 1
    for name, trial, outcome, group in _outcomes(table, context):
        group_words = str(with_article(group)) if several else ""
        for parts, label in _contrasts(trial, context):
            if parts[0] not in trial.visits:
                continue
            prefix = statistic_id(name, outcome, *parts)
            for key, words in SENSITIVITY.items():
                found, repeated = f"{prefix}.{key}", f"{prefix}.{key}.resampled_difference"
                if key not in ("arm_difference", "per_protocol_difference", "complier_effect"):
                    found = f"{prefix}.{key}.imputed_difference"
                if f"{found}_t" not in store:
                    continue
                row = Row(literal(f"{label}, {words}"), group)
                row.cells["difference"] = store.cell(found)
                row.cells["interval"] = store.cell(found, "interval")
                for part in ("df", "p"):
                    row.cells[part] = store.cell(f"{found}_t", part)
                row.cells["repeated"] = store.cell_if_known(repeated, "interval")
                row.cells["repeated_p"] = store.cell_if_known(f"{repeated}_t", "p")
                body.rows.append(row)
            if f"{prefix}.tipping_point" in store:
                row = Row(literal(f"{label}, tipping point"), group)
                row.place = ("the tipping point", group_words, _when(parts, context))
                row.cells["difference"] = store.cell(f"{prefix}.tipping_point")
                body.rows.append(row)
    body.remarks.append(
        "Per protocol = those who received the treatment of their arm; in compliers = effect of"
        " having received it, with the randomised arm as instrument; jump to reference, copy"
        " increments = missing outcomes of the treated arm imputed as if its people had moved"
        " to the reference arm, with Rubin's variance and, on the right, the variance of the"
        " estimate in repeated trials by the jackknife; tipping point = points that must be added"
        " to the imputed outcomes of the treated arm, which makes them worse, for the difference to"
        " lose its significance."
    )
    if any(row.cells.get("repeated") for row in body.rows):
        body.remarks.append(COVERAGE)
    body.remarks += _nobody_left_remarks(table, context)
    body.remarks += _received_remarks(table, context)
    return body.without_empty_columns()


def _when(parts: tuple[str, ...], context: Context) -> str:
    """When a difference was, and of which of several arms, as it reads in a sentence."""
    visit, *arm = parts
    return str(literal(" with ".join([when_given([visit], context.study), *arm])))


def _nobody_left_remarks(table: Table, context: Context) -> Iterator[str]:
    """Where nobody of a treated arm had dropped out, imputation changes nothing but by chance."""
    places: dict[str, None] = {}
    for name, trial, outcome, _ in _outcomes(table, context):
        for parts, _ in _contrasts(trial, context) if trial.missing_outcomes.methods else ():
            left = statistic_id(name, outcome, *parts, "after_dropout_n")
            known = context.store.row(left) if left in context.store else None
            if known and known["estimate"] == 0:
                places[_when(parts, context)] = None
    if places:
        yield (
            f"Where nobody of the treated arm had dropped out ({occasion_listing(places)}), the"
            " imputed rows differ from each other only by the random draws of the imputation."
        )


def _received_remarks(table: Table, context: Context) -> Iterator[str]:
    """Where somebody has no record of the treatment received: what becomes of them."""
    for name, trial in _trials(table, context):
        received = trial.received
        if received is None:
            continue
        ids = [
            statistic_id(name, "received", arm, "received_unknown_n")
            for arm in context.cohort.sample.conditions().values()
        ]
        rows = [context.store.row(identifier) for identifier in ids if identifier in context.store]
        if any(row and row["estimate"] for row in rows):
            label = literal(context.cohort.sample.variables[received.variable].label)
            yield (
                f"Whoever has no value in “{label}” counts as not having received the treatment."
                if received.missing == "not_received"
                else f"Whoever has no value in “{label}” is left out of the analyses of those who"
                " received the treatment."
            )


def trial_responders(table: Table, context: Context) -> Body:
    """How many of each arm changed reliably, at each visit."""
    arms = [*context.cohort.sample.conditions().values()]
    body = Body({LABEL: "Visit and change"}, [])
    for number, arm in enumerate(arms):
        body.headings |= {
            f"n_{number}": f"{named(arm)} >> *n*",
            f"percent_{number}": f"{named(arm)} >> %",
        }
    body.headings |= {"difference": "Difference >> %", "interval": "Difference >> {level} CI"}
    body.headings |= {"ratio": "Ratio >> RR", "ratio_interval": "Ratio >> {level} CI"}
    body.headings |= {"needed": "NNT", "needed_interval": "NNT, {level} CI"}
    store = context.store
    for name, trial, outcome, group in _outcomes(table, context):
        for visit in trial.visits:
            words = occasion_words(visit)
            for response, categories in responses_of(trial.outcomes[outcome]).items():
                # One category alone is the row of those who responded, below.
                for category in categories if len(categories) > 1 else ():
                    row = Row(literal(f"{words}, {category}"), group)
                    for number, arm in enumerate(arms):
                        prefix = statistic_id(name, outcome, visit, arm, response, category)
                        row.cells[f"n_{number}"] = store.cell_if_known(f"{prefix}.change_n")
                        percent = f"{prefix}.change_percent"
                        row.cells[f"percent_{number}"] = store.cell_if_known(percent)
                    if any(cell.id for cell in row.cells.values()):
                        body.rows.append(row)
            for arm in arms[1:]:
                prefix = statistic_id(name, outcome, visit, arm if len(arms) > 2 else "")
                if f"{prefix}.responder_difference" not in store:
                    continue
                responded = " or ".join(responses_of(trial.outcomes[outcome])[RESPONDED])
                against = f", {arm}" if len(arms) > 2 else ""
                row = Row(literal(f"{words}, {responded}{against}"), group)
                for number, one in enumerate(arms):
                    if one in (arms[0], arm):
                        prefix_of = statistic_id(name, outcome, visit, one, RESPONDED)
                        row.cells[f"n_{number}"] = store.cell(f"{prefix_of}.response_n")
                        row.cells[f"percent_{number}"] = store.cell(f"{prefix_of}.response_percent")
                row.cells["difference"] = store.cell(f"{prefix}.responder_difference")
                row.cells["interval"] = store.cell(f"{prefix}.responder_difference", "interval")
                row.cells["ratio"] = store.cell(f"{prefix}.responder_ratio")
                row.cells["ratio_interval"] = store.cell(f"{prefix}.responder_ratio", "interval")
                needed = f"{prefix}.number_needed_to_treat"
                # One whose interval runs through infinity has no direction to be read from it.
                if (store.row(needed) or {}).get("ci_low") is not None:
                    row.cells["needed"] = store.cell(needed)
                    row.cells["needed_interval"] = store.cell(needed, "interval")
                body.rows.append(row)
    body.remarks.append(_responder_remark(table, context))
    return body.without_empty_columns()


def _responder_remark(table: Table, context: Context) -> str:
    """What the categories and numbers of the table of responders are."""
    recovers = any(
        RECOVERED in responses_of(trial.outcomes[outcome]).get(RESPONDED, ())
        for _, trial, outcome, _ in _outcomes(table, context)
    )
    categories = (
        "Recovered = reliably better and from the clinical into the normal range; improved ="
        " reliably better otherwise"
        if recovers
        else "Improved = reliably better"
    )
    verb = "recovers or improves" if recovers else "improves"
    return (
        f"{categories}; deteriorated = reliably worse; percentages are of those with both scores."
        " RR = share in the treated arm over that in the reference arm (risk ratio);"
        f" NNT = number needed to treat for one more person who {verb} (or for one fewer, where the"
        " difference is negative for the treatment), given where the interval of the difference"
        " excludes zero."
    )


def trial_harms(table: Table, context: Context) -> Body:
    """Adverse events of each arm."""
    arms = [*context.cohort.sample.conditions().values()]
    body = Body({LABEL: "Event"}, [])
    for number, arm in enumerate(arms):
        body.headings |= {
            f"n_{number}": f"{named(arm)} >> *n*",
            f"percent_{number}": f"{named(arm)} >> %",
            f"interval_{number}": f"{named(arm)} >> {{level}} CI",
        }
    store = context.store
    for name, trial in _trials(table, context):
        if trial.harms is None:
            body.problems.append(f"the trial {name!r} declares no harms")
            continue
        variable = context.cohort.sample.variables[trial.harms.variable]
        group = literal(variable.label)
        entries: list[tuple[Text, tuple[str, ...], str]] = [
            (literal(label), (ANY, label), "harm_n")
            for code, label in variable.levels.items()
            if code != trial.harms.none
        ]
        entries.append((literal("Any"), (ANY,), "any_harm_n"))
        entries.append((literal(variable.levels[trial.harms.none]), (NONE,), "any_harm_n"))
        for label, parts, statistic in entries:
            row = Row(label, group)
            for number, arm in enumerate(arms):
                count = statistic_id(name, "harms", arm, *parts, statistic)
                row.cells[f"n_{number}"] = store.cell(count)
                if parts == (ANY,):
                    percent = statistic_id(name, "harms", arm, "harm_percent")
                    row.cells[f"percent_{number}"] = store.cell_if_known(percent)
                    row.cells[f"interval_{number}"] = store.cell_if_known(percent, "interval")
            body.rows.append(row)
    body.remarks.append(
        "Everybody counts once. CI = exact (Clopper-Pearson) confidence interval of the percentage,"
        " which takes people as independent."
    )
    return body.without_empty_columns()


TABLES: dict[str, Callable[[Table, Context], Body]] = {
    "trial_baseline": trial_baseline,
    "trial_effects": trial_effects,
    "trial_means": trial_means,
    "trial_variances": trial_variances,
    "trial_sensitivity": trial_sensitivity,
    "trial_responders": trial_responders,
    "trial_harms": trial_harms,
}
