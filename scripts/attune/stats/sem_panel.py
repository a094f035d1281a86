"""Random-intercept cross-lagged panel models: who changes whom from session to session."""

from collections.abc import Sequence

from attune.specs.errors import AnalysisError

FEWEST_WAVES = 3
"""With two waves, stable differences cannot be told from carry-over."""


def cross_lagged_model(
    first: Sequence[str],
    second: Sequence[str],
    *,
    names: tuple[str, str] = ("x", "y"),
    equal_over_time: bool = True,
) -> str:
    r"""Model text of a random-intercept cross-lagged panel model of two variables.

    .. math:: x_{it} = \mu_t + \kappa_i + p_{it}, \qquad
              p_{it} = \alpha_t p_{i,t-1} + \beta_t q_{i,t-1} + u_{it}

    and the same for y with q. The random intercepts are stable differences between patients; the
    cross-lagged paths relate a patient's deviation from the own level at one session, for example
    of the alliance, to the deviation at the next, for example of symptoms.

    Parameters
    ----------
    first, second : sequence of str
        Columns of both variables in the order of the waves, at least three; one row per patient.
    names : tuple of str
        Short names of both variables, parts of factor names and labels.
    equal_over_time : bool
        The lagged paths are the same at all waves, which a likelihood ratio against
        ``equal_over_time=False`` tests; labels are then ``<name>_<name>`` (outcome, predictor),
        otherwise ``<name>_<name>_<wave>``.

    Returns
    -------
    str
        For `attune.stats.sem_fit.fit_sem`. Factors: ``stable_<name>``, ``own_<name>_<wave>``.

    Raises
    ------
    AnalysisError
        Fewer than three waves, unequal numbers of waves, a column named twice.

    References
    ----------
    Hamaker, E. L., Kuiper, R. M., & Grasman, R. P. P. P. (2015). A critique of the cross-lagged
    panel model. Psychological Methods, 20(1), 102-116. https://doi.org/10.1037/a0038889

    Examples
    --------
    >>> text = cross_lagged_model(["a1", "a2", "a3"], ["s1", "s2", "s3"], names=("wai", "bdi"))
    >>> print(text.splitlines()[0])
    stable_wai =~ 1*a1 + 1*a2 + 1*a3
    >>> [line for line in text.splitlines() if line.startswith("own_bdi_2 ~ ")]
    ['own_bdi_2 ~ bdi_bdi*own_bdi_1 + bdi_wai*own_wai_1']
    """
    _require_waves(first, second, names)
    waves = range(1, len(first) + 1)
    x, y = names
    columns = {x: list(first), y: list(second)}
    lines = [f"stable_{n} =~ " + " + ".join(f"1*{c}" for c in columns[n]) for n in names]
    lines += [f"own_{n}_{t} =~ 1*{columns[n][t - 1]}" for n in names for t in waves]
    for outcome, other in ((x, y), (y, x)):
        for t in waves[1:]:
            end = "" if equal_over_time else f"_{t}"
            lines.append(
                f"own_{outcome}_{t} ~ {outcome}_{outcome}{end}*own_{outcome}_{t - 1}"
                f" + {outcome}_{other}{end}*own_{other}_{t - 1}"
            )
    # Deviations start uncorrelated with the stable levels; the rest of each score is in them.
    lines += [f"stable_{n} ~~ 0*own_{x}_1 + 0*own_{y}_1" for n in names]
    lines += [f"stable_{x} ~~ stable_{y}"]
    lines += [f"own_{x}_{t} ~~ own_{y}_{t}" for t in waves]
    lines += [f"{column} ~~ 0*{column}" for n in names for column in columns[n]]
    return "\n".join(lines)


def _require_waves(first: Sequence[str], second: Sequence[str], names: tuple[str, str]) -> None:
    """Refuse waves from which the model cannot be written."""
    problems = []
    if len(first) != len(second):
        problems.append(
            f"the variables have {len(first)} and {len(second)} waves; name the same sessions of"
            " both."
        )
    if min(len(first), len(second)) < FEWEST_WAVES:
        problems.append(
            f"found {min(len(first), len(second))} waves, needed are at least {FEWEST_WAVES}."
        )
    every = [*first, *second]
    twice = sorted({name for name in every if every.count(name) > 1})
    if twice:
        problems.append(f"{twice[0]!r} is named twice; every wave has a column of its own.")
    if names[0] == names[1] or not all(name.isidentifier() for name in names):
        problems.append(f"the names {names!r} must be two different words without spaces.")
    if problems:
        raise AnalysisError("A cross-lagged panel model cannot be written.", problems)
