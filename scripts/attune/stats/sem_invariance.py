"""Measurement invariance: one factor behind the same items in several groups or at several times.

The models differ in what is equal between the sets of answers: nothing but the form (configural),
the loadings too (metric), the intercepts too (scalar), the residual variances too (strict).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from attune.specs.errors import AnalysisError
from attune.stats.sem_fit import SemFit

STEPS = ("configural", "metric", "scalar", "strict")
"""Steps in the order in which restrictions are added."""

CHEUNG_CFI = 0.010
"""Largest fall of the CFI that Cheung and Rensvold (2002) take for invariance."""

CHEN_LARGE = {"cfi": 0.010, "rmsea": 0.015}
CHEN_SMALL = {"cfi": 0.005, "rmsea": 0.010}
"""Falls of the CFI, and rises of the RMSEA, that Chen (2007) takes for lack of invariance, in large
samples and in those of `CHEN_N` or fewer."""

CHEN_N = 300


def group_model(items: Sequence[str], n_groups: int, step: str) -> str:
    """Model text of one factor in several groups.

    The factor has mean 0 and variance 1 in the first group; its variance is free in the others
    from metric, its mean from scalar invariance on.

    Parameters
    ----------
    items : sequence of str
        Columns of the items, at least three.
    n_groups : int
    step : str
        One of `STEPS`.

    Returns
    -------
    str
        For `attune.stats.sem_fit.fit_sem` with ``group``.

    Raises
    ------
    AnalysisError
        Fewer than three items or two groups, or an unknown step.

    Examples
    --------
    >>> print(group_model(["a", "b", "c"], 2, "metric").splitlines()[0])
    trait =~ c(NA, NA)*a + c(l1, l1)*a + c(l2, l2)*b + c(l3, l3)*c
    """
    place = _require(items, n_groups, step)

    def each(*words: str) -> str:
        return f"c({', '.join(words)})"

    def same(label: str) -> str:
        return each(*[label] * n_groups)

    free = each(*["NA"] * n_groups)
    loadings = [f"{free}*{items[0]}"]
    if place >= 1:
        loadings += [f"{same(f'l{k}')}*{item}" for k, item in enumerate(items, start=1)]
    else:
        loadings += list(items[1:])
    lines = ["trait =~ " + " + ".join(loadings)]
    others = ["NA" if place >= 1 else "1"] * (n_groups - 1)
    lines.append(f"trait ~~ {each('1', *others)}*trait")
    if place >= 2:
        lines += [f"{item} ~ {same(f'i{k}')}*1" for k, item in enumerate(items, start=1)]
        lines.append(f"trait ~ {each('0', *['NA'] * (n_groups - 1))}*1")
    if place >= 3:
        lines += [f"{item} ~~ {same(f'e{k}')}*{item}" for k, item in enumerate(items, start=1)]
    return "\n".join(lines)


def repeated_model(items: Sequence[Sequence[str]], step: str) -> str:
    """Model text of one factor at several occasions, or by several raters of the same persons.

    One model of all answers, since the same persons gave them: the factors covary, and so do the
    residuals of the same item. Otherwise as `group_model`.

    Parameters
    ----------
    items : sequence of sequence of str
        For each occasion the columns of the items, in the same order.
    step : str

    Examples
    --------
    >>> text = repeated_model([["a1", "b1", "c1"], ["a2", "b2", "c2"]], "configural")
    >>> [line for line in text.splitlines() if line.startswith("a1")]
    ['a1 ~~ a2']
    """
    place = _require(items[0] if items else [], len(items), step)
    lines = []
    for t, own in enumerate(items, start=1):
        loadings = [f"NA*{own[0]}"]
        if place >= 1:
            loadings += [f"l{k}*{item}" for k, item in enumerate(own, start=1)]
        else:
            loadings += list(own[1:])
        lines.append(f"trait{t} =~ " + " + ".join(loadings))
        variance = "" if place >= 1 and t > 1 else "1*"
        lines.append(f"trait{t} ~~ {variance}trait{t}")
        if place >= 2:
            lines += [f"{item} ~ i{k}*1" for k, item in enumerate(own, start=1)]
            lines += [f"trait{t} ~ 1"] if t > 1 else []
        if place >= 3:
            lines += [f"{item} ~~ e{k}*{item}" for k, item in enumerate(own, start=1)]
    for same in zip(*items, strict=True):
        lines += [f"{a} ~~ {b}" for k, a in enumerate(same) for b in same[k + 1 :]]
    return "\n".join(lines)


def _require(items: Sequence[str], n_sets: int, step: str) -> int:
    """Place of the step; refuses what no invariance can be tested of."""
    problems = []
    if step not in STEPS:
        problems.append(f"the step {step!r} is unknown; allowed are {', '.join(STEPS)}.")
    if len(items) < 3:
        problems.append(
            f"{len(items)} items cannot show a factor; invariance needs at least three."
        )
    if n_sets < 2:
        problems.append(f"{n_sets} set of answers has nothing to be compared with; name two.")
    if problems:
        raise AnalysisError("Invariance cannot be tested.", problems)
    return STEPS.index(step)


def factor_omega(fit: SemFit) -> pd.DataFrame:
    r"""Omega of each factor of a model, from its loadings and residual variances.

    .. math:: \omega = \frac{(\sum \lambda)^2 \phi}{(\sum \lambda)^2 \phi + \sum \theta}

    Returns
    -------
    pandas.DataFrame
        One row per group and factor: group (None without groups), factor, omega (NaN where a
        residual variance is negative).

    References
    ----------
    McDonald, R. P. (1999). Test theory: A unified treatment. Erlbaum.
    """
    values = fit.specification.values(fit.free)
    records: dict[tuple[int, str], dict[str, float]] = {}
    owner: dict[tuple[int, str], str] = {}
    for p, value in zip(fit.specification.parameters, values, strict=True):
        if p.operator == "=~":
            owner[p.group, p.right] = p.left
            own = records.setdefault((p.group, p.left), {"sum": 0.0, "factor": 1.0, "rest": 0.0})
            own["sum"] += float(value)
    for p, value in zip(fit.specification.parameters, values, strict=True):
        if p.operator != "~~" or p.left != p.right:
            continue
        if (p.group, p.left) in records:
            records[p.group, p.left]["factor"] = float(value)
        elif (p.group, p.left) in owner:
            own = records[p.group, owner[p.group, p.left]]
            own["rest"] += float(value) if value >= 0 else np.nan
    rows = []
    for (group, factor), own in records.items():
        common = own["sum"] ** 2 * own["factor"]
        rows.append((fit.data.group_names[group], factor, common / (common + own["rest"])))
    return pd.DataFrame(rows, columns=["group", "factor", "omega"])


def chen_bounds(n: int) -> dict[str, float]:
    """Changes of CFI and RMSEA that speak against invariance in a sample of n.

    References
    ----------
    Chen, F. F. (2007). Sensitivity of goodness of fit indexes to lack of measurement invariance.
    Structural Equation Modeling, 14(3), 464-504. https://doi.org/10.1080/10705510701301834
    """
    return dict(CHEN_SMALL if n <= CHEN_N else CHEN_LARGE)


def keeps_cfi(change: float) -> bool:
    """Whether a change of the CFI is small enough by the rule of Cheung and Rensvold.

    References
    ----------
    Cheung, G. W., & Rensvold, R. B. (2002). Evaluating goodness-of-fit indexes for testing
    measurement invariance. Structural Equation Modeling, 9(2), 233-255.
    https://doi.org/10.1207/S15328007SEM0902_5

    Examples
    --------
    >>> keeps_cfi(-0.004), keeps_cfi(-0.02)
    (True, False)
    """
    return change >= -CHEUNG_CFI - 1e-12


def keeps_fit(cfi_change: float, rmsea_change: float, n: int) -> bool:
    """Whether the changes of CFI and RMSEA are small enough by Chen's rule for a sample of n.

    Both indices must speak against invariance for it to be doubted: a fall of the CFI, supplemented
    by a rise of the RMSEA.

    References
    ----------
    Chen, F. F. (2007). Sensitivity of goodness of fit indexes to lack of measurement invariance.
    Structural Equation Modeling, 14(3), 464-504. https://doi.org/10.1080/10705510701301834

    Examples
    --------
    >>> keeps_fit(-0.007, 0.012, 120), keeps_fit(-0.007, 0.012, 500)
    (False, True)
    """
    bounds = chen_bounds(n)
    return not (cfi_change <= -bounds["cfi"] and rmsea_change >= bounds["rmsea"])
