"""No row of answers, no id that was hashed and no count of few people leaves the line."""

import base64
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from attune.intake.reading.identifiers import hashed
from tests.conftest import Project, run_snakemake

SALT = "a secret that nobody guesses"
LINE = (
    *("validate_responses", "score_scales", "estimate_reliability", "impute_measures"),
    *(
        "compute_residual_gains",
        "correlate_measures",
        "compare_conditions",
        "fit_growth",
        "describe_sample",
    ),
    *("explain_statistics", "confirm_statistics", "build_tables", "plot_figures"),
    "build_manuscript",
)
"""All steps but the last, which adds nothing to the text."""
TEXT_FILES = {".log", ".qmd", ".html", ".tsv", ".txt", ".json"}


def told(project: Project, *said: str) -> str:
    """Everything that a person or a reader is told: logs, messages, documents, findings, tables."""
    texts = list(said)
    for path in sorted(project.folder.rglob("*")):
        if path.suffix in TEXT_FILES and "data" not in path.relative_to(project.folder).parts:
            texts.append(path.read_text("utf-8", errors="replace"))
    for path in [project.results / "violations.parquet", project.results / "printed.parquet",
                 *(project.results / "tables").glob("*.parquet")]:  # fmt: skip
        if path.exists():
            texts += [str(row) for row in pq.read_table(path).to_pylist()]
    return "\n".join(texts)


def answers_of(project: Project) -> dict[str, list[str]]:
    rows = {}
    for file in ("intake.csv", "termination.csv", "therapists.csv"):
        for line in (project.data / file).read_text("utf-8").splitlines()[1:]:
            dyad, *answers = line.split(",")
            rows[f"{file} {dyad}"] = answers
    return rows


APART = re.compile(r"(?<![0-9A-Za-z.])\d(?:[^0-9A-Za-z]{1,4}\d(?![0-9.]))+")
"""Single digits one after the other, with commas, blanks or quotation marks between them."""
TOGETHER = re.compile(r"(?<![0-9A-Za-z.])\d{8,}(?![0-9A-Za-z])")
"""Digits without anything between them."""


def windows(answers: list[str], n: int) -> set[str]:
    """All n neighbouring answers, without those that are nearly constant."""
    parts = {"".join(answers[start : start + n]) for start in range(len(answers) - n + 1)}
    return {part for part in parts if len(set(part)) > 2}


def assert_no_row_of_answers(text: str, rows: dict[str, list[str]]) -> None:
    """No five neighbouring answers of a dyad are told."""
    apart = [re.sub(r"\D", "", run) for run in APART.findall(text)]
    together = TOGETHER.findall(text)
    for name, answers in rows.items():
        told_apart = [part for part in windows(answers, 5) if any(part in run for run in apart)]
        assert not told_apart, name
        assert not [part for part in windows(answers, 8) if any(part in run for run in together)]


@pytest.fixture
def recognisable(project: Project) -> Project:
    """Answers in patterns that chance does not make."""
    pattern = "0413240314230142"
    with project.table("intake.csv") as lines:
        for number, line in enumerate(lines[1:]):
            turned = pattern[number:] + pattern[:number]
            line[1:] = list((turned * 2)[: len(line) - 1])
    return project


def test_a_refused_cohort_tells_no_row(recognisable: Project) -> None:
    for row in range(2, 8):
        for item in range(1, 12):
            recognisable.set_cell("intake.csv", row, f"iip_{item}", "7")
    with recognisable.table("termination.csv") as lines:
        lines.append(list(lines[2]))
        lines[4][0] = "d77"
    with recognisable.table("sample.csv") as lines:
        lines[0].append("remarks")
        for number, line in enumerate(lines[1:]):
            line.append(f"He told me about week {number} with Zebulon")
    said = recognisable.refused()
    text = told(recognisable, said)
    assert "Zebulon" not in text
    assert_no_row_of_answers(text, answers_of(recognisable))


def test_a_finished_cohort_tells_no_row(recognisable: Project) -> None:
    with recognisable.cohort() as cohort:
        cohort["severities"] = {"item_against_scale": "note"}
    done = recognisable.run_line(*LINE)
    assert done.status == 0, done.said
    assert_no_row_of_answers(told(recognisable, done.said), answers_of(recognisable))


def test_the_check_for_rows_can_fail(recognisable: Project) -> None:
    rows = answers_of(recognisable)
    row = rows["intake.csv d03"]
    for text in (", ".join(row[4:10]), str(row[:12]), "".join(row[2:12])):
        with pytest.raises(AssertionError):
            assert_no_row_of_answers(f"found {text} in", rows)


class TestHashedIds:
    @pytest.fixture
    def secret(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
        """Ids that would be recognised, hashed under a salt."""
        for file in ("sample.csv", "therapists.csv", "intake.csv", "termination.csv"):
            with project.table(file) as lines:
                for line in lines[1:]:
                    line[0] = f"ward7-{line[0]}"
        with project.table("sample.csv") as lines:
            for line in lines[1:]:
                line[1:3] = [f"Ther{line[1]}", f"Pat{line[2]}"]
        with project.cohort() as cohort:
            cohort["hashed_ids"] = {"salt_variable": "SMALL_SALT"}
        monkeypatch.setenv("SMALL_SALT", SALT)
        return project

    def test_no_file_holds_an_id(self, secret: Project) -> None:
        with secret.table("termination.csv") as lines:
            del lines[5]
        done = secret.run_line(*LINE)
        assert done.status == 0, done.said
        text = told(secret, done.said)
        held = b"".join(p.read_bytes() for p in secret.results.rglob("*") if p.is_file())
        for word in ("ward7", "Thert", "Patp"):
            assert word not in text
            assert word.encode() not in held
        assert hashed("ward7-d05", SALT) in text
        responses = pq.read_table(secret.results / "responses.parquet")["dyad"].to_pylist()
        assert set(responses) == {hashed(f"ward7-d{n:02d}", SALT) for n in range(1, 13)}
        sample = pq.read_table(secret.results / "sample.parquet").to_pandas()
        raw = {line.split(",")[1] for line in (secret.data / "sample.csv").read_text().splitlines()}
        assert sample["therapist"].nunique() == len(raw) - 1

    def test_messages_name_the_hash(self, secret: Project) -> None:
        secret.set_cell("intake.csv", 3, "id", "ward7-d77")
        said = secret.refused()
        assert "ward7" not in said
        assert f"dyad '{hashed('ward7-d77', SALT)}' answered iip_32" in said

    def test_an_empty_id_stays_empty(self, secret: Project) -> None:
        secret.set_cell("intake.csv", 3, "id", "")
        assert "names no dyad (the cell is empty)" in secret.refused()

    def test_names_may_be_hashed(self, secret: Project) -> None:
        for file in ("sample.csv", "therapists.csv", "intake.csv", "termination.csv"):
            secret.set_cell(file, 3, "id", "Mary Smith")
        assert secret.validate().status == 0

    @pytest.mark.parametrize(
        ("salt", "said"), [(None, "SMALL_SALT, which is not set."), ("short", "has 5 characters.")]
    )
    def test_a_salt_is_needed(
        self, secret: Project, monkeypatch: pytest.MonkeyPatch, salt: str | None, said: str
    ) -> None:
        monkeypatch.delenv("SMALL_SALT")
        if salt:
            monkeypatch.setenv("SMALL_SALT", salt)
        assert said in secret.refused()

    def test_other_salts_give_other_ids(self) -> None:
        ids = [hashed("P001", SALT), hashed("P001", SALT + "!"), hashed("P002", SALT)]
        assert len(set(ids)) == 3
        assert ids[0] == hashed("P001", SALT)

    def test_another_salt_runs_the_line_again(
        self, secret: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The raw files are the same; the hashes are not. The salt itself is kept nowhere."""
        target = "results/small/sample.parquet"
        found = []
        for salt in (SALT, "another secret that nobody guesses"):
            monkeypatch.setenv("SMALL_SALT", salt)
            done = run_snakemake([target], secret.folder)
            assert done.status == 0, done.said
            assert "Nothing to be done" in run_snakemake([target], secret.folder).said
            found.append(pq.read_table(secret.folder / target)["dyad"].to_pylist())
            assert hashed("ward7-d01", salt) in found[-1]
            kept = b"".join(p.read_bytes() for p in secret.folder.rglob("*") if p.is_file())
            assert salt.encode() not in kept
            assert base64.b64encode(salt.encode())[:-4] not in kept
        assert not set(found[0]) & set(found[1])
        monkeypatch.delenv("SMALL_SALT")
        done = run_snakemake([target], secret.folder)
        assert done.status != 0
        assert "takes the salt from the environment variable SMALL_SALT, which is not set" in (
            done.said
        )
        assert pq.read_table(secret.folder / target)["dyad"].to_pylist() == found[1]


def few_in_b(project: Project) -> None:
    """Nine dyads in condition A, three in B."""
    with project.table("sample.csv") as lines:
        for number, line in enumerate(lines[1:]):
            line[3] = "B" if number < 3 else "A"


def test_few_people_are_not_counted_in_the_documents(project: Project, tmp_path: Path) -> None:
    few_in_b(project)
    done = project.run_line(*LINE)
    assert done.status == 0, done.said
    table = pq.read_table(project.results / "tables/sample.parquet").to_pandas()
    text = " ".join(map(str, table.to_numpy().ravel())).replace("\\", "")
    assert "< 5" in text
    assert not re.search(r"(?<![\d<] )\b(3|9|25|75)\b", text)
    printed = pq.read_table(project.results / "printed.parquet").to_pandas().set_index("id")
    for name in ("sample.condition.usual_care.count", "arms.kims.usual_care.n",
                 "retention.kims.usual_care.n"):  # fmt: skip
        assert printed.loc[name, "estimate"].replace("\\", "") == "< 5"
    for name in ("sample.condition.brief_therapy.count", "arms.kims.usual_care.mean",
                 "arms.kims.brief_therapy.mean"):  # fmt: skip
        assert printed.loc[name, "estimate"] == "\N{EN DASH}"
    document = (project.results / "manuscript.qmd").read_text("utf-8")
    document = re.sub(r"\[([^]]*)\]\{[^}]*\}", r"\1", document)
    withheld = (
        "the numbers are withheld, as they would disclose information on fewer than 5 people."
    )
    assert f"The conditions could not be compared in mindfulness: {withheld}" in document
    assert f"*Note.* – = {withheld} \\< 5 = fewer than 5 people, whose" in document
    for name in ("t", "cohen_d", "mean_difference", "bayes_factor"):
        assert printed.loc[f"arms.kims.{name}", "result"] == "–"


def test_a_cohort_may_show_its_small_cells_and_says_why(project: Project) -> None:
    few_in_b(project)
    with project.cohort() as cohort:
        cohort["smallest_cell"] = {"count": 0, "reason": "made by a test, nobody is in it"}
    done = project.run_line(*LINE)
    assert done.status == 0, done.said
    printed = pq.read_table(project.results / "printed.parquet").to_pandas().set_index("id")
    assert printed.loc["sample.condition.usual_care.count", "estimate"] == "3"
    with project.cohort() as cohort:
        del cohort["smallest_cell"]["reason"]
    assert "smallest_cell" in project.configuration_error()
