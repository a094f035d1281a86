"""Missing outcomes of a trial: missing at random, reference-based imputation, delta adjustment.

The imputation model is one multivariate normal distribution of covariates, baseline and visits in
each arm, unstructured. It has no random effect of therapists: imputed outcomes of patients of one
therapist are related only through what was observed of them. Analyses of the imputed data respect
clusters by their standard errors, and the resampled variance by resampling whole clusters.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attune.specs.errors import AnalysisError
from attune.stats.incomplete_normal import NormalFit, draw_missing, fit_normal, posterior_draws
from attune.stats.trial_outcomes import AFTER_DROPOUT, INTERMITTENT, TrialOutcomes

Array = NDArray[np.float64]

Strategy = Literal["missing_at_random", "jump_to_reference", "copy_increments", "copy_reference"]
"""What outcomes after the last observed visit are like (Carpenter, Roger & Kenward, 2013).

missing_at_random: as in those of the same arm with the same past. jump_to_reference: from then on
as in the reference arm, given the deviations from the own arm's means so far. copy_increments: the
mean of the own arm at the last observed visit, plus the changes of the reference arm from then on.
copy_reference: as in the reference arm all along, the past taken as deviations from its means.
"""

Scheme = Literal["posterior", "bootstrap"]
"""How the parameters of the imputation model are drawn. posterior: from their posterior
distribution by data augmentation. bootstrap: maximum likelihood in bootstrap samples of the persons
(or clusters) of each arm, the approximate Bayesian way."""


@dataclass(frozen=True)
class Imputations:
    """Imputed data sets of a trial.

    Attributes
    ----------
    data : TrialOutcomes
    completed : ndarray, shape (m, n, p)
        As `TrialOutcomes.outcomes`, without missing values; without delta.
    strategies : dict
        Arm -> strategy.
    scheme : str
    messages : tuple of str
    """

    data: TrialOutcomes
    completed: Array = field(repr=False)
    strategies: Mapping[Hashable, str]
    scheme: str
    messages: tuple[str, ...]

    def frames(self, delta: Mapping[Hashable, float] | None = None) -> Iterator[pd.DataFrame]:
        """The data sets: persons, columns before_0, before_1, ... and one column per visit."""
        names = [f"before_{k}" for k in range(self.data.n_before)]
        for values in self.completed + delta_adjustment(self.data, delta or {}):
            columns = pd.DataFrame(values, columns=[*names, *self.data.visits])
            yield pd.concat([self.data.persons.reset_index(drop=True), columns], axis=1)


@dataclass(frozen=True)
class DrawnParameters:
    """Draws of the parameters of the imputation model, one for each data set to impute.

    Attributes
    ----------
    data : TrialOutcomes
    fits : tuple of NormalFit
        One for each arm; a batch of n_imputations.
    scheme : str
    """

    data: TrialOutcomes
    fits: tuple[NormalFit, ...] = field(repr=False)
    scheme: str


def draw_parameters(
    data: TrialOutcomes,
    n_imputations: int,
    generator: np.random.Generator,
    scheme: Scheme = "posterior",
    burn_in: int = 100,
) -> DrawnParameters:
    """Draw means and covariances of every arm; the same draws serve all strategies.

    Parameters
    ----------
    data : TrialOutcomes
    n_imputations : int
        At least 2.
    generator : numpy.random.Generator
    scheme : str
        See `Scheme`.
    burn_in : int
        Steps of data augmentation before each draw.

    Raises
    ------
    AnalysisError
        An unknown scheme; an arm with too few persons or observed outcomes.
    """
    if scheme not in get_args(Scheme):
        raise AnalysisError(
            f"There is no scheme {scheme!r}; there are: {', '.join(get_args(Scheme))}."
        )
    if n_imputations < 2:
        raise AnalysisError(f"Rubin's rules need at least two imputations, found {n_imputations}.")
    if scheme == "bootstrap":
        counts = bootstrap_counts(data, n_imputations, generator)
        try:
            fits = fit_arms(data, counts)
        except AnalysisError as error:
            raise AnalysisError(
                "The imputation model cannot be fitted in all bootstrap samples, as happens with"
                f" few persons or clusters in an arm; use the scheme 'posterior'. ({error})"
            ) from error
    else:
        fits = [
            posterior_draws(data.outcomes[data.arm == k], n_imputations, generator, burn_in)
            for k in range(len(data.arms))
        ]
    return DrawnParameters(data, tuple(fits), scheme)


def impute_outcomes(
    data: TrialOutcomes,
    strategy: Strategy | Mapping[Hashable, Strategy],
    n_imputations: int,
    generator: np.random.Generator,
    scheme: Scheme = "posterior",
    burn_in: int = 100,
) -> Imputations:
    """Draw parameters and impute by one strategy (see `draw_parameters` and `impute_with`)."""
    parameters = draw_parameters(data, n_imputations, generator, scheme, burn_in)
    return impute_with(parameters, strategy, generator)


def impute_with(
    parameters: DrawnParameters,
    strategy: Strategy | Mapping[Hashable, Strategy],
    generator: np.random.Generator,
) -> Imputations:
    """Multiple imputation of missing outcomes.

    Missing outcomes before the last observed visit, and missing covariates, are drawn as missing at
    random from the distribution of the person's own arm; those after it by the strategy.

    Parameters
    ----------
    parameters : DrawnParameters
    strategy : str or mapping of arm to str
        See `Strategy`; arms that a mapping leaves out are missing at random. In the reference arm
        all strategies are the same.
    generator : numpy.random.Generator

    Raises
    ------
    AnalysisError
        An unknown strategy or arm.

    References
    ----------
    Carpenter, J. R., Roger, J. H., & Kenward, M. G. (2013). Analysis of longitudinal trials with
    protocol deviation: A framework for relevant, accessible assumptions, and inference via multiple
    imputation. Journal of Biopharmaceutical Statistics, 23, 1352-1371.
    https://doi.org/10.1080/10543406.2013.834911
    """
    data = parameters.data
    strategies = strategies_by_arm(data, strategy)
    return Imputations(
        data=data,
        completed=complete_outcomes(data, parameters.fits, strategies, generator),
        strategies=strategies,
        scheme=parameters.scheme,
        messages=_messages(data, parameters.fits),
    )


def complete_outcomes(
    data: TrialOutcomes,
    fits: Sequence[NormalFit],
    strategies: Mapping[Hashable, str],
    generator: np.random.Generator | None,
) -> Array:
    """Fill missing values under a batch of parameters.

    Parameters
    ----------
    data : TrialOutcomes
    fits : sequence of NormalFit
        One for each arm, with the same batch size b.
    strategies : mapping
        Arm -> strategy.
    generator : numpy.random.Generator or None
        None: expected values instead of draws.

    Returns
    -------
    ndarray, shape (b, n, p)
    """
    filled = np.repeat(data.outcomes[None], len(fits[0].mean), axis=0)
    columns = np.arange(data.outcomes.shape[1])
    for place, pattern, last in data.patterns():
        own = fits[place]
        draw_missing(filled, pattern.rows, pattern.seen, own.mean, own.covariance, generator)
        after = columns > last
        strategy = strategies[data.arms[place]]
        if place == 0 or strategy == "missing_at_random" or not after.any():
            continue
        mean = _reference_mean(data, own.mean, fits[0].mean, strategy, last)
        # Regression of later visits on all before, as in the reference arm.
        draw_missing(filled, pattern.rows, ~after, mean, fits[0].covariance, generator)
    return filled


def _reference_mean(
    data: TrialOutcomes, own: Array, reference: Array, strategy: str, last: int
) -> Array:
    """Means around which the past deviates and the future is predicted."""
    if strategy == "copy_reference":
        return reference
    mean = reference.copy()
    mean[:, : last + 1] = own[:, : last + 1]
    # The last outcome, at a visit or before treatment, in the same units; covariates are none.
    if strategy == "copy_increments" and (last >= data.n_before or data.has_baseline):
        mean[:, last + 1 :] += (own[:, last] - reference[:, last])[:, None]
    return mean


def strategies_by_arm(
    data: TrialOutcomes, strategy: str | Mapping[Hashable, str]
) -> dict[Hashable, str]:
    """Strategy of every arm; unknown arms and strategies are refused together."""
    given = dict.fromkeys(data.arms, strategy) if isinstance(strategy, str) else dict(strategy)
    problems = [
        f"there is no arm {arm!r} (arms are {', '.join(map(repr, data.arms))})"
        for arm in given
        if arm not in data.arms
    ]
    problems += [
        f"there is no strategy {name!r} (there are {', '.join(get_args(Strategy))})"
        for name in dict.fromkeys(given.values())
        if name not in get_args(Strategy)
    ]
    if problems:
        raise AnalysisError(f"The imputation cannot be done: {'; '.join(problems)}.")
    return {arm: given.get(arm, "missing_at_random") for arm in data.arms}


def _messages(data: TrialOutcomes, fits: Sequence[NormalFit]) -> tuple[str, ...]:
    found = []
    if data.clusters is not None:
        found.append(
            "The imputation model has no random effect of clusters; the analysis of the imputed"
            " data respects them."
        )
    found += [
        f"The search for the maximum of the likelihood did not converge in the arm {arm!r}."
        for arm, fit in zip(data.arms, fits, strict=True)
        if not fit.converged
    ]
    return tuple(found)


def fit_arms(data: TrialOutcomes, counts: Array) -> list[NormalFit]:
    """Maximum likelihood in every arm, for every row of counts (b, n)."""
    found = []
    for place in range(len(data.arms)):
        own = data.arm == place
        # Many samples differ only in other arms.
        different, codes = np.unique(counts[:, own], axis=0, return_inverse=True)
        fit, codes = fit_normal(data.outcomes[own], different), codes.reshape(-1)
        found.append(NormalFit(fit.mean[codes], fit.covariance[codes], fit.converged))
    return found


def bootstrap_counts(data: TrialOutcomes, count: int, generator: np.random.Generator) -> Array:
    """How often each person is in each bootstrap sample: persons, or clusters, of every arm.

    Clusters with persons in several arms are drawn from all clusters.
    """
    units = np.arange(len(data.arm)) if data.clusters is None else data.clusters
    strata = arm_of_units(data, units)
    weights = np.zeros((count, int(units.max()) + 1))
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        size = len(members)
        weights[:, members] = generator.multinomial(size, np.full(size, 1 / size), count)
    return weights[:, units]


def arm_of_units(data: TrialOutcomes, units: NDArray[np.intp]) -> NDArray[np.intp]:
    """Place of the arm of every unit; 0 for all where some unit has persons in several arms."""
    pairs = np.unique(np.column_stack([units, data.arm]), axis=0)
    n_units = int(units.max()) + 1
    if len(pairs) > n_units:
        return np.zeros(n_units, dtype=np.intp)
    return np.asarray(pairs[:, 1])


def delta_adjustment(
    data: TrialOutcomes,
    delta: Mapping[Hashable, float],
    cells: Literal["after_dropout", "all_missing"] = "after_dropout",
    accumulate: bool = False,
) -> Array:
    """What a delta adds to imputed values.

    Parameters
    ----------
    data : TrialOutcomes
    delta : mapping of arm to float
        In units of the outcome; 0 for arms left out.
    cells : str
        Whether only outcomes after the last observed visit are changed, or all imputed ones.
    accumulate : bool
        Delta times the number of visits since the last observed one, instead of delta.

    Returns
    -------
    ndarray, shape (n, p)
    """
    unknown = [arm for arm in delta if arm not in data.arms]
    if unknown:
        raise AnalysisError(
            f"Delta is for the arm {unknown[0]!r}; arms are {', '.join(map(repr, data.arms))}."
        )
    changed = data.kinds == AFTER_DROPOUT
    size = np.where(changed, np.cumsum(changed, axis=1) if accumulate else 1.0, 0.0)
    if cells == "all_missing":
        size = np.where(data.kinds == INTERMITTENT, 1.0, size)
    shift = np.array([float(delta.get(arm, 0.0)) for arm in data.arms])[data.arm]
    return np.column_stack([np.zeros((len(size), data.n_before)), shift[:, None] * size])
