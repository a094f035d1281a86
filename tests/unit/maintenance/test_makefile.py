"""The list of documents at the end of make reproduce."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = [
    *(f"results/help/manuscript.{kind}" for kind in ("html", "docx", "pdf")),
    *(f"results/synthesis/empathy_outcome/synthesis.{kind}" for kind in ("html", "docx", "pdf")),
]


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("made", [DOCUMENTS, DOCUMENTS[:3], DOCUMENTS[:1]])
def test_documents_of_cohorts_and_syntheses_are_listed(tmp_path: Path, made: list[str]) -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = text.partition('\t@echo "The documents:"\n')[2].partition("\n\n")[0]
    (tmp_path / "Makefile").write_text(f"list:\n{recipe}\n", encoding="utf-8")
    for path in [*made, "results/help/table_pages/sample.html", "results/help/statistics.ipynb"]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert sorted(listed.stdout.split()) == sorted(made)
