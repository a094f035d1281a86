"""The steps from findings to the gate, as Snakemake runs them, and the file of reasons."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.conftest import COHORT, ROOT, Done, run_step
from tests.unit.paper.verdicts.small_page import NO_SOURCES
from tests.unit.paper.verdicts.small_paper import printed, statistic, store

from attune.specs.errors import ConfigurationError
from attune.store.contracts import PRINTED, STATISTICS, no_rows
from attune_files.parquet import write_parquet
from attune_files.reasons_file import read_reasons

R, M_SCORE = "a.x.y.pearson_r", "sample.x.mean"
LEDGER = {
    "publication": "paper",
    "citation": "A paper.",
    "values": [
        printed("r", statistic=R),
        printed("m", "133", "mean", statistic=M_SCORE),
    ],
}
M = {"value": "m", "verdict": "differs", "code": "typo", "note": "A slip.", "by": "A. Reader"}
REASONS: dict[str, Any] = {"cohort": "small", "publication": "paper", "reasons": [M]}


def write_yaml(path: Path, content: object) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return str(path)


class Line:
    """The steps that judge a paper, in a folder with two statistics."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cohort = COHORT | {"publication": "paper"}
        self.reasons: dict[str, Any] | None = None
        rows = store(statistic(R, estimate=0.456, n=26), statistic(M_SCORE, estimate=131.8))
        write_parquet(rows, self.path("statistics/a.parquet"), STATISTICS)
        write_parquet(no_rows(PRINTED), self.path("printed.parquet"), PRINTED)
        Path(self.path("explanations.json")).write_text(json.dumps(NO_SOURCES), "utf-8")

    def path(self, name: str) -> str:
        path = self.folder / "results" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def run(self, *steps: str) -> Done:
        done = Done(0, "")
        for step in steps or ("audit_publication", "judge_values", "render_verdict"):
            done = self._run(step)
            if done.status:
                break
        return done

    def _run(self, step: str) -> Done:
        reports, data = ROOT / "reports", self.folder / "data/small"
        reasons = [] if self.reasons is None else [write_yaml(data / "reasons.yaml", self.reasons)]
        files = {
            "statistics": [self.path("statistics/a.parquet")],
            "printed": self.path("printed.parquet"),
            "publication": write_yaml(self.folder / "workflow/publications/paper.yaml", LEDGER),
            "cohort": write_yaml(data / "cohort.yaml", self.cohort),
            "reasons": reasons,
            "page_template": str(reports / "verdict.html.j2"),
            "macros": str(reports / "page_macros.html.j2"),
            "styles": [str(reports / "assets/verdict.css")],
            "scripts": [str(reports / "assets/verdict.js")],
        }
        made = {
            "findings": self.path("findings.parquet"),
            "verdicts": self.path("verdicts.parquet"),
            "page": self.path("verdict.html"),
            "accepted": self.path("verdicts_accepted.json"),
            "explanations": self.path("explanations.json"),
        }
        output = {
            "audit_publication": "findings",
            "judge_values": "verdicts",
            "render_verdict": "page",
            "accept_verdicts": "accepted",
        }[step]
        return run_step(step, files | made, {output: made[output]}, {"smallest_cell": 5})


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_the_gate_fails_once_the_page_is_there(line: Line) -> None:
    assert line.run().status == 0
    assert 'data-verdict="differs"' in Path(line.path("verdict.html")).read_text("utf-8")
    done = line.run("accept_verdicts")
    assert done.status == 1
    assert "m: printed 133, computed 132: differs; it needs a reason." in done.said
    assert "data/small/reasons.yaml" in done.said
    assert "Traceback" not in done.said
    assert not Path(line.path("verdicts_accepted.json")).exists()


def test_an_accepted_verdict_passes(line: Line) -> None:
    line.reasons = REASONS
    assert line.run().status == 0
    assert line.run("accept_verdicts").status == 0
    content = json.loads(Path(line.path("verdicts_accepted.json")).read_text("utf-8"))
    assert content["verdicts"] == {"differs": 1, "recovered": 1}
    assert content["enforced"] is True


def test_the_verdicts_of_a_twin_stop_nothing(line: Line) -> None:
    line.cohort |= {"restricted": {"folder_variable": "ATTUNE_NO_SUCH_FOLDER"}}
    files = {name: file | {"sha256": "0" * 64} for name, file in COHORT["files"].items()}  # type: ignore[attr-defined]
    line.cohort = {key: each for key, each in line.cohort.items() if key != "synthetic_notice"}
    line.cohort |= {"synthetic": False, "files": files}
    done = line.run()
    assert done.status == 0, done.said
    assert line.run("accept_verdicts").status == 0
    assert "recovered" in Path(line.path("verdict.html")).read_text("utf-8")
    content = json.loads(Path(line.path("verdicts_accepted.json")).read_text("utf-8"))
    assert content["enforced"] is False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cohort": "other"}, "the file belongs to 'small'"),
        ({"reason": []}, "unknown key 'reason'. Did you mean 'reasons'?"),
        ({"reasons": [M, M]}, "occur more than once"),
        ({"reasons": [M | {"verdict": "recovered"}]}, "needs no reason. Remove the entry"),
        ({"reasons": [M | {"verdict": "wrong"}]}, "should be 'reproduced_exactly'"),
        ({"reasons": [M | {"note": " "}]}, "say in a sentence what was found out"),
        ({"reasons": [M | {"by": ""}]}, "say who decided"),
    ],
)
def test_mistakes_in_reasons(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    path = write_yaml(tmp_path / "data/small/reasons.yaml", REASONS | change)
    with pytest.raises(ConfigurationError) as caught:
        read_reasons([path])
    assert said in str(caught.value)
    assert "data/small/reasons.yaml" in str(caught.value)


def test_no_file_is_no_reason() -> None:
    assert read_reasons([]) is None
