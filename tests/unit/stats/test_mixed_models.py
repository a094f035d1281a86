"""Mixed models against dense matrices, and what the data must not be like."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from attune.specs.errors import AnalysisError
from attune.stats.mixed_models import MixedModel, RandomTerm, fit_mixed_model
from attune.stats.residual_covariance import Residual


def growth(
    seed: int = 3, therapists: int = 6, patients: int = 4, sessions: int = 5
) -> pd.DataFrame:
    """Growth curves; patient numbers start again in every therapist, some sessions are missing."""
    draw = np.random.default_rng(seed)
    rows = []
    for therapist in range(therapists):
        shift, arm = draw.normal() * 0.8, "ab"[therapist % 2]
        for patient in range(patients):
            level, slope = draw.normal() * 1.2, draw.normal() * 0.3
            for session in range(sessions):
                y = 10 + shift + level + (slope - 0.4) * session + draw.normal()
                day = session * 7 + draw.integers(0, 4)
                rater = int(draw.integers(0, 4))
                rows.append((therapist, patient, arm, session, int(day), f"r{rater}", y))
    names = ["therapist", "patient", "arm", "session", "day", "rater", "y"]
    frame = pd.DataFrame(rows, columns=names)
    return frame[draw.random(len(frame)) > 0.15].reset_index(drop=True)


ROWS = growth(3, 6, 4, 5)
PATIENT, THERAPIST = ("therapist", "patient"), ("therapist",)
LINE = RandomTerm(PATIENT, "1 + session")
MODELS = {
    "nested": ([LINE, RandomTerm(THERAPIST)], Residual()),
    "independent": ([RandomTerm(PATIENT, "1 + session", correlated=False)], Residual()),
    "two terms of one group": (
        [RandomTerm(PATIENT), RandomTerm(PATIENT, "0 + session"), RandomTerm(THERAPIST)],
        Residual(),
    ),
    "crossed": ([RandomTerm(PATIENT), RandomTerm(("rater",), "1 + session")], Residual()),
    "car1": ([RandomTerm(THERAPIST, "1 + session")], Residual("car1", PATIENT, "day")),
    "ar1 and variances": ([], Residual("ar1", PATIENT, "session", "session")),
    "unstructured": ([RandomTerm(THERAPIST)], Residual("unstructured", PATIENT, "session")),
    "compound symmetry": (
        [RandomTerm(("rater",))],
        Residual("compound_symmetry", PATIENT, variance_by="arm"),
    ),
}


@pytest.fixture(scope="module", params=MODELS)
def fit(request) -> MixedModel:
    random, residual = MODELS[request.param]
    return fit_mixed_model(ROWS, "y ~ session * arm", random, residual=residual)


def correlation(fit: MixedModel, first: pd.Series, second: pd.Series) -> float:
    """Residual correlation of two rows of one patient, from the printed parameters."""
    found, structure = fit.residual_parameters, fit.residual.structure
    if structure == "car1":
        return found["phi"] ** abs(first["day"] - second["day"])
    if structure == "ar1":
        return found["phi"] ** abs(first["session"] - second["session"])
    if structure == "compound_symmetry":
        return found["rho"]
    if structure == "unstructured":
        low, high = sorted([first["session"], second["session"]])
        return found[f"cor[{low},{high}]"]
    return 0.0


def dense(fit: MixedModel) -> tuple[np.ndarray, np.ndarray]:
    """Covariance of the random effects' part and of the residuals, row by row."""
    n = len(ROWS)
    random, residual = np.zeros((n, n)), np.zeros((n, n))
    columns = {"Intercept": np.ones(n), "session": ROWS["session"].to_numpy(dtype=float)}
    for term in fit.random_covariances:
        labels = ROWS[list(term.groups)].astype(str).agg("/".join, axis=1).to_numpy()
        z = np.column_stack([columns[name] for name in term.names])
        random += (z @ term.covariance @ z.T) * (labels[:, None] == labels[None, :])
    by = fit.residual.variance_by
    ratio = np.ones(n)
    if by is not None:
        ratio = np.array([fit.residual_parameters.get(f"sd_ratio[{v}]", 1.0) for v in ROWS[by]])
    sd = fit.residual_sd * ratio
    person = ROWS["therapist"] * 100 + ROWS["patient"]
    for i in range(n):
        for j in range(n):
            if i == j or person[i] == person[j]:
                share = 1.0 if i == j else correlation(fit, ROWS.iloc[i], ROWS.iloc[j])
                residual[i, j] = sd[i] * sd[j] * share
    return random, residual


def test_likelihood_and_estimates_are_those_of_dense_matrices(fit):
    v = sum(dense(fit))
    x, y = fit.design.matrix, ROWS["y"].to_numpy()
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    beta = np.linalg.solve(information, x.T @ inverse @ y)
    assert fit.estimates == pytest.approx(beta, abs=1e-7)
    assert fit.covariance == pytest.approx(np.linalg.inv(information), rel=1e-6)
    n, p = x.shape
    likelihood = multivariate_normal(np.zeros(n), v).logpdf(y - x @ beta)
    restricted = likelihood + p / 2 * np.log(2 * np.pi) - np.linalg.slogdet(information)[1] / 2
    assert fit.log_likelihood == pytest.approx(restricted, abs=1e-7)
    assert fit.converged


def test_no_other_parameters_are_more_likely(fit):
    state = fit.state
    rng = np.random.default_rng(1)
    best = state.solve(state.blocks, state.phi, fit.reml).deviance
    for _ in range(20):
        blocks = [block + 0.02 * np.tril(rng.normal(size=block.shape)) for block in state.blocks]
        for block, term in zip(blocks, fit.random_covariances, strict=True):
            if not term.correlated:
                block[:] = np.diag(np.diag(block))
        phi = state.phi + 0.02 * rng.normal(size=len(state.phi))
        assert state.solve(blocks, phi, fit.reml).deviance >= best - 1e-9


def test_gradient_is_that_of_differences(fit):
    state, step = fit.state, 1e-5
    rng = np.random.default_rng(2)
    blocks = [block + 0.3 * rng.normal(size=block.shape) for block in state.blocks]
    phi = state.phi + 0.2 * rng.normal(size=len(state.phi))
    sigma = fit.residual_sd * 1.1
    _, slopes, gradient = state.evaluate(blocks, phi, fit.reml, sigma)

    def deviance(moved, phi=phi, sigma=sigma):
        return state.solve(moved, phi, fit.reml, sigma).deviance

    for place, block in enumerate(blocks):
        for index in np.ndindex(*block.shape):
            up, down = [[b.copy() for b in blocks] for _ in range(2)]
            up[place][index] += step
            down[place][index] -= step
            found = (deviance(up) - deviance(down)) / (2 * step)
            assert slopes[place][index] == pytest.approx(found, rel=1e-5, abs=1e-5)
    for place in range(len(phi)):
        move = step * (np.arange(len(phi)) == place)
        found = (deviance(blocks, phi + move) - deviance(blocks, phi - move)) / (2 * step)
        assert gradient.residual[place] == pytest.approx(found, rel=1e-5, abs=1e-5)
    found = (deviance(blocks, sigma=sigma + step) - deviance(blocks, sigma=sigma - step)) / step / 2
    assert gradient.sigma == pytest.approx(found, rel=1e-5, abs=1e-5)


def test_fitted_values_and_residuals(fit):
    random, residual = dense(fit)
    y, x = ROWS["y"].to_numpy(), fit.design.matrix
    rest = y - x @ fit.estimates
    expected = x @ fit.estimates + random @ np.linalg.solve(random + residual, rest)
    assert fit.fitted() == pytest.approx(expected, abs=1e-7)
    assert fit.fitted(conditional=False) == pytest.approx(x @ fit.estimates)
    assert fit.residuals() == pytest.approx(y - expected, abs=1e-7)
    scale = np.sqrt(np.diag(residual))
    assert fit.residuals(standardised=True) == pytest.approx((y - expected) / scale, abs=1e-7)


def test_simulated_outcomes_have_the_covariance_of_the_model(fit):
    draws = fit.simulate(4000, np.random.default_rng(5))
    assert draws.shape == (len(ROWS), 4000)
    v = sum(dense(fit))
    spread = np.sqrt(np.diag(v))
    z = (draws.mean(axis=1) - fit.fitted(conditional=False)) / spread * np.sqrt(4000)
    assert np.abs(z).max() < 5
    gap = np.cov(draws) - v
    # Standard error of a covariance of 4,000 normal pairs.
    error = np.sqrt((v**2 + np.outer(np.diag(v), np.diag(v))) / 4000)
    assert np.abs(gap / error).max() < 6
    again = fit.simulate(4000, np.random.default_rng(5))
    assert (draws == again).all()


def test_random_effects_are_named_by_their_groups():
    fit = fit_mixed_model(ROWS, "y ~ session", [LINE, RandomTerm(THERAPIST)])
    patients, therapists = fit.random_effects(0), fit.random_effects(1)
    columns = ["therapist", "patient", "Intercept", "session", "se_Intercept", "se_session"]
    assert list(patients.columns) == columns
    assert (len(patients), len(therapists)) == (24, 6)
    assert fit.n_groups == {"therapist:patient": 24, "therapist": 6}
    merged = ROWS.merge(patients, on=["therapist", "patient"], suffixes=("", "_slope"))
    merged = merged.merge(therapists, on="therapist", suffixes=("", "_therapist"))
    total = merged["Intercept"] + merged["session_slope"] * merged["session"]
    total += merged["Intercept_therapist"]
    expected = fit.fitted() - fit.fitted(conditional=False)
    assert total.to_numpy() == pytest.approx(expected, abs=1e-9)


class TestInvariance:
    """What must not change the fit."""

    def test_order_and_index_of_the_rows(self):
        fit = fit_mixed_model(ROWS, "y ~ session * arm", MODELS["nested"][0])
        shuffled = ROWS.sample(frac=1, random_state=1)
        shuffled.index = [0] * len(shuffled)
        other = fit_mixed_model(shuffled, "y ~ session * arm", MODELS["nested"][0])
        assert other.estimates == pytest.approx(fit.estimates, abs=1e-7)
        assert other.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-8)

    def test_names_of_the_groups(self):
        named = ROWS.assign(
            patient=ROWS["therapist"].astype(str) + "p" + ROWS["patient"].astype(str),
            therapist="t" + ROWS["therapist"].astype(str),
        )
        fit = fit_mixed_model(ROWS, "y ~ session", MODELS["nested"][0])
        other = fit_mixed_model(
            named, "y ~ session", [RandomTerm(("patient",), "1 + session"), RandomTerm(THERAPIST)]
        )
        assert other.estimates == pytest.approx(fit.estimates, abs=1e-7)

    @pytest.mark.parametrize(("scale", "shift"), [(1e-3, 0.0), (365.0, 0.0), (1.0, 2015.0)])
    def test_unit_and_origin_of_time(self, scale, shift):
        fit = fit_mixed_model(ROWS, "y ~ session", MODELS["nested"][0], reml=False)
        moved = ROWS.assign(session=ROWS["session"] * scale + shift)
        other = fit_mixed_model(moved, "y ~ session", MODELS["nested"][0], reml=False)
        assert other.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-6)
        assert other.estimates[1] * scale == pytest.approx(fit.estimates[1], abs=1e-6)
        slopes = [f.random_covariances[0].sds[1] for f in (fit, other)]
        assert slopes[1] * scale == pytest.approx(slopes[0], rel=1e-4)

    def test_unit_of_the_outcome(self):
        fit = fit_mixed_model(ROWS, "y ~ session", MODELS["crossed"][0])
        other = fit_mixed_model(ROWS.assign(y=ROWS["y"] * 1e4), "y ~ session", MODELS["crossed"][0])
        assert other.estimates / 1e4 == pytest.approx(fit.estimates, rel=1e-6)
        assert other.residual_sd / 1e4 == pytest.approx(fit.residual_sd, rel=1e-5)


def test_without_random_effects_it_is_least_squares():
    fit = fit_mixed_model(ROWS, "y ~ session * arm")
    expected, rss, *_ = np.linalg.lstsq(fit.design.matrix, ROWS["y"], rcond=None)
    assert fit.estimates == pytest.approx(expected)
    assert fit.residual_sd**2 == pytest.approx(float(rss[0]) / (len(ROWS) - 4))
    assert (fit.n_parameters, fit.singular, fit.converged) == (5, False, True)


def test_a_variance_of_zero_is_named():
    rows = pd.DataFrame({"y": [0, 2, 0, 2, 0, 2, 0, 2.0], "group": list("aabbccdd")})
    fit = fit_mixed_model(rows, "y ~ 1", [RandomTerm(("group",))])
    assert fit.singular
    assert fit.random_covariances[0].sds[0] == 0
    assert fit.messages == ("Singular fit: Intercept of group has an estimated variance of 0.",)


def test_perfectly_correlated_effects_are_named():
    draw = np.random.default_rng(2)
    level = np.repeat(draw.normal(size=20), 4)
    time = np.tile(np.arange(4.0), 20)
    noise = draw.normal(size=80) * 0.3
    rows = pd.DataFrame({"y": level * (1 + time) + noise, "time": time, "id": np.arange(80) // 4})
    fit = fit_mixed_model(rows, "y ~ time", [RandomTerm(("id",), "1 + time")])
    assert fit.singular
    assert abs(fit.random_covariances[0].correlations[0, 1]) == pytest.approx(1, abs=1e-6)
    [message] = fit.messages
    assert message.startswith("Singular fit: the random effects of id are perfectly correlated")


@pytest.mark.parametrize("seed", range(8))
def test_parameters_that_the_data_do_not_determine_are_named(seed):
    """Two rows of each person have three variances and covariances; the model has five."""
    draw = np.random.default_rng(seed)
    y = draw.normal(size=40) + np.repeat(draw.normal(size=20), 2) * 2
    late = np.tile([0.0, 1.0], 20)
    rows = pd.DataFrame({"y": y, "id": np.arange(40) // 2, "late": late})
    residual = Residual(variance_by="late")
    fit = fit_mixed_model(rows, "y ~ late", [RandomTerm(("id",), "1 + late")], residual=residual)
    flat = [message for message in fit.messages if "hardly determine" in message]
    assert len(flat) == 2 or fit.singular
    assert fit.messages


@pytest.mark.parametrize("formula", ["1 + dose", "0 + dose + other"])
def test_variances_of_two_arms_without_covariance_are_determined(formula):
    dose = (ROWS["arm"] == "b").astype(float)
    rows = ROWS.assign(dose=dose, other=1 - dose)
    fit = fit_mixed_model(rows, "y ~ session", [RandomTerm(PATIENT, formula, correlated=False)])
    assert fit.converged and not any("hardly" in message for message in fit.messages)


def test_missing_rows_are_left_out_and_counted():
    holes = ROWS.copy()
    holes.loc[[3, 7], "y"] = np.nan
    holes.loc[11, "arm"] = None
    fit = fit_mixed_model(holes, "y ~ session * arm", MODELS["nested"][0])
    complete = fit_mixed_model(ROWS.drop([3, 7, 11]), "y ~ session * arm", MODELS["nested"][0])
    assert fit.n_missing_rows == 3
    assert fit.n_rows == len(ROWS) - 3
    assert fit.messages[0] == (
        f"3 of {len(ROWS)} rows have a missing value in the model and are left out."
    )
    assert fit.estimates == pytest.approx(complete.estimates)
    assert fit.refit(reml=False).n_missing_rows == 3


REFUSED = {
    "a column that does not exist": ("y ~ age", [], {}, "'age', which does not exist"),
    "a text outcome": ("arm ~ session", [], {}, "'arm' does not hold numbers"),
    "no fixed effect": ("y ~ 0", [], {}, "no fixed effect"),
    "no random effect": ("y ~ 1", [RandomTerm(PATIENT, "0")], {}, "has no effects"),
    "an outcome without error": ("y ~ same", [], {}, "determine the outcome exactly"),
    "collinear predictors": ("y ~ session + twice", [], {}, "predictor 'twice'"),
    "one group": ("y ~ 1", [RandomTerm(("one",))], {}, "has one group"),
    "a group of each row": ("y ~ 1", [RandomTerm(("row",))], {}, "has one row"),
    "text as time": ("y ~ 1", [RandomTerm(PATIENT, "1 + rater")], {}, "holds text"),
    "too many slopes": (
        "y ~ 1",
        [RandomTerm(PATIENT, "1 + session + day + I(day ** 2) + I(session ** 2)")],
        {},
        "more rows than effects",
    ),
    "a slope of what is the same in all rows of a therapist": (
        "y ~ session + dose",
        [RandomTerm(PATIENT), RandomTerm(THERAPIST, "1 + dose")],
        {},
        "random slope of 'dose' in therapist: the column has one value in all rows of each"
        " therapist, .* keep it as a predictor",
    ),
    "variances of two arms that go together": (
        "y ~ session + dose",
        [RandomTerm(THERAPIST, "0 + dose + other")],
        {},
        "random slope of 'dose' and 'other' in therapist",
    ),
    "the same groups twice": (
        "y ~ 1",
        [RandomTerm(PATIENT), RandomTerm(("person",))],
        {},
        "cannot be told apart",
    ),
    "an unknown structure": (
        "y ~ 1",
        [],
        {"residual": Residual("toeplitz", PATIENT)},  # type: ignore[arg-type]
        "no residual structure 'toeplitz'",
    ),
    "a structure without groups": ("y ~ 1", [], {"residual": Residual("ar1")}, "needs `groups`"),
    "a structure without time": (
        "y ~ 1",
        [],
        {"residual": Residual("car1", PATIENT)},
        "needs `occasion`",
    ),
    "text as the time of residuals": (
        "y ~ 1",
        [],
        {"residual": Residual("car1", PATIENT, "rater")},
        "must be a number",
    ),
    "two rows at one occasion": (
        "y ~ 1",
        [],
        {"residual": Residual("ar1", THERAPIST, "session")},
        "two rows at session",
    ),
    "persons with one row": (
        "y ~ 1",
        [],
        {"residual": Residual("ar1", ("row",))},
        "at least two rows",
    ),
    "one variance stratum": (
        "y ~ 1",
        [],
        {"residual": Residual(variance_by="one")},
        "need two values",
    ),
    "an intercept beside compound symmetry": (
        "y ~ 1",
        [RandomTerm(PATIENT)],
        {"residual": Residual("compound_symmetry", PATIENT)},
        "cannot be told apart; leave one out",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    fixed, random, options, message = REFUSED[name]
    rows = ROWS.assign(
        one="x",
        row=np.arange(len(ROWS)),
        same=ROWS["y"] * 2 + 1,
        twice=ROWS["session"] * 2,
        dose=(ROWS["arm"] == "b").astype(float),
        other=(ROWS["arm"] == "a").astype(float),
        person=ROWS["therapist"] * 100 + ROWS["patient"],
    )
    with pytest.raises(AnalysisError, match=message):
        fit_mixed_model(rows, fixed, random, **options)


def test_more_coefficients_than_rows():
    with pytest.raises(AnalysisError, match="more than 4 rows, found 4"):
        fit_mixed_model(ROWS[:4], "y ~ session + day + I(session ** 2)")
    with pytest.raises(AnalysisError, match="No row has values"):
        fit_mixed_model(ROWS.assign(y=np.nan), "y ~ session")


def test_warnings_are_not_left_to_the_user():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_mixed_model(ROWS, "y ~ session", MODELS["nested"][0])
        fit_mixed_model(ROWS, "y ~ session", [], residual=MODELS["ar1 and variances"][1])


def test_negative_serial_correlation():
    """Residuals of neighbouring sessions with opposite signs: every second power is positive."""
    draw = np.random.default_rng(6)
    error = np.zeros((60, 6))
    for session in range(6):
        error[:, session] = -0.6 * error[:, max(session - 1, 0)] + draw.normal(size=60)
    rows = pd.DataFrame({"id": np.repeat(np.arange(60), 6), "session": np.tile(np.arange(6), 60)})
    rows["y"] = error.ravel()
    fit = fit_mixed_model(rows, "y ~ 1", residual=Residual("ar1", ("id",), "session"), reml=False)
    phi = fit.residual_parameters["phi"]
    assert -0.8 < phi < -0.4
    lags = np.abs(np.subtract.outer(np.arange(6), np.arange(6)))
    v = fit.residual_sd**2 * phi**lags
    likelihood = multivariate_normal(np.full(6, fit.estimates[0]), v).logpdf(error).sum()
    assert fit.log_likelihood == pytest.approx(likelihood, abs=1e-7)
