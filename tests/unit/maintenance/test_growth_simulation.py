"""The simulation of docs/growth.md: what it draws, a small part of it, and its tables."""

import json
import re

import numpy as np
import pytest
import yaml
from tests.depth import deep, examples

from attune.analyses.study import StudyFile
from attune.specs.cohort import Questionnaire
from attune.synthetic.growth_data import group_sizes
from maintenance.growth_designs import (
    DESIGNS,
    RATERS,
    Cell,
    NormalDraws,
    curves,
    draw_measures,
    drawn_design,
    fitted_growth,
    true_coefficients,
    true_shares,
    true_variances,
)
from maintenance.simulate_growth import (
    BLOCK,
    COEFFICIENTS,
    PAGE,
    SHARES,
    SIZES,
    SOURCES,
    VARIANCES,
    all_cells,
    simulate,
    tables,
    tables_with,
)
from maintenance.simulate_inference import content_of
from maintenance.simulation_blocks import Mean, mean_of

FEW = (12, 60)
MONTE_CARLO = 3.5
"""Standard errors within which a simulated value must lie; the seed is fixed."""


def test_drawn_scores_have_the_true_moments():
    cell = Cell(2, 3_000, 12_000, "no effects", "recovery")
    first = draw_measures(cell, np.random.default_rng(1)).iloc[: cell.n_patients]
    scores = first[["wai_patient", "wai_therapist"]]
    for outcome, curve in curves(cell).items():
        total = np.hypot(np.hypot(curve.therapist_sd, curve.patient_sd), curve.residual_sd)
        assert scores[outcome].mean() == pytest.approx(curve.level, abs=0.3)
        assert scores[outcome].std() == pytest.approx(total, rel=0.03)
        of_therapist = scores[outcome].groupby(first["therapist"])
        within = of_therapist.var().mean()
        assert within == pytest.approx(curve.patient_sd**2 + curve.residual_sd**2, rel=0.05)
    # Correlated parts of levels of therapists and patients, and of residuals.
    shared = 0.3 * 2.6 * 3.4 + 0.4 * 8 * 5.8 + 0.25 * 5 * 4.4
    assert scores.cov().iloc[0, 1] == pytest.approx(shared, rel=0.06)


def test_some_patients_leave_and_none_comes_back():
    cell = Cell(2, *SIZES[0], "effects", "recovery")
    rows = draw_measures(cell, np.random.default_rng(2))
    rated = rows[["wai_patient", "wai_therapist"]].notna().any(axis=1)
    shares = rated.groupby(rows["occasion"], sort=False).mean()
    assert shares.iloc[0] > 0.97
    assert 0.25 < shares.iloc[-1] < 0.6
    assert (shares.diff().dropna() < 0).all()


def test_normal_draws_fill_caseloads():
    sizes = group_sizes(60, 12, 10, NormalDraws(np.random.default_rng(3)))
    assert (sizes.sum(), len(sizes), sizes.max() <= 10) == (60, 12, True)


def test_truths_are_those_of_the_assumptions():
    cell = Cell(2, *FEW, "effects", "recovery")
    found = true_coefficients(cell)
    assert found["wai_patient__negative_reactions"] == -2.3
    assert found["wai_therapist__flow_by_time"] == 0
    design = drawn_design(cell, np.random.default_rng(4))
    assert set(found) == {name for one in design.outcomes for name in design.columns(one)}
    empty = true_variances(Cell(1, *FEW, "empty", "recovery"))
    assert empty["alliance.wai_patient.therapist.icc"] == pytest.approx(2.6**2 / 95.76)


@pytest.fixture(scope="module")
def few():
    """One rater with twelve therapists."""
    cell = Cell(1, *FEW, "effects", "recovery")
    return cell, simulate([cell], examples(20, many=200), workers=1)[cell]


def test_intervals_of_coefficients_cover(few):
    _, values = few
    for method in ("Satterthwaite", "Kenward-Roger"):
        names = [
            name
            for label in ("level", "growth", "therapists' predictors of growth")
            for name in COEFFICIENTS[label]
        ]
        parts = [values[f"covers {method} | {name}"] for name in names if "patient" in name]
        found = mean_of(parts)
        assert len(parts) == 5 and found.undefined == 0
        assert abs(found.value - 0.95) < MONTE_CARLO * np.sqrt(0.95 * 0.05 / len(parts[0]))


def test_estimates_recover_the_truth(few):
    cell, values = few
    truth = true_coefficients(cell) | true_variances(cell)
    for name in ("wai_patient__intercept", "wai_patient__time", "alliance.wai_patient.residual_sd"):
        error = values[f"estimate | {name}"] - truth[name]
        assert abs(error.mean()) < MONTE_CARLO * error.std() / np.sqrt(len(error))


def test_intervals_of_shares_cover_as_the_page_says():
    cell = Cell(1, *FEW, "effects", "shares")
    values = simulate([cell], examples(20, many=200), workers=1)[cell]
    for source in SOURCES:
        covered = values[f"covers | wai_patient {source}"]
        assert 0.95 - covered.mean() < 0.05 + MONTE_CARLO * np.sqrt(0.05 * 0.95 / len(covered))
        # An interval of the whole range would cover, too.
        assert np.median(values[f"length | wai_patient {source}"]) < 0.6


def test_true_shares_are_those_of_the_drawn_patients():
    cell = Cell(1, *FEW, "no effects", "shares")
    fitted = fitted_growth(cell, np.random.default_rng(6))
    shares = true_shares(cell, fitted, "wai_patient")
    assert shares["within"] == shares["between"] == 0
    therapist, patient, slope, residual = (2.6**2, 8.0**2, 1.8**2, 5.0**2)
    times = np.log(fitted.design.frame["time"]) - np.log(3)
    total = therapist + patient + slope * (times**2).mean() + residual
    assert shares["therapist"] == pytest.approx(therapist / total)
    assert shares["slopes"] == pytest.approx(slope * times.var(ddof=0) / total)


@deep
def test_tests_of_what_is_not_there_keep_their_level():
    cells = [Cell(1, *FEW, truth, "comparisons") for truth in ("no therapists", "no slopes")]
    for of_cell in simulate(cells, examples(10, many=200), workers=1).values():
        [rejected] = of_cell.values()
        assert rejected.mean() - 0.05 < MONTE_CARLO * np.sqrt(0.05 * 0.95 / len(rejected))


def test_finished_blocks_are_kept_and_read(tmp_path):
    cell = Cell(1, *FEW, "no slopes", "comparisons")
    first = simulate([cell], BLOCK, workers=1, kept=tmp_path)
    [path] = tmp_path.iterdir()
    assert json.loads(path.read_text()) == {
        name: found.tolist() for name, found in first[cell].items()
    }
    path.write_text(json.dumps({"rejects | patient_slopes": [1.0, 0.0]}))
    again = simulate([cell], BLOCK, workers=1, kept=tmp_path)
    assert again[cell]["rejects | patient_slopes"].tolist() == [1.0, 0.0]
    two = simulate([cell], BLOCK, workers=2)
    assert (
        two[cell]["rejects | patient_slopes"].tolist()
        == first[cell]["rejects | patient_slopes"].tolist()
    )


def test_cells_have_names_of_their_own():
    cells = all_cells()
    assert len({cell.name for cell in cells}) == len(cells)
    assert {cell.computed for cell in cells} == set(DESIGNS)


def test_means_print_with_their_error_and_what_is_undefined():
    assert Mean(0.95, 0.01, 0.0).as_rate == ".950 ± .010"
    assert Mean(0.9, 0.03, 0.25).as_rate == ".900 ± .030 (25 % undefined)"
    assert Mean(-0.02, 0.01, 0.0).as_percent(2.0) == "-1.0 ± 0.5"
    assert mean_of([]).as_rate == ""


def test_the_page_has_a_row_for_every_kind_of_number():
    """The labels of the page's tables are those that the simulation makes."""
    page = PAGE.read_text(encoding="utf-8").splitlines()
    contrasts = [name for names in COEFFICIENTS.values() for name in names]
    parameters = [
        name for kinds in (VARIANCES, SHARES) for names in kinds.values() for name in names
    ]
    values = {}
    for cell in all_cells():
        covered = [f"covers profile | {name}" for name in parameters if "wai_patient" in name]
        if cell.computed == "recovery":
            covered = [f"covers Wald | {name}" for name in parameters]
            covered += [
                f"covers {method} | {name}"
                for name in contrasts
                for method in ("Satterthwaite", "Kenward-Roger")
            ]
        if cell.computed == "shares":
            names = [f"{rater} {source}" for rater in RATERS for source in SOURCES]
            covered = [f"{kind} | {name}" for kind in ("covers", "error") for name in names]
        values[cell] = dict.fromkeys(covered, np.ones(2))
    for mark in ("coverage", "errors", "shares"):
        place, end = page.index(f"<!-- {mark} -->"), page.index(f"<!-- /{mark} -->")
        printed, made = page[place + 1 : end], tables(values)[mark].splitlines()
        first_two = [
            [[cell.strip() for cell in row.split("|")[1:3]] for row in rows]
            for rows in (printed, made)
        ]
        assert first_two[0] == first_two[1]


def test_the_examples_of_the_page_are_valid():
    page = PAGE.read_text(encoding="utf-8")
    section, layouts, repeated = (
        yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.S)
    )
    rest = {"study": "s", "title": "S", "authors": [], "template": "generic"}
    rest |= {"imputation": {"method": "none"}} | section | repeated
    study = StudyFile.model_validate(rest)
    assert study.repeated_correlations["agreement"].levels == ("within", "between")
    assert study.growth["alliance"].outcomes == ["wai_patient", "wai_therapist"]
    for entry in layouts["questionnaires"]:
        for session in entry["sessions"]:
            filled = yaml.safe_load(
                yaml.safe_dump({k: v for k, v in entry.items() if k != "sessions"}).replace(
                    "{session}", str(session)
                )
            )
            assert Questionnaire.model_validate(filled).occasion == f"session_{session}"


def test_a_part_leaves_the_other_cells_of_the_page():
    page = PAGE.read_text(encoding="utf-8")
    cell = Cell(1, *FEW, "effects", "profiles")
    names = [name for names in VARIANCES.values() for name in names if "wai_patient" in name]
    values = {cell: {f"covers profile | {name}": np.ones(40) for name in names}}
    made = tables_with(values, page)
    for mark in ("bias", "errors", "shares"):
        assert made[mark] == content_of(mark, page), mark
    before, after = (text.splitlines() for text in (content_of("coverage", page), made["coverage"]))
    changed = [new for old, new in zip(before, after, strict=True) if new != old]
    assert changed and all("| profile |" in row for row in changed)
    assert all(row.endswith("| 1.000 ± .000 |") for row in changed)
    counts = made["replications"].split("; ")
    assert "profiles of one rater, 12/60: 40" in counts
    assert "profiles of one rater, 70/255: " in made["replications"]
    assert len(counts) == len(content_of("replications", page).split("; "))
