"""Second computation of the stored statistics with pingouin.

attune computes correlations, tests and alpha with its own formulas. Here the same estimates,
degrees of freedom and p values are computed again from the cached tables by pingouin, an
independent implementation, and compared with the stored ones. The data of a statistic are looked up
by its row (terms, data set, tail), not by the code that computed it.

Not compared: intervals (pingouin rounds them inside), Bayes factors, adjusted p values, resampling,
omega, the difference of means (pingouin's tables do not hold it) and the regressions of the gains.

Reference: Vallat, R. (2018). Pingouin: Statistics in Python. Journal of Open Source Software,
3(31), 1026. https://doi.org/10.21105/joss.01026
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from attune.scoring.scores import keyed_responses
from attune.specs.errors import StatisticError
from attune.store.contracts import ITEM_COLUMNS
from attune.store.frame_rows import frame_rows
from attune.store.statistic_rows import software, statistic_id

if TYPE_CHECKING:
    from attune.specs.instrument import Instrument

TOLERANCE = 1e-9
"""Largest relative difference between a stored and a recomputed value."""

SMALLEST = 1e-3
"""Magnitude below which differences count relative to this value: a correlation of zero has no
relative precision, and smaller p values are printed as "< .001"."""

NEARLY_PERFECT = 1 - 1e-6
"""Magnitude of a correlation above which its p depends on the rounding of the correlation."""

_CORRELATIONS = ("pearson_r", "spearman_rho", "partial_r")
_TWO_CONDITIONS = ("t", "cohen_d", "hedges_g")
_KINDS = (*_CORRELATIONS, *_TWO_CONDITIONS, "f", "alpha")

Values = dict[str, float]
"""Recomputed values by their column of the contract `STATISTICS`."""


def confirm_statistics(
    statistics: pd.DataFrame,
    datasets: Mapping[str, pd.DataFrame],
    responses: pd.DataFrame,
    instruments: "Mapping[str, Instrument]",
    *,
    levels: Mapping[str, str],
    variances: str = "pooled",
    own_variances: Mapping[str, str] | None = None,
    own_levels: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Any]:
    """Recompute statistics with pingouin and compare them with the stored ones.

    Parameters
    ----------
    statistics : pandas.DataFrame
        Contract `STATISTICS`. Rows of other kinds and undefined estimates are left out.
    datasets : mapping of str to pandas.DataFrame
        Data sets by name (see `attune.store.datasets.analysis_datasets`).
    responses : pandas.DataFrame
        Contract `RESPONSES`, each therapist's questionnaire about herself once.
    instruments : mapping of str to Instrument
        Scoring keys by id.
    levels : mapping of str to str
        Label of each condition by its code, in the declared order.
    variances : {"pooled", "welch"}
        Which t or F test was computed.
    own_variances : mapping of str to {"pooled", "welch"}, optional
        Id of a comparison -> its test, where the plan names one.
    own_levels : mapping of str to mapping, optional
        Id of a comparison -> its conditions in the order of the difference, where the plan names a
        reference.

    Returns
    -------
    dict
        Content of `confirmation.json`: package with version, tolerance, number of confirmed
        statistics by kind, largest relative difference (see `relative_difference`). It holds no
        value of a statistic and nothing of single dyads.

    Raises
    ------
    StatisticError
        A recomputed value differs by more than `TOLERANCE`; every id is named.
    """
    package = software("pingouin")
    alphas = dict(_alphas(responses, instruments))
    own_variances = own_variances or {}
    confirmed: Counter[str] = Counter()
    largest, problems = 0.0, []
    for row in frame_rows(statistics):
        kind = row["statistic"]
        if kind not in _KINDS or row["estimate"] is None:
            continue
        if kind == "alpha":
            second = _alpha(alphas.get(row["id"]))
        elif kind in _CORRELATIONS:
            second = _correlation(row, datasets[row["dataset"]])
        else:
            name = row["id"].partition(".")[0]
            kind_of_test = own_variances.get(name, variances)
            ordered = (own_levels or {}).get(name, levels)
            second = _comparison(row, datasets[row["dataset"]], ordered, kind_of_test)
        differences = {
            column: relative_difference(row[column], value) for column, value in second.items()
        }
        beyond = [name for name, value in differences.items() if not value <= TOLERANCE]
        if beyond:
            worst = max(differences[name] for name in beyond)
            problems.append(f"{row['id']}: {', '.join(beyond)} (relative difference {worst:.1e})")
            continue
        confirmed[kind] += 1
        largest = max(largest, *differences.values())
    if problems:
        raise StatisticError(
            f"{package} does not confirm {len(problems)} of"
            f" {len(problems) + confirmed.total()} statistics. Run the analyses again; if the"
            " difference remains, one of the two computations is wrong.",
            problems,
        )
    return {
        "software": package,
        "tolerance": TOLERANCE,
        "smallest_magnitude": SMALLEST,
        "confirmed": dict(sorted(confirmed.items())),
        "largest_relative_difference": largest,
    }


def relative_difference(stored: float | None, recomputed: float) -> float:
    r"""Difference of two values of one statistic, relative to the larger.

    .. math:: \frac{|a - b|}{\max(|a|, |b|, 0.001)}

    A value that is missing or NaN differs from every other: the result is infinite.

    Examples
    --------
    >>> relative_difference(0.5, 0.4), relative_difference(0.0, 0.001), relative_difference(None, 1)
    (0.19999999999999996, 1.0, inf)
    """
    if stored is None or not np.isfinite([stored, recomputed]).all():
        return float("inf")
    return float(abs(stored - recomputed) / max(abs(stored), abs(recomputed), SMALLEST))


def _correlation(row: Mapping[str, Any], frame: pd.DataFrame) -> Values:
    """Correlation of a pair; p in the declared direction where there is one."""
    import pingouin
    from scipy.stats import pearsonr

    pair = pd.DataFrame({"x": _numbers(frame[row["x"]]), "y": _numbers(frame[row["y"]])})
    held = 0
    if row["statistic"] == "partial_r":
        pair["condition"] = frame["condition"].to_numpy()
        pair = pair.dropna()
        dummies = pd.get_dummies(pair.pop("condition"), drop_first=True, dtype=float)
        dummies.columns = [f"held_{number}" for number in range(dummies.shape[1])]
        pair, held = pair.join(dummies), dummies.shape[1]

        def test(tail: str) -> pd.Series:
            table = pingouin.partial_corr(pair, "x", "y", list(dummies), alternative=tail)
            return table.iloc[0]

    else:
        pair = pair.dropna()
        method = "pearson" if row["statistic"] == "pearson_r" else "spearman"

        def test(tail: str) -> pd.Series:
            return pingouin.corr(pair["x"], pair["y"], tail, method).iloc[0]

    found = test("two-sided")
    values = {"estimate": found["r"], "n": found["n"], "df": found["n"] - 2 - held}
    if abs(found["r"]) > NEARLY_PERFECT:
        return values
    values["p_two_tailed"] = found["p_val"]
    if row["tail"] is not None and row["statistic"] == "pearson_r":
        # pingouin's table of a directed r has a Bayes factor that needs a package of its own; its
        # r and p are those of scipy.
        values["p_one_tailed"] = pearsonr(pair["x"], pair["y"], alternative=row["tail"]).pvalue
    elif row["tail"] is not None:
        values["p_one_tailed"] = test(row["tail"])["p_val"]
    return values


def _comparison(
    row: Mapping[str, Any], frame: pd.DataFrame, levels: Mapping[str, str], variances: str
) -> Values:
    """Test or effect size of a comparison of conditions, first minus second."""
    import pingouin

    long = pd.DataFrame({"value": _numbers(frame[row["x"]]), "level": frame["condition"]})
    long = long[long["level"].isin(list(levels))].dropna()
    if row["statistic"] == "f":
        anova = pingouin.anova if variances == "pooled" else pingouin.welch_anova
        table = anova(long, dv="value", between="level").iloc[0]
        return {"estimate": table["F"], "df": table["ddof2"], "p_two_tailed": table["p_unc"]}
    first, second = (long["value"][long["level"] == code].to_numpy() for code in levels)
    if row["statistic"] == "t":
        table = pingouin.ttest(first, second, correction=variances == "welch").iloc[0]
        return {"estimate": table["T"], "df": table["dof"], "p_two_tailed": table["p_val"]}
    size = "cohen" if row["statistic"] == "cohen_d" else "hedges"
    return {"estimate": pingouin.compute_effsize(first, second, eftype=size)}


def _alphas(
    responses: pd.DataFrame, instruments: "Mapping[str, Instrument]"
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Keyed items of each scale, one row per questionnaire, by the id of its alpha."""
    key = ["instrument", "rater", "occasion", "state"]
    for (name, rater, occasion, state), questionnaires in responses.groupby(key):
        instrument = instruments[str(name)]
        columns = list(ITEM_COLUMNS[: instrument.n_items])
        given = questionnaires[columns].to_numpy(dtype=float, na_value=np.nan)
        keyed = keyed_responses(given, instrument)
        for scale in instrument.consistency_scales():
            terms = (str(name), scale, str(rater), str(occasion), str(state))
            items = np.array(instrument.items_of(scale)) - 1
            yield statistic_id("reliability", *terms, "alpha"), pd.DataFrame(keyed[:, items])


def _alpha(items: pd.DataFrame | None) -> Values:
    import pingouin

    if items is None:
        return {"estimate": float("nan")}
    return {"estimate": pingouin.cronbach_alpha(items, nan_policy="listwise")[0]}


def _numbers(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=float, na_value=np.nan)
