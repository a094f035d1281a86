"""Congruence, judgements, actor-partner and one-with-many models against R.

R/congruence.R, R/actor_partner.R, R/one_with_many.R, of data/rated_dyads.csv.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import chdtrc

from attune.stats.actor_partner import actor_partner
from attune.stats.one_with_many import one_with_many
from attune.stats.response_surface import grand_mean, response_surface, scale_midpoint
from attune.stats.truth_and_bias import truth_and_bias

HERE = Path(__file__).parent
DYADS = pd.read_csv(HERE / "data" / "rated_dyads.csv")

CLOSED_FORM = 1e-10
"""R solves by QR and derives symbolically, we by orthogonal sums and imaginary steps."""

GLS_SEARCH = 1e-5
"""gls searches the covariance of the residuals that has a closed form."""

LME_SEARCH = 1e-6
"""lme stops where the likelihood is flat to ten digits."""

PROFILE_SEARCH = 1e-5
"""optim and uniroot, each nested in the other."""


def expected(name: str) -> dict:
    return json.loads((HERE / "expected" / f"{name}.json").read_text())


def column(name: str) -> np.ndarray:
    return DYADS[name].to_numpy(dtype=float)


def test_of(name: str, found) -> dict[str, object]:
    """The entries of one coefficient in R's flat list."""
    return {
        f"{name}.estimate": found.estimate,
        f"{name}.se": found.se,
        f"{name}.t": found.t,
        f"{name}.p_two_tailed": found.p_two_tailed,
        f"{name}.ci_95": [found.ci_low, found.ci_high],
    }


test_of.__test__ = False


@pytest.mark.parametrize("name", ["midpoint", "midpoint_hc3", "grand_mean", "grand_mean_age"])
def test_response_surface(agrees, name):
    outcome, first, second = (column(c) for c in ("outcome", "patient", "therapist_report"))
    used = np.isfinite(outcome)
    grand = grand_mean(first[used], second[used])
    surface = response_surface(
        outcome,
        first,
        second,
        scale_midpoint(1, 7) if name.startswith("midpoint") else grand,
        hc3=name in {"midpoint_hc3", "grand_mean_age"},
        covariates=column("age")[:, None] if name == "grand_mean_age" else None,
    )
    found = {
        "coefficients": surface.coefficients,
        "se": surface.se,
        "n": surface.n,
        "df": surface.df,
        "centre": surface.centre.value,
        "r_squared": surface.r_squared,
    }
    for feature in (
        *("a1", "a2", "a3", "a4", "a5", "stationary_x", "stationary_y"),
        *("p10", "p11", "p20", "p21"),
    ):
        found |= test_of(feature, getattr(surface, feature))
    agrees(found, expected("congruence")["surfaces"][name], CLOSED_FORM)


@pytest.mark.parametrize("name", ["none", "bias", "truth", "bias_hc3"])
def test_truth_and_bias(agrees, name):
    judgement, truth, own = (column(c) for c in ("therapist_report", "patient", "own"))
    complete = np.isfinite(judgement) & np.isfinite(truth)
    fit = truth_and_bias(
        judgement,
        np.where(complete, truth, np.nan),
        None if name == "none" else own,
        bias_centre="mean of the truth" if name == "truth" else "mean of the bias",
        hc3=name.endswith("hc3"),
    )
    found = {"n": fit.n, "df": fit.df, "truth_mean": fit.truth_mean}
    for force in ("directional_bias", "truth_force", "bias_force"):
        if getattr(fit, force) is not None:
            found |= test_of(force, getattr(fit, force))
    agrees(found, expected("congruence")["forces"][name], CLOSED_FORM)


def members(covariates=None):
    columns = ("patient", "therapist_report", "patient_y", "therapist_y")
    return actor_partner(*(column(c) for c in columns), covariates=covariates)


@pytest.mark.parametrize("name", ["plain", "age"])
def test_actor_partner(agrees, name):
    fit = members(column("age")[:, None] if name == "age" else None)
    found = {
        "n": fit.n,
        "df": fit.df,
        "covariance": fit.covariance,
        "residual_r": fit.residual_r,
        "residual_r_p": fit.residual_r_p,
        "residual_r_ci_95": [fit.residual_r_ci_low, fit.residual_r_ci_high],
        "residual_sd": [fit.first.residual_sd, fit.second.residual_sd],
        "r_squared": [fit.first.r_squared, fit.second.r_squared],
    }
    for member in ("first", "second"):
        effects = getattr(fit, member)
        for part in ("intercept", "actor", "partner"):
            found |= test_of(f"{member}.{part}", getattr(effects, part))
        ratio = {"k": effects.k.k, "ci_95": [effects.k.ci_low, effects.k.ci_high]}
        found |= {f"{member}.k.{part}": value for part, value in ratio.items()}
    for difference in ("actor_difference", "partner_difference"):
        found |= test_of(difference, getattr(fit, difference))
    agrees(found, expected("actor_partner")["models"][name], CLOSED_FORM)


def test_the_closed_form_is_what_generalised_least_squares_finds(agrees):
    fit = members()
    effects = [
        *(fit.first.intercept, fit.first.actor, fit.first.partner),
        *(fit.second.intercept, fit.second.partner, fit.second.actor),
    ]
    found = {
        "coefficients": [effect.estimate for effect in effects],
        "se": [effect.se for effect in effects],
    }
    agrees(found, expected("actor_partner")["gls"], GLS_SEARCH)


def test_distinguishability(agrees):
    test = members().distinguishability
    found = {"chi_square": test.chi_square, "df": test.df, "p": test.p}
    agrees(found, expected("actor_partner")["distinguishability"], 1e-6)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("rows", ["complete", "incomplete"])
def test_one_with_many(agrees, rows, method):
    data = DYADS.dropna(subset=["patient", "therapist_report"]) if rows == "complete" else DYADS
    fit = one_with_many(data["therapist"], data["patient"], data["therapist_report"], method)
    raters = (fit.patients, fit.therapist_reports)
    found = {
        "therapist_variance": [rater.therapist_variance.estimate for rater in raters],
        "dyad_variance": [rater.dyad_variance.estimate for rater in raters],
        "therapist_covariance": fit.therapist_covariance,
        "dyad_covariance": fit.dyad_covariance,
        "generalised": fit.generalised_reciprocity.estimate,
        "dyadic": fit.dyadic_reciprocity.estimate,
        "share": [rater.therapist_share.estimate for rater in raters],
        "means": [rater.mean for rater in raters],
        "means_se": [rater.mean_se for rater in raters],
        "log_likelihood": fit.log_likelihood,
        "n": [rater.n for rater in raters],
        "therapists": fit.therapists,
        "dyads": fit.dyads,
    }
    reference = dict(expected("one_with_many")[rows][method])
    excess = reference.pop("excess_of_no_therapist_variance", None)
    profiles = {name: reference.pop(name) for name in [*reference] if name not in found}
    agrees(found, reference, LME_SEARCH)
    assert bool(profiles) == (rows == "complete" and method == "REML")
    if not profiles:
        return
    found = {
        "dyadic_ci_95": [fit.dyadic_reciprocity.ci_low, fit.dyadic_reciprocity.ci_high],
        "dyadic_p": fit.dyadic_reciprocity.p,
        "generalised_p": fit.generalised_reciprocity.p,
        "generalised_ci_low": fit.generalised_reciprocity.ci_low,
        "dyad_variance_ci_95": [
            fit.patients.dyad_variance.ci_low,
            fit.patients.dyad_variance.ci_high,
        ],
        "therapist_variance_ci_95": [
            fit.therapist_reports.therapist_variance.ci_low,
            fit.therapist_reports.therapist_variance.ci_high,
        ],
    }
    agrees(found, profiles, PROFILE_SEARCH)
    mixture = (chdtrc(1, excess) + chdtrc(2, excess)) / 2
    assert fit.therapist_reports.therapist_variance.p == pytest.approx(mixture, rel=1e-5)
