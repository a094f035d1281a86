"""The reference values: each file says where it comes from, and no part lacks a test."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXPECTED = sorted((HERE / "expected").glob("*.json"))

COVERED = {
    "actor_partner": {"models", "gls", "distinguishability"},
    "bayes_factors": {"correlation_exact", "correlation_package", "t_test", "detectable"},
    "cluster_robust": {
        *("plain", "weighted", "working", "single", "fixed", "meta", "block"),
        *("complier", "complier_persons", "complier_plain"),
    },
    "conditions": {"two", "three"},
    "congruence": {"surfaces", "forces"},
    "effect_conversion": {"correlations", "partial", "means", "d", "tables"},
    "correlations": {"pearson", "spearman", "partial", "adjusted"},
    "gains": {"available", "imputed"},
    "meta_analysis": {"average", "regression", "predicted", "common", "separate", "clustered"},
    "meta_sensitivity": {
        *("left", "influence", "cumulated", "egger", "weighted", "pet", "limit", "filled"),
        *("selected", "p_curve"),
    },
    "mixed_models": {"fits", "edge", "ratios", "modes", "modes_crossed", "profile"},
    "mixed_models_random": {"order", "n", "sum", "logLik", "singular", "time"},
    "mixed_models_residual": {
        *("independent", "car1", "ar1", "ar1_order", "compound_symmetry", "unstructured"),
        *("variances", "mmrm", "ar1_variances", "therapist_car1", "patient_ar1"),
        *("slopes_variances", "nested_variances", "kenward_roger"),
    },
    "multilevel_meta_analysis": {"fits"},
    "odds_ratios": {"bcg", "bcg_dl", "bcg_empty"},
    "one_stage_pooling": {"one_stage", "two_stage", "alike"},
    "one_with_many": {"complete", "incomplete"},
    "p_values": {"r", "t", "f", "sleep"},
    "predictor_importance": {"importance", "pairs", "pooled", "plain", "sampling"},
    "reference_based_imputation": {
        *("parameters", "contrasts", "completed", "jackknife", "pooled"),
    },
    "reliability": {"complete", "listwise", "short_complete", "short_listwise"},
    "repeated_measures": {
        *("unstructured", "constrained", "baseline_by_visit", "clustered"),
        *("constrained_clustered", "compound_symmetry", "heterogeneous_ar1"),
    },
    "resampling": {"bootstrap", "permutation"},
    "risk_differences": {
        *("tables", "nested", "crossed", "ratios", "nested_ratio", "crossed_ratio"),
    },
    "robust_intervals": {
        *("correlations", "sandwich", "slopes", "alphas", "omegas", "alpha_adf_se", "groups"),
        "skewness",
    },
    "sites": {"pooled", "within", "correlations", "alpha"},
    "structural_equations_groups": {
        *("one", "three", "one_holes", "three_holes", "occasions", "arms", "hints", "released"),
    },
    "sudden_gains": {
        *("gains", "unadjusted", "by_cutoff", "without_cutoff", "losses", "losses_without_share"),
    },
    "synthesis_choices": {
        *("corrected", "corrected_nested", "year", "year_nested", "subset", "influence", "marked"),
        "cumulated",
    },
}
"""Sections that the oracle tests compare; they run over every entry of a section."""


def test_every_section_of_the_references_is_tested():
    found = {file.stem: set(json.loads(file.read_text())) - {"source"} for file in EXPECTED}
    assert {name: found.get(name) for name in COVERED} == COVERED


@pytest.mark.parametrize("name", sorted(COVERED))
def test_references_say_where_they_come_from(name):
    source = json.loads((HERE / "expected" / f"{name}.json").read_text())["source"]
    assert source["R"].startswith("R version")
    assert "jsonlite" in source["packages"]
    script = (HERE / "R" / source["script"]).read_text()
    assert f"save_reference({'out' if 'out <- list' in script else 'list'}" in script
