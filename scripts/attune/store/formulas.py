"""What each statistic is: a name in words, its formula, the function that computes it, its source.

The key is `<rule>.<statistic>`, or `<rule>.<analysis>.<statistic>` or
`<rule>.<analysis>.<first term>.<statistic>` where a rule computes statistics of one name in
different ways.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Formula:
    """How a statistic is computed.

    Attributes
    ----------
    label : str
        Its name in words, in the middle of a sentence.
    formula : str
        The formula, readable without typesetting.
    function : str
        The function of the library, by its dotted name; its docstring says more.
    doi : str, optional
        The source; None where the formula is everybody's, as of a mean.
    """

    label: str
    formula: str
    function: str
    doi: str | None = None


_PINGOUIN = "attune.stats.hypothesis_tests"
_RETENTION = "attune.analyses.sample.estimate"
_SAMPLE = "attune.analyses.sample.estimate"

_CORRELATIONS = {
    "pearson_r": Formula(
        "Pearson correlation",
        "r = Σ(x − mean x)(y − mean y) / √[Σ(x − mean x)² · Σ(y − mean y)²];"
        " t = r √(n − 2) / √(1 − r²), df = n − 2; interval tanh(artanh r ± z / √(n − 3))",
        f"{_PINGOUIN}.pearson_test",
        "10.1098/rspl.1895.0041",
    ),
    "r_squared": Formula(
        "share of variance that two measures have in common",
        "r², the square of Pearson's correlation",
        f"{_PINGOUIN}.pearson_test",
        "10.4324/9780203771587",
    ),
    "spearman_rho": Formula(
        "Spearman rank correlation",
        "Pearson's r of the ranks, tied values sharing their mean rank;"
        " interval tanh(artanh r ± z √[(1 + r²/2) / (n − 3)])",
        f"{_PINGOUIN}.spearman_test",
        "10.1007/BF02294183",
    ),
    "partial_r": Formula(
        "partial correlation, the treatment condition held constant",
        "Pearson's r of what is left of x and y after a regression on the conditions;"
        " df = n − 2 − (conditions − 1)",
        f"{_PINGOUIN}.partial_test",
        "10.4324/9780203774441",
    ),
    "bootstrap_r": Formula(
        "Pearson correlation with a bootstrap interval",
        "r of the data; bias-corrected and accelerated limits from r of resampled dyads",
        "attune.stats.resampling.bca_interval",
        "10.1080/01621459.1987.10478410",
    ),
    "permutation_p": Formula(
        "p of the permutation test of the correlation",
        "p = (1 + random orders of y whose r is at least as extreme) / (1 + random orders);"
        " where all orders are taken, the share of those that are at least as extreme: in the"
        " predicted direction, or without one in either",
        "attune.stats.resampling.permutation_tests",
        "10.2202/1544-6115.1585",
    ),
    "p_holm": Formula(
        "p of the correlation, adjusted after Holm",
        "with p sorted upwards: the largest of min(1, (m − j + 1) p_j) over j up to the place"
        " of the p, m p values in the family",
        "attune.stats.multiplicity.holm",
        "10.2307/2532694",
    ),
    "p_bh": Formula(
        "p of the correlation, adjusted after Benjamini and Hochberg",
        "with p sorted upwards: the smallest of min(1, m p_j / j) over j from the place of the p"
        " on, m p values in the family",
        "attune.stats.multiplicity.benjamini_hochberg",
        "10.1111/j.2517-6161.1995.tb02031.x",
    ),
    "bayes_factor": Formula(
        "Bayes factor of a correlation against none",
        "BF10 = p(data | ρ from a stretched beta prior) / p(data | ρ = 0)",
        "attune.stats.bayes_factors.correlation_bayes_factor",
        "10.1016/j.jmp.2015.06.004",
    ),
    "bayes_factor_directed": Formula(
        "Bayes factor of a correlation of the predicted sign against none",
        "BF+0 = 2 · BF10 · P(ρ has the predicted sign | data)",
        "attune.stats.bayes_factors.correlation_bayes_factor",
        "10.1016/j.spl.2014.05.010",
    ),
    "minimum_detectable_r": Formula(
        "smallest correlation that a sample of this size finds with the wanted power",
        "the r at which Φ{(ζ − z_c) √(n − 3)} is the power; ζ = artanh r + r / [2(n − 1)],"
        " z_c = artanh of the critical correlation",
        "attune.stats.power.minimum_detectable_correlation",
        "10.4324/9780203771587",
    ),
}

_CONDITIONS = {
    "t": Formula(
        "t of the difference between two conditions",
        "t = (M1 − M2) / SE; pooled: SE = s √(1/n1 + 1/n2), df = n1 + n2 − 2; Welch:"
        " SE = √(s1²/n1 + s2²/n2)",
        f"{_PINGOUIN}.mean_difference_test",
        "10.1093/biomet/6.1.1",
    ),
    "f": Formula(
        "F of the differences between the conditions",
        "F = mean square between / mean square within the conditions, or Welch's weighted form",
        "attune.analyses.conditions.estimate.f_test",
        "10.1093/biomet/38.3-4.330",
    ),
    "mean_difference": Formula(
        "difference between the means of two conditions",
        "M1 − M2; interval ± t(df) · SE",
        f"{_PINGOUIN}.mean_difference_test",
        "10.1093/biomet/6.1.1",
    ),
    "cohen_d": Formula(
        "Cohen's d",
        "d = (M1 − M2) / s, s = √{[(n1 − 1) s1² + (n2 − 1) s2²] / (n1 + n2 − 2)}; interval from"
        " the noncentral t distribution",
        f"{_PINGOUIN}.standardised_difference",
        "10.4324/9780203771587",
    ),
    "hedges_g": Formula(
        "Hedges's g",
        "g = d · [1 − 3 / (4(n1 + n2) − 9)]",
        f"{_PINGOUIN}.standardised_difference",
        "10.3102/10769986006002107",
    ),
    "bayes_factor": Formula(
        "Bayes factor of a difference between two conditions against none",
        "BF10 = p(t | effect size from a Cauchy prior) / p(t | no effect)",
        "attune.stats.bayes_factors.mean_difference_bayes_factor",
        "10.3758/PBR.16.2.225",
    ),
    "mean": Formula(
        "mean in a condition", "Σx / n", "attune.analyses.conditions.estimate.compare_conditions"
    ),
    "sd": Formula(
        "standard deviation in a condition",
        "√[Σ(x − mean)² / (n − 1)]",
        "attune.analyses.conditions.estimate.compare_conditions",
    ),
    "n": Formula(
        "size of a condition",
        "dyads of the condition that have the measure",
        "attune.analyses.conditions.estimate.compare_conditions",
    ),
}

_GAINS = {
    "slope": Formula(
        "slope of the posttest on the pretest",
        "b = Σ(x − mean x)(y − mean y) / Σ(x − mean x)², pretest x, posttest y",
        "attune.analyses.gains.estimate.regress_posttest",
        "10.1037/h0029382",
    ),
    "intercept": Formula(
        "intercept of the posttest on the pretest",
        "mean y − b · mean x, pretest x, posttest y",
        "attune.analyses.gains.estimate.regress_posttest",
        "10.1037/h0029382",
    ),
    "r_squared": Formula(
        "share of the posttest's variance that the pretest predicts",
        "1 − Σ(y − predicted y)² / Σ(y − mean y)²",
        "attune.analyses.gains.estimate.regress_posttest",
        "10.1037/h0029382",
    ),
    "n": Formula(
        "size of the regression",
        "dyads with pretest and posttest",
        "attune.analyses.gains.estimate.regress_posttest",
    ),
}

_RELIABILITY = {
    "alpha": Formula(
        "Cronbach's alpha",
        "α = k / (k − 1) · (1 − Σ item variances / variance of their sum); Feldt's interval",
        "attune.analyses.reliability.estimate.cronbach_alpha",
        "10.1007/BF02310555",
    ),
    "omega": Formula(
        "omega total of a one-factor model",
        "ω = (Σ loadings)² / [(Σ loadings)² + Σ uniquenesses]",
        "attune.stats.omega.omega_total",
        "10.4324/9781410601087",
    ),
}

_SUMMARIES = {
    "n": Formula("number of values", "values that are there", f"{_SAMPLE}.number_summaries"),
    "sample.all.n": Formula(
        "size of the sample", "dyads of the sample sheet", f"{_SAMPLE}.describe_sample"
    ),
    "sample.therapists.n": Formula(
        "number of people",
        "different therapists of the sample sheet",
        f"{_SAMPLE}.describe_sample",
    ),
    "mean": Formula("mean", "Σx / n", f"{_SAMPLE}.number_summaries"),
    "sd": Formula(
        "standard deviation", "√[Σ(x − mean)² / (n − 1)]", f"{_SAMPLE}.number_summaries"
    ),
    "median": Formula(
        "median",
        "the middle value, or the mean of the two middle ones",
        f"{_SAMPLE}.number_summaries",
    ),
    "minimum": Formula("minimum", "the smallest value", f"{_SAMPLE}.number_summaries"),
    "maximum": Formula("maximum", "the largest value", f"{_SAMPLE}.number_summaries"),
    "count": Formula("count", "dyads with this level", f"{_SAMPLE}.category_counts"),
    "percent": Formula(
        "percentage", "100 · dyads with this level / all dyads", f"{_SAMPLE}.category_counts"
    ),
    "retention.n": Formula(
        "number retained", "dyads with the score", f"{_RETENTION}.retention"
    ),
    "retention.percent": Formula(
        "percentage retained",
        "100 · dyads with the score / dyads of the sample sheet, of a condition where one is named",
        "attune.analyses.sample.estimate.retention",
    ),
    "n_dyads": Formula(
        "dyads asked", "dyads of the sample sheet", f"{_SAMPLE}.missing_items"
    ),
    "n_questionnaires": Formula(
        "questionnaires", "questionnaires with at least one answer", f"{_SAMPLE}.missing_items"
    ),
    "missing_items": Formula(
        "missing answers", "dyads · items − answers", f"{_SAMPLE}.missing_items"
    ),
    "missing_percent": Formula(
        "percentage of missing answers",
        "100 · (dyads · items − answers) / (dyads · items)",
        f"{_SAMPLE}.missing_items",
    ),
}  # fmt: skip

_COVERAGE = {
    "complete": Formula(
        "questionnaires scored from all items",
        "questionnaires without a missing item of the scale",
        "attune.scoring.score_coverage.ScoreCoverage",
    ),
    "prorated": Formula(
        "questionnaires scored with items missing",
        "questionnaires with items missing, but no more than the missing rule allows",
        "attune.scoring.score_coverage.ScoreCoverage",
    ),
    "none": Formula(
        "questionnaires without a score",
        "questionnaires with more items missing than the missing rule allows",
        "attune.scoring.score_coverage.ScoreCoverage",
    ),
    "given": Formula(
        "scores that came with the data",
        "scores of the raw file, taken as they are",
        "attune.scoring.score_coverage.ScoreCoverage",
    ),
}

_KEY = {
    f"key.{statistic}": Formula(label, formula, "attune.scoring.key_statistics.key_statistics")
    for statistic, label, formula in (
        ("n_items", "number of items", "items of the scoring key, of a scale where one is named"),
        ("n_answers", "number of answers", "items times the states in which they are rated"),
        ("lowest_answer", "lowest answer", "lower end of the response scale"),
        ("highest_answer", "highest answer", "upper end of the response scale"),
        ("n_scales", "number of scales", "scales of the scoring key"),
        ("n_subscales", "number of subscales", "scales from a part of the items"),
        ("n_global_scales", "number of global scales", "scales from all items"),
        ("lowest_score", "lowest possible score", "score of the answers that give the lowest"),
        ("highest_score", "highest possible score", "score of the answers that give the highest"),
    )
}

_FINDINGS = {
    "count": Formula(
        "count of findings in the raw files",
        "findings of this severity or rule",
        "attune.intake.reading.violations.violation_counts",
    ),
}

FORMULAS = {
    f"{rule}.{statistic}": formula
    for rule, formulas in {
        "validate_responses": _FINDINGS,
        "score_scales": _COVERAGE | _KEY,
        "estimate_reliability": _RELIABILITY,
        "compute_residual_gains": _GAINS,
        "correlate_measures": _CORRELATIONS,
        "compare_conditions": _CONDITIONS,
        "describe_sample": _SUMMARIES,
    }.items()
    for statistic, formula in formulas.items()
}
"""Every statistic of the store by `<rule>[.<analysis>[.<first term>]].<statistic>`."""


def formula_key(rule: str, analysis: str, statistic: str, x: str | None = None) -> str | None:
    """The key of a statistic in `FORMULAS`; None where nothing describes it.

    Parameters
    ----------
    rule : str
        The rule that computed the statistic.
    analysis, statistic : str
        First and last part of its id.
    x : str, optional
        Its first term.

    Examples
    --------
    >>> formula_key("describe_sample", "retention", "n")
    'describe_sample.retention.n'
    >>> formula_key("describe_sample", "sample", "n", "age")
    'describe_sample.n'
    >>> formula_key("describe_sample", "sample", "n", "therapists")
    'describe_sample.sample.therapists.n'
    """
    most, more, least = f"{analysis}.{x}.{statistic}", f"{analysis}.{statistic}", statistic
    for key in (f"{rule}.{each}" for each in (most, more, least)):
        if key in FORMULAS:
            return key
    return None
