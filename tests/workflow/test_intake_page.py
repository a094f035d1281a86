"""The cohort page as the workflow makes it: also, and above all, of raw files that it refuses."""

import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from tests.conftest import Project, run_snakemake

PAGE = "results/small/intake.html"


def test_the_page_is_there_when_the_raw_files_are_refused(project: Project) -> None:
    project.set_cell("therapists.csv", 4, "kims_7", "9")
    done = run_snakemake(["--cores", "1", PAGE, "results/small/scores.parquet"], project.folder)
    assert done.status != 0
    assert "results/small/intake.html (make it with `attune check small" in done.said
    text = (project.folder / PAGE).read_text(encoding="utf-8")
    assert "This cohort cannot be used yet: 1 error." in text
    assert re.search(r"therapists\.csv</th><td[^>]*>4</td><td[^>]*>kims_7</td>", text)
    assert not (project.results / "responses.parquet").exists()


def test_page_and_line_find_the_same(project: Project) -> None:
    with project.table("intake.csv") as lines:
        for number, line in enumerate(lines):
            line.append("remark" if number == 0 else "x")
    with project.table("termination.csv") as lines:
        del lines[4]
    assert project.validate().status == 0
    assert project.run("check_cohort").status == 0
    text = (project.results / "intake.html").read_text(encoding="utf-8")
    rows = pq.read_table(project.results / "violations.parquet").to_pylist()
    counts = Counter((row["severity"], row["rule"]) for row in rows)
    counts_on_page = dict(
        re.findall(r'id="((?:error|warning|note)-\w+)">.*?\(([\d,]+) places?\)', text)
    )
    assert counts_on_page == {
        f"{severity}-{rule}": str(n) for (severity, rule), n in counts.items()
    }
    assert {"unused_column", "posttest_missing"} <= {rule for _, rule in counts}


def test_the_page_alone_needs_no_other_step(project: Project) -> None:
    assert run_snakemake([PAGE], project.folder).status == 0
    assert "This cohort can be used." in (project.folder / PAGE).read_text(encoding="utf-8")
    assert {path.name for path in project.results.iterdir()} == {"intake.html", "records"}
    log = (project.folder / "logs/small/check_cohort.log").read_text(encoding="utf-8")
    assert "small: This cohort can be used." in log
    assert not re.search(r"\bd\d\d\b", log)


def test_files_that_are_no_tables_make_a_page(project: Project) -> None:
    (project.data / "intake.csv").write_text("id,iip_1\nd01,1,2\n", encoding="utf-8")
    done = project.run("check_cohort")
    assert done.status == 0
    text = (project.results / "intake.html").read_text(encoding="utf-8")
    assert "a raw file cannot be read" in text


def test_the_same_files_make_the_same_page(project: Project, tmp_path: Path) -> None:
    pages = []
    for _ in range(2):
        assert project.run("check_cohort").status == 0
        pages.append((project.results / "intake.html").read_bytes())
    assert pages[0] == pages[1]
    assert str(tmp_path).encode() not in pages[0]


def test_the_choice_reaches_the_page(project: Project) -> None:
    project.set_cell("therapists.csv", 4, "kims_7", "often")
    with project.yaml("config.yaml") as config:
        config["check_cohort"] = {"show_values": "all"}
    assert run_snakemake([PAGE], project.folder).status == 0
    assert "found &#39;often&#39;" in (project.folder / PAGE).read_text(encoding="utf-8")
