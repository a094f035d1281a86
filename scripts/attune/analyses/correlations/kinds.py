"""Kinds of statistics of the families of correlations."""

from dataclasses import replace

from attune.stats.effect_sizes import COHEN_R
from attune.store.statistic_kinds import (
    CORRELATION,
    NOT_NEGATIVE,
    P_VALUE,
    SHARE,
    PrintFormat,
    StatisticKind,
)
from attune.store.tolerances import ITERATED

_RULE = "correlate_measures"
_TESTS = "attune.stats.hypothesis_tests"
_ANCOVA = "attune.stats.ancova"

R_FORMAT = PrintFormat("bounded", 3, signed=True, sizes=COHEN_R, with_df=True)
"""A correlation as printed: three decimals, no leading zero, degrees of freedom in brackets."""

_SLOPE = PrintFormat(decimals=3, signed=True, with_df=True)

KINDS = (
    StatisticKind(
        id="<family>.<x>.<y>.pearson_r",
        rule=_RULE,
        label="Pearson correlation",
        formula="r = Σ(x − mean x)(y − mean y) / √[Σ(x − mean x)² · Σ(y − mean y)²];"
        " t = r √(n − 2) / √(1 − r²), df = n − 2; interval tanh(artanh r ± z / √(n − 3))",
        function=f"{_TESTS}.pearson_test",
        doi="10.1098/rspl.1895.0041",
        symbol="*r*",
        print_format=R_FORMAT,
        allowed=CORRELATION,
        test="planned",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.r_squared",
        rule=_RULE,
        label="share of variance that two measures have in common",
        formula="r², the square of Pearson's correlation",
        function=f"{_TESTS}.pearson_test",
        doi="10.4324/9780203771587",
        symbol="*r*^2^",
        print_format=PrintFormat("bounded", 3, share=True),
        allowed=SHARE,
    ),
    StatisticKind(
        id="<family>.<x>.<y>.spearman_rho",
        rule=_RULE,
        label="Spearman rank correlation",
        formula="Pearson's r of the ranks, tied values sharing their mean rank;"
        " interval tanh(artanh r ± z √[(1 + r²/2) / (n − 3)])",
        function=f"{_TESTS}.spearman_test",
        doi="10.1007/BF02294183",
        symbol="*r*~s~",
        print_format=R_FORMAT,
        allowed=CORRELATION,
        test="additional",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.partial_r",
        rule=_RULE,
        label="partial correlation, the treatment condition held constant",
        formula="Pearson's r of what is left of x and y after a regression on the conditions;"
        " df = n − 2 − (conditions − 1)",
        function=f"{_TESTS}.partial_test",
        doi="10.4324/9780203774441",
        symbol="*pr*",
        print_format=R_FORMAT,
        allowed=CORRELATION,
        test="additional",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.ancova_r",
        rule=_RULE,
        label="partial correlation of the posttest, given the pretest",
        formula="pr = t / √(t² + df) of x in posttest = b0 + b1 · pretest + b2 · x, df = n − 3;"
        " Fisher's interval with √(n − 4)",
        function=f"{_ANCOVA}.ancova",
        doi="10.4324/9780203774441",
        symbol="*pr*",
        print_format=R_FORMAT,
        allowed=CORRELATION,
        test="planned",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.ancova_slope",
        rule=_RULE,
        label="slope in the analysis of covariance",
        formula="b2 of posttest = b0 + b1 · pretest + b2 · x, least squares; interval b2 ± t(n − 3)"
        " SE",
        function=f"{_ANCOVA}.ancova",
        doi="10.4324/9780203774441",
        symbol="*b*",
        print_format=_SLOPE,
        test="additional",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.ancova_slope_hc3",
        rule=_RULE,
        label="slope in the analysis of covariance, with a standard error for unequal variances",
        formula="b2 as in the analysis of covariance; variance (X′X)⁻¹ X′ diag[e² / (1 − h)²] X"
        " (X′X)⁻¹, e the residuals, h the leverages",
        function=f"{_ANCOVA}.ancova",
        doi="10.1080/00031305.2000.10474549",
        symbol="*b*",
        print_format=_SLOPE,
        test="additional",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.ancova_slope_corrected",
        rule=_RULE,
        label="slope in the analysis of covariance, corrected for the pretest's measurement error",
        formula="b2 where the pretest's variance in the normal equations is its reliability times"
        " the observed variance",
        function=f"{_ANCOVA}.corrected_slope",
        doi="10.1080/01621459.1960.10482065",
        symbol="*b*~corrected~",
        print_format=_SLOPE,
    ),
    StatisticKind(
        id="<family>.<x>.<y>.ancova_semipartial_r",
        rule=_RULE,
        label="semipartial correlation of the posttest with what the pretest leaves of x",
        formula="r of the posttest with the residual of x on the pretest; its square is what x adds"
        " to the explained variance of the posttest",
        function=f"{_ANCOVA}.ancova",
        doi="10.4324/9780203774441",
        symbol="*sr*",
        print_format=replace(R_FORMAT, with_df=False, sizes=()),
        allowed=CORRELATION,
    ),
    StatisticKind(
        id="<family>.<x>.<y>.pretest_r",
        rule=_RULE,
        label="correlation with the pretest",
        formula="Pearson's r of x and the pretest, over the dyads of the analysis of covariance",
        function=f"{_TESTS}.pearson_test",
        doi="10.1098/rspl.1895.0041",
        symbol="*r*",
        print_format=replace(R_FORMAT, sizes=()),
        allowed=CORRELATION,
        test="additional",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.change_r",
        rule=_RULE,
        label="correlation with the raw change",
        formula="Pearson's r of x and posttest minus pretest",
        function=f"{_TESTS}.pearson_test",
        doi="10.1037/h0025105",
        symbol="*r*",
        print_format=R_FORMAT,
        allowed=CORRELATION,
        test="additional",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.robust_r",
        rule=_RULE,
        label="tested correlation with an interval that does not assume normal scores",
        formula="tanh(artanh r ± t(n − 1) · SE), SE from artanh r with each dyad left out in turn",
        function="attune.stats.robust_intervals.robust_correlation_interval",
        doi="10.1111/j.2044-8317.1982.tb00653.x",
        symbol="*r*",
        print_format=replace(R_FORMAT, with_df=False, interval="robust CI"),
        allowed=CORRELATION,
    ),
    StatisticKind(
        id="<family>.<x>.<y>.sandwich_r",
        rule=_RULE,
        label="tested correlation with a sandwich interval, which does not assume normal scores",
        formula="tanh(artanh r ± t(n − 2 − k) · SE), k measures held constant; SE² = Σ {[u v −"
        " r (u² + v²) / 2] / (1 − h)}² / (1 − r²)², u and v the centred measures with a sum of"
        " squares of 1, h the larger leverage of the dyad",
        function="attune.stats.robust_intervals.sandwich_correlation_interval",
        doi="10.1111/j.2044-8317.1982.tb00653.x",
        symbol="*r*",
        print_format=replace(R_FORMAT, with_df=False, interval="sandwich CI"),
        allowed=CORRELATION,
    ),
    StatisticKind(
        id="<family>.<x>.<y>.bootstrap_r",
        rule=_RULE,
        label="tested correlation with a bootstrap interval",
        formula="r of the data; bias-corrected and accelerated limits from r of resampled dyads,"
        " with the regressions repeated where the test has one",
        function="attune.stats.resampling.bca_interval",
        doi="10.1080/01621459.1987.10478410",
        symbol="*r*",
        print_format=replace(R_FORMAT, interval="BCa CI"),
        allowed=CORRELATION,
    ),
    StatisticKind(
        id="<family>.<x>.<y>.permutation_p",
        rule=_RULE,
        label="p of the permutation test of the correlation",
        formula="p = (1 + random orders whose r is at least as extreme) / (1 + random orders);"
        " where all orders are taken, the share of those that are at least as extreme: in the"
        " predicted direction, or without one in either. For measures, orders of y; for residual"
        " gains, orders of what the pretest leaves of the posttest (Freedman & Lane, 1983)",
        function="attune.stats.resampling.permutation_tests",
        doi="10.2202/1544-6115.1585",
        symbol="*p*~perm~",
        print_format=P_VALUE,
        allowed=SHARE,
        test="additional",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.p_holm",
        rule=_RULE,
        label="p of the correlation, adjusted after Holm",
        formula="with p sorted upwards: the largest of min(1, (m − j + 1) p_j) over j up to the"
        " place of the p, m p values in the family",
        function="attune.stats.multiplicity.holm",
        doi="10.2307/2532694",
        symbol="*p*~Holm~",
        print_format=P_VALUE,
        allowed=SHARE,
        test="additional",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.p_bh",
        rule=_RULE,
        label="p of the correlation, adjusted after Benjamini and Hochberg",
        formula="with p sorted upwards: the smallest of min(1, m p_j / j) over j from the place of"
        " the p on, m p values in the family",
        function="attune.stats.multiplicity.benjamini_hochberg",
        doi="10.1111/j.2517-6161.1995.tb02031.x",
        symbol="*p*~BH~",
        print_format=P_VALUE,
        allowed=SHARE,
        test="additional",
    ),
    StatisticKind(
        id="<family>.<x>.<y>.bayes_factor",
        rule=_RULE,
        label="Bayes factor of a correlation against none",
        formula="BF10 = p(data | ρ from a stretched beta prior) / p(data | ρ = 0)",
        function="attune.stats.bayes_factors.correlation_bayes_factor",
        doi="10.1016/j.jmp.2015.06.004",
        symbol="BF~10~",
        print_format=PrintFormat("bayes_factor"),
        allowed=NOT_NEGATIVE,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="<family>.<x>.<y>.bayes_factor_directed",
        rule=_RULE,
        label="Bayes factor of a correlation of the predicted sign against none",
        formula="BF+0 = 2 · BF10 · P(ρ has the predicted sign | data)",
        function="attune.stats.bayes_factors.correlation_bayes_factor",
        doi="10.1016/j.spl.2014.05.010",
        symbol="BF~directed~",
        print_format=PrintFormat("bayes_factor"),
        allowed=NOT_NEGATIVE,
        tolerance=ITERATED,
    ),
    StatisticKind(
        id="<family>.<x>.<y>.minimum_detectable_r",
        rule=_RULE,
        label="smallest correlation that a sample of this size finds with the wanted power",
        formula="the r at which Φ{(ζ − z_c) √(n − 3)} is the power; ζ = artanh r + r / [2(n − 1)],"
        " z_c = artanh of the critical correlation",
        function="attune.stats.power.minimum_detectable_correlation",
        doi="10.4324/9780203771587",
        symbol="*r*~min~",
        print_format=PrintFormat("bounded", 3),
        allowed=SHARE,
        tolerance=ITERATED,
    ),
)
"""Kinds of statistics of each pair of measures of a family; `<family>` is its name in the study."""
