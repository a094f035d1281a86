"""What every document says about differences between therapists, and their table and figure."""

from typing import Any

import pandas as pd
import pytest
from tests.unit.documents.conftest import REPORTS, _row
from tests.unit.documents.test_manuscript import render
from tests.unit.documents.words import as_words

from attune.analyses.kinds import KINDS
from attune.documents.figures import FigureContext, draw_figure
from attune.specs.errors import AnalysisError

TABLE = {"document": "supplement", "kind": "therapist_shares", "title": "Therapists"}
FIGURE = TABLE | {"kind": "therapist_deviations", "alt": "Points in ascending order"}
LIMITS = {"ci_level": 0.95}


def store(
    small: Any, several: int = 6, few: int = 4, therapists: int = 12, n: int = 3
) -> pd.DataFrame:
    rows = [_row("therapists.several.n", several), _row("therapists.few.n", few)]
    if several:
        for name, share, low, occasion in (("gain", 0.12, 0.0, None), ("bond", 0.3, 0.1, "end")):
            place = f"therapists.{name}"
            shared = {"outcome": name, "x": name, "n": 25, "occasion": occasion}
            ends = {"ci_low": low, "ci_high": 0.51} | LIMITS
            rows.append(_row(f"{place}.therapists_in_model", 11.0, **shared))
            rows.append(_row(f"{place}.variance_share", share, **ends, **shared))
            rows.append(_row(f"{place}.variance_test", 2.1, df=1.0, p_two_tailed=0.07, **shared))
            for rank, value in ((1, -1.5), (2, 0.5)):
                more = shared | {"n": n, "ci_low": value - 1, "ci_high": value + 1} | LIMITS
                rows.append(_row(f"{place}.therapist_{rank:02d}.deviation", value, **more))
    found = small.store(sample__therapists__n={"estimate": float(therapists)})
    return pd.concat([found, pd.DataFrame(rows).reindex(columns=found.columns)], ignore_index=True)


def words(small: Any, template: str, rows: pd.DataFrame, **changes: Any) -> str:
    document = "supplement" if template.startswith("supplement") else "manuscript"
    text = render(
        small,
        (REPORTS / template).read_text(encoding="utf-8"),
        document=document,
        store=rows,
        **changes,
    )
    return as_words(text)


def test_the_supplement_gives_every_share_with_its_warnings(small: Any) -> None:
    said = words(small, "supplement.qmd.j2", store(small), tables={"therapists": TABLE})
    assert "Of 12 therapists, 6 have two or more patients." in said
    assert "given the pretest of an outcome and the treatment condition, are ICC =" in said
    assert "ICC = .12, 95% CI [.00, .51]" in said and "ICC = .30, 95% CI [.10, .51]" in said
    assert "With fewer than twenty therapists, such shares are known roughly at best." in said
    assert "Of 12 therapists, 4 have fewer than five patients" in said


def test_the_manuscript_gives_the_outcomes_alone(small: Any) -> None:
    said = words(small, "generic.qmd.j2", store(small))
    assert "ICC = .12, 95% CI [.00, .51]" in said
    assert "ICC = .30" not in said


def test_an_interval_from_zero_is_explained_where_there_is_one(small: Any) -> None:
    sentence = "An interval that begins at zero is compatible with no difference"
    assert sentence in words(small, "generic.qmd.j2", store(small))
    rows = store(small)
    rows.loc[rows["id"] == "therapists.gain.variance_share", "ci_low"] = 0.02
    said = words(small, "generic.qmd.j2", rows)
    assert "ICC = .12, 95% CI [.02, .51], for" in said and sentence not in said


def test_enough_therapists_need_no_warning(small: Any) -> None:
    said = words(small, "supplement.qmd.j2", store(small, several=20, few=0, therapists=24))
    assert "Of 24 therapists, 20 have two or more patients." in said
    assert "twenty therapists" not in said and "fewer than five patients" not in said


def test_tests_that_take_patients_of_one_therapist_as_independent_are_told(small: Any) -> None:
    every = "but every test takes them as independent; where patients of one therapist"
    assert every in words(small, "generic.qmd.j2", store(small))


def test_one_patient_each_cannot_be_separated(small: Any) -> None:
    rows = store(small, several=0, few=25, therapists=25)
    said = words(small, "supplement.qmd.j2", rows)
    sentence = "so that differences between therapists cannot be distinguished from differences"
    assert said.count(sentence) == 1
    assert words(small, "generic.qmd.j2", rows).count(sentence) == 1


def test_without_therapists_nothing_is_said(small: Any) -> None:
    said = words(small, "supplement.qmd.j2", small.store())
    assert "Differences between therapists" not in said


def test_the_table_names_the_occasion_and_has_no_row_for_others(small: Any) -> None:
    table = small.table(store=store(small), document="supplement", kind="therapist_shares")
    assert [row.label.to_plain() for row in table.rows] == [
        "Symptoms, residual gain",
        "Bond|strength, end",
    ]
    assert table.rows[0].cells["share"].to_plain() == ".12"
    assert table.rows[0].cells["therapists"].to_plain() == "11"


@pytest.mark.parametrize(("n", "drawn"), [(5, True), (4, False)])
def test_the_figure_leaves_out_few_patients(small: Any, n: int, drawn: bool) -> None:
    study = small.study(figures={"therapists": FIGURE})
    empty = pd.DataFrame()
    context = FigureContext(
        study,
        small.cohort(),
        small.instruments(),
        *(empty, empty, empty),
        store(small, n=n),
        KINDS,
        {"describe_sample.interval": 0.95},
        smallest=5,
    )
    if not drawn:
        with pytest.raises(AnalysisError, match="therapists with several patients differ"):
            draw_figure(study.figures["therapists"], context)
        return
    figure = draw_figure(study.figures["therapists"], context)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 2
    [points] = [one for one in shown[0].collections if len(one.get_offsets()) == 2][-1:]
    assert points.get_offsets()[:, 1].tolist() == [-1.5, 0.5]
