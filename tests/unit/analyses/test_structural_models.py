"""Structural equation models in a plan: known answers, bad input, what is undefined."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from tests.unit.analyses.structural_plans import (
    SECTIONS,
    TEXT,
    cohort_of,
    measures_of,
    sample_of,
    study_of,
)

from attune.analyses.analysis import MeasureValues
from attune.analyses.structural_models.declaration import plan_problems
from attune.analyses.structural_models.design import CLUSTER, model_frame
from attune.analyses.structural_models.estimable import estimable
from attune.analyses.structural_models.estimate import fit_structural_models
from attune.stats.sem_effects import monte_carlo_intervals
from attune.stats.sem_fit import SemFit, fit_sem
from attune.stats.sem_tests import fit_indices, likelihood_ratio
from attune.store.datasets import one_row_per_dyad

DATA = measures_of()


def rows_of(data: pd.DataFrame = DATA, only: str = "chain", **keys: Any) -> pd.DataFrame:
    """Statistics of one model, with changes of its entry."""
    study = study_of(**{only: keys})
    chosen = {name: one for name, one in study.structural_models.items() if name == only}  # type: ignore[attr-defined]
    study = study.model_copy(update={"structural_models": chosen})
    found = fit_structural_models(data, sample_of(data), study, cohort_of(), seed=3)
    return found.set_index("id")


def frame_of(only: str = "chain") -> pd.DataFrame:
    study = study_of()
    model = study.structural_models[only]  # type: ignore[attr-defined]
    return model_frame(DATA, sample_of(DATA), model, study, cohort_of())


@pytest.fixture(scope="module")
def chain() -> pd.DataFrame:
    return rows_of()


def printed_moments(
    rows: pd.DataFrame, level: str, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Means (0 where the other level has them) and covariances of a level, by id."""
    estimates = rows["estimate"].to_dict()
    pairs = [
        [
            estimates.get(
                f"chain.{level}.{a}.{b}.sample_covariance",
                estimates.get(f"chain.{level}.{b}.{a}.sample_covariance"),
            )
            for b in names
        ]
        for a in names
    ]
    mean = [estimates.get(f"chain.{level}.{name}.sample_mean", 0.0) for name in names]
    return np.array(mean), np.array(pairs, dtype=float)


def fitted_from_print(rows: pd.DataFrame, fit: SemFit) -> np.ndarray:
    """Free parameters by the likelihood of therapists with the average number of patients.

    Nothing of the data enters but the printed moments and the n beside them.
    """
    within, between = (part.block for part in (fit.specification.blocks_at(fit.free) or [])[0])
    _, inside = printed_moments(rows, "within", within.observed)
    mean, outside = printed_moments(rows, "between", between.observed)
    n = rows.loc["chain.within.bond.bond.sample_covariance", "n"]
    clusters = rows.loc["chain.between.bond.bond.sample_covariance", "n"]
    size = n / clusters
    place = [between.observed.index(name) for name in within.observed]

    def of_means(cov_within: np.ndarray, cov_between: np.ndarray) -> np.ndarray:
        total = np.array(cov_between)
        total[np.ix_(place, place)] += cov_within / size
        return total

    target = of_means(inside, outside)

    def objective(free: np.ndarray) -> float:
        [[w, b]] = fit.specification.blocks_at(free) or [[None, None]]
        cov_w, cov_b = w.observed_covariance, of_means(w.observed_covariance, b.observed_covariance)
        if min(np.linalg.eigvalsh(cov_w)[0], np.linalg.eigvalsh(cov_b)[0]) <= 0:
            return np.inf
        off = mean - b.mean[: len(mean)]
        rest = np.linalg.slogdet(cov_w)[1] + np.trace(np.linalg.solve(cov_w, inside))
        means = np.linalg.slogdet(cov_b)[1] + np.trace(
            np.linalg.solve(cov_b, target + np.outer(off, off))
        )
        return float(clusters * ((size - 1) * rest + means)) / 2

    scale = fit.optimum.scale
    start = fit.free / scale * 1.02 + 0.01
    found = minimize(
        lambda x: objective(x * scale), start, method="BFGS", options={"gtol": 1e-5, "maxiter": 900}
    )
    return found.x * scale


class TestData:
    """The frame of a model."""

    def test_variables_are_measures_changes_and_contrasts(self) -> None:
        frame = frame_of()
        after = DATA[DATA["occasion"] == "after"].set_index("dyad")["mindfulness"]
        before = DATA[DATA["occasion"] == "before"].set_index("dyad")["mindfulness"]
        dyads = DATA.drop_duplicates("dyad")
        assert len(frame) == len(dyads) == 150
        assert np.allclose(frame["skills"], (after - before).loc[dyads["dyad"]])
        assert frame["training"].tolist() == (dyads["condition"] == "t").astype(float).tolist()
        assert frame[CLUSTER].tolist() == dyads["therapist"].tolist()

    def test_a_change_is_missing_where_either_value_is(self) -> None:
        data = DATA.copy()
        gone = (data["occasion"] == "before") & (data["therapist"] == "t0")
        data.loc[gone, "mindfulness"] = np.nan
        study = study_of()
        model = study.structural_models["chain"]  # type: ignore[attr-defined]
        frame = model_frame(data, sample_of(data), model, study, cohort_of())
        assert frame["skills"].isna().sum() == 2
        assert frame["training"].notna().all()

    def test_names_of_the_text_with_an_occasion(self) -> None:
        frame = frame_of("panel")
        last = DATA[DATA["occasion"] == "last"].set_index("dyad")["bond"]
        assert frame["bond.last"].tolist() == last.tolist()


class TestNumbers:
    """The statistics are those of the engine."""

    def test_parameters_are_those_of_the_fit(self, chain: pd.DataFrame) -> None:
        fit = fit_sem(frame_of(), TEXT, cluster=CLUSTER)
        for label, identifier in (("a", "between.skills.training"), ("d", "between.symptoms.bond")):
            own, row = fit.estimate(label), chain.loc[f"chain.{identifier}.path"]
            assert row["estimate"] == own["estimate"]
            assert (row["se"], row["ci_low"]) == (own["se"], own["ci_low"])
            assert chain.loc[f"chain.{identifier}.path_z", "p_two_tailed"] == own["p"]
            detectable = chain.loc[f"chain.{identifier}.detectable_path", "estimate"]
            assert detectable == pytest.approx(2.801585 * own["se"], rel=1e-6)
        assert chain.loc["chain.between.skills.training.path", "n"] == 60
        assert chain.loc["chain.within.bond.task.path", "n"] == 150

    def test_fit_and_moments(self, chain: pd.DataFrame) -> None:
        fit = fit_sem(frame_of(), TEXT, cluster=CLUSTER)
        found = fit_indices(fit)
        assert chain.loc["chain.model_chi_square", "estimate"] == found.chi2
        assert chain.loc["chain.cfi", "estimate"] == found.cfi
        assert chain.loc["chain.rmsea", "ci_high"] == found.rmsea_high
        within = chain.loc["chain.within.task.bond.sample_covariance"]
        between = chain.loc["chain.between.bond.task.sample_covariance"]
        assert (within["n"], between["n"]) == (150, 60)
        # Both parts add up to about the covariance of the rows.
        frame = frame_of()
        whole = float(np.cov(frame["bond"], frame["task"])[0, 1])
        assert within["estimate"] + between["estimate"] == pytest.approx(whole, rel=0.05)
        assert "chain.within.bond.sample_mean" not in chain.index

    def test_moments_suffice_to_fit_the_model_again(self) -> None:
        """Data made to have exactly the printed moments give the printed paths."""
        rows = rows_of(only="factor", standard_errors="observed", cluster="none")
        names = ["symptoms_before", "symptoms_after", "symptoms_later", "first_bond"]
        matrix = np.empty((4, 4))
        for i, a in enumerate(names):
            for j in range(i + 1):
                value = rows.loc[f"factor.{a}.{names[j]}.sample_covariance", "estimate"]
                matrix[i, j] = matrix[j, i] = value
        raw = np.random.default_rng(1).normal(size=(150, 4))
        raw -= raw.mean(axis=0)
        raw @= np.linalg.inv(np.linalg.cholesky(raw.T @ raw / 150)).T
        frame = pd.DataFrame(raw @ np.linalg.cholesky(matrix).T, columns=names)
        text = "f =~ symptoms_before + symptoms_after + symptoms_later\nf ~ b*first_bond"
        again = fit_sem(frame, text).estimate("b")
        printed = rows.loc["factor.depression.first_bond.path"]
        assert again["estimate"] == pytest.approx(printed["estimate"], rel=1e-5)
        assert again["se"] == pytest.approx(printed["se"], rel=1e-4)

    def test_two_levels_with_equally_many_patients_are_refitted_exactly(self) -> None:
        second = sample_of(DATA).groupby("therapist").cumcount() < 2
        data = DATA[DATA["dyad"].isin(sample_of(DATA)["dyad"][second])]
        rows = rows_of(data)
        study = study_of().structural_models["chain"]  # type: ignore[attr-defined]
        frame = model_frame(data, sample_of(data), study, study_of(), cohort_of())
        fit = fit_sem(frame, TEXT, cluster=CLUSTER)
        se = np.sqrt(np.diag(fit.covariance))
        assert (np.abs(fitted_from_print(rows, fit) - fit.free) / se).max() < 0.005

    def test_two_levels_with_two_or_three_patients_are_refitted_roughly(
        self, chain: pd.DataFrame
    ) -> None:
        fit = fit_sem(frame_of(), TEXT, cluster=CLUSTER)
        off = np.abs(fitted_from_print(chain, fit) - fit.free) / np.sqrt(np.diag(fit.covariance))
        assert 0.005 < off.max() < 0.25

    def test_a_smaller_model(self, chain: pd.DataFrame) -> None:
        fit = fit_sem(frame_of(), TEXT, cluster=CLUSTER)
        text = TEXT.replace("a*training", "0*training").partition("indirect")[0]
        smaller = fit_sem(frame_of(), text, cluster=CLUSTER)
        expected = likelihood_ratio(smaller, fit)
        found = chain.loc["chain.no_training.nested_chi_square"]
        assert found["estimate"] == pytest.approx(expected.chi2, abs=1e-6)
        assert found["df"] == 1

    @pytest.mark.parametrize("kind", ["delta", "monte_carlo", "cluster_bootstrap"])
    def test_intervals_of_the_indirect_effect(self, kind: str) -> None:
        rows = rows_of(indirect={"interval": kind, "resamples": 100, "draws": 4000})
        row = rows.loc["chain.first_part.defined_effect"]
        words = {"delta": "delta method", "monte_carlo": "4000 draws",
                 "cluster_bootstrap": "of 100 resamples"}  # fmt: skip
        assert words[kind] in row["method"]
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
        middle = (row["ci_low"] + row["ci_high"]) / 2
        assert (abs(middle - row["estimate"]) < 1e-9) == (kind == "delta")
        fit = fit_sem(frame_of(), TEXT, cluster=CLUSTER)
        if kind == "monte_carlo":
            other = monte_carlo_intervals(fit, np.random.default_rng(9), draws=200_000)
            expected = other.set_index("name").loc["first_part"]
            assert row["ci_low"] == pytest.approx(expected["ci_low"], abs=0.06)
            assert row["ci_high"] == pytest.approx(expected["ci_high"], abs=0.1)

    def test_the_seed_decides_the_draws(self) -> None:
        first, again = rows_of(), rows_of()
        assert first["ci_low"].equals(again["ci_low"])

    def test_groups_have_rows_of_their_own(self) -> None:
        rows = rows_of(only="factor", group="condition", cluster="none",
                       standard_errors="observed")  # fmt: skip
        for group in ("diary", "training"):
            assert f"factor.{group}.depression.first_bond.path" in rows.index
            assert f"factor.{group}.first_bond.sample_mean" in rows.index

    def test_every_lagged_path_of_a_panel(self) -> None:
        rows = rows_of(only="panel")
        lags = rows[rows["statistic"] == "path"]
        assert len(lags) == 12 and lags["estimate"].round(10).nunique() == 4
        free = rows_of(only="panel", cross_lagged=SECTIONS["structural_models"]["panel"][
            "cross_lagged"] | {"equal_over_time": False})  # fmt: skip
        assert free.loc["panel.model_parameters", "estimate"] == (
            rows.loc["panel.model_parameters", "estimate"] + 8
        )


def problem_of(**keys: Any) -> str:
    with pytest.raises(ValueError) as error:
        study_of(**keys)
    return str(error.value)


class TestBadPlans:
    """Errors of the study file."""

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("y = x", ["Line 1, column 3", "Did you mean '~'"]),
            ("bond ~ task\nsymptoms ~ bond + 2x*task", ["Line 2, column 19", "'2x'"]),
            ("bond ~ aa*task\nind := aab", ["Line 2", "'aab'", "Did you mean 'aa'"]),
            ("bond ~ __import__('os')", ["Line 1", "is not a name of a variable"]),
            ("bond ~ a*task; i := a.__class__", ["'a.__class__' is not allowed"]),
        ],
    )
    def test_a_syntax_error_names_its_place(self, text: str, words: list[str]) -> None:
        said = problem_of(chain={"model": text, "cluster": "none", "comparisons": {},
                                 "indirect": {}})  # fmt: skip
        for word in words:
            assert word in said

    @pytest.mark.parametrize(
        ("keys", "words"),
        [
            ({"model": ""}, "either a model or cross_lagged"),
            ({"cluster": "none"}, "write `cluster: therapist`"),
            ({"standard_errors": "expected"}, "for models of one level"),
            ({"indirect": {"effects": ["indirekt"]}}, "Did you mean 'indirect'"),
            ({"comparisons": {"x": {"title": "X", "zero": ["e"]}}}, "'e' is not a label"),
            ({"variables": {"skills": {"change": ["skills_aftre", "b"]}}},
             "is not another variable"),
            ({"variables": {"task": {"measure": "task", "condition": "t"}}}, "needs one of"),
            ({"variables": {"task": {"measure": "taks", "occasion": "after"}}},
             "Did you mean 'task'"),
        ],
    )  # fmt: skip
    def test_keys_that_contradict_each_other(self, keys: Any, words: str) -> None:
        assert words in problem_of(chain=keys)

    @pytest.mark.parametrize(
        ("variables", "words"),
        [
            ({"task": {"measure": "task", "occasion": "aftre"}}, "name one of"),
            ({"task": {"measure": "first_bond", "occasion": "after"}}, "its own occasion"),
            ({"training": {"condition": "x"}}, "'x' is not a condition's code"),
            ({"training": {"variable": "arm"}}, "needs the code that counts as 1"),
            ({"training": {"variable": "agee"}}, "Did you mean 'age'"),
            ({"training": {"variable": "age", "code": "1"}}, "is a number; remove this key"),
        ],
    )
    def test_variables_that_the_cohort_does_not_have(self, variables: Any, words: str) -> None:
        old = SECTIONS["structural_models"]["chain"]["variables"]
        study = study_of(chain={"variables": old | variables})
        assert any(words in one for one in plan_problems(study, cohort_of()))

    def test_an_unknown_variable_of_the_text(self) -> None:
        study = study_of(chain={"model": TEXT.replace("b*skills", "b*skils")})
        [said] = plan_problems(study, cohort_of())
        assert "'skils' is neither a variable" in said and "Did you mean 'skills'" in said

    def test_a_cohort_without_therapists(self) -> None:
        said = list(plan_problems(study_of(), cohort_of(therapist=False)))
        assert len(said) == 2 and "records no therapist" in said[0]

    def test_a_sound_plan_has_no_problems(self) -> None:
        assert not list(plan_problems(study_of(), cohort_of()))


def undefined(rows: pd.DataFrame, model: str = "chain") -> str:
    """The one reason why nothing of a model is estimated."""
    own = rows[rows["statistic"].isin(["path", "cfi", "defined_effect", "model_chi_square"])]
    assert own["estimate"].isna().all() and len(own) > 2
    [reason] = own["reason"].unique()
    return str(reason)


class TestDataThatCannotCarryTheModel:
    """Reasons instead of numbers."""

    def test_a_variable_of_therapists_used_within(self) -> None:
        text = TEXT.replace("bond ~ task\n  symptoms", "bond ~ task + skills\n  symptoms")
        said = undefined(rows_of(model=text))
        assert "'skills' does not vary within clusters" in said
        assert "only under 'level: between'" in said

    def test_a_variable_of_patients_named_between_only(self) -> None:
        data = DATA.copy()
        data["mindfulness"] += np.random.default_rng(2).normal(size=len(data))
        said = undefined(rows_of(data))
        assert "'skills' stands only under 'level: between' but varies within" in said

    def test_a_model_that_the_data_do_not_identify(self) -> None:
        text = "first =~ symptoms.before + symptoms.after\nfirst ~ first_bond"
        rows = rows_of(only="factor", model=text, standard_errors="observed", cluster="none",
                       comparisons={})  # fmt: skip
        assert rows.loc["factor.model_parameters", "estimate"] == 9
        free = "f =~ symptoms.before + symptoms.after + symptoms.later\nf ~~ 0*f + symptoms.before"
        with pytest.raises(ValueError):
            study_of(factor={"model": free + "\nf ~~ 0*f"})
        loose = "a =~ NA*symptoms.before + symptoms.after + symptoms.later"
        rows = rows_of(only="factor", model=loose, standard_errors="observed", cluster="none")
        own = rows[rows["statistic"].isin(["loading", "cfi"])]
        assert own["estimate"].isna().all()
        reason = own["reason"].iloc[0]
        assert "10 free parameters" in reason or "can change together" in reason
        assert "symptoms" in reason or "observed variables have only 9" in reason

    def test_one_occasion_without_any_answers(self) -> None:
        data = DATA.copy()
        data.loc[data["occasion"] == "later", "symptoms"] = np.nan
        said = undefined(rows_of(data, only="factor"), "factor")
        assert "'symptoms.later' has no value in any row" in said
        data.loc[data["occasion"] == "after", "mindfulness"] = np.nan
        assert "'skills' has no value in any cluster" in undefined(rows_of(data))

    def test_a_group_with_too_few_rows(self) -> None:
        data = DATA.copy()
        few = data["dyad"].unique()[:2].tolist()
        data["condition"] = np.where(data["dyad"].isin(few), "c", "t")
        rows = rows_of(data, only="factor", group="condition", cluster="none",
                       standard_errors="observed")  # fmt: skip
        said = undefined(rows, "factor")
        assert "Group 'Diary': 2 rows are too few for 4 variables" in said

    def test_an_impossible_variance_is_named(self, chain: pd.DataFrame) -> None:
        assert chain.loc["chain.between.bond.model_variance", "estimate"] < 0
        problems = chain.loc["chain.model_problems"]
        assert problems["estimate"] == 1
        assert "Heywood case: the variance of bond (between clusters)" in problems["method"]
        assert np.isnan(chain.loc["chain.between.bond.model_r_squared", "estimate"])

    def test_fewer_therapists_than_parameters_between(self) -> None:
        data = measures_of(14, seed=8)
        problems = rows_of(data).loc["chain.model_problems"]
        assert "free parameters, but there are only 14 clusters" in problems["method"]

    def test_other_models_go_on(self) -> None:
        data = DATA.copy()
        data.loc[data["occasion"] == "later", "symptoms"] = np.nan
        found = fit_structural_models(data, sample_of(data), study_of(), cohort_of())
        rows = found.set_index("id")
        assert np.isnan(rows.loc["factor.cfi", "estimate"])
        assert np.isfinite(rows.loc["chain.cfi", "estimate"])


class TestCohortPage:
    """What a cohort can estimate."""

    def checks(self, data: pd.DataFrame, absent: Any = None) -> dict[str, Any]:
        values = MeasureValues({"available": one_row_per_dyad(data)}, data, sample_of(data),
                               absent or {})  # fmt: skip
        return {one.analysis: one for one in estimable(study_of(), cohort_of(), values)}

    def test_all_models_can_be_fitted(self) -> None:
        found = self.checks(DATA)
        assert all(one.estimable and one.n == 150 for one in found.values())
        assert found["chain"].terms.endswith("Change of mindfulness, Training")

    def test_what_cannot_says_why(self) -> None:
        data = DATA.assign(therapist="t0")
        data["mindfulness"] = data["occasion"].map({"before": 1.0}).fillna(2.0)
        assert "All rows have the same 'therapist'" in self.checks(data)["chain"].reason
        found = self.checks(DATA, {"symptoms": "not in the cohort"})
        assert found["panel"].reason == "Depression: not in the cohort"
