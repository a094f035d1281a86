"""`snakemake --report`: each result with caption, category and labels; no data file is in it."""

import base64
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import pypdf
import pytest

from tests.conftest import DYADS, ROOT, Project
from tests.whole_project import run_snakemake

CATEGORIES = {"Documents", "Numbers", "Raw data", "Tables"}
_DATA = re.compile(r'"data:[^;"]*;[^"]*?base64,([^"]*)"')


@pytest.fixture(scope="module")
def reported(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """The small project after a run, and its report, made without any way to the network."""
    folder = Path(shutil.copytree(small_run, tmp_path_factory.mktemp("report") / "attune"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy"):
            patch.setenv(name, "http://127.0.0.1:9")
        assert "WARNING" not in run_snakemake(folder, "--report", "results/report.html")
    return Project(folder), (folder / "results/report.html").read_text(encoding="utf-8")


def stored(report: str, name: str) -> dict:
    """What the page's script of this id assigns."""
    found = re.search(rf'<script id="{name}">\s*var \w+ = (.*?);\s*</script>', report, re.DOTALL)
    assert found, name
    return json.loads(found[1])


@pytest.fixture(scope="module")
def results(reported) -> dict[str, dict]:
    return stored(reported[1], "results")


def test_everything_is_in_its_category(reported, results) -> None:
    categories = stored(reported[1], "categories")
    assert set(categories) == CATEGORIES
    paths = [
        path
        for category in categories.values()
        for entries in category.values()
        for path in entries
    ]
    expected = {
        f"results/small/{document}.{kind}"
        for document in ("manuscript", "supplement")
        for kind in ("html", "docx", "pdf")
    }
    expected |= {"results/small/intake.html", "results/small/statistics.ipynb"}
    tables = ("sample", "correlations", "details", "violations")
    expected |= {f"results/small/table_pages/{table}.html" for table in tables}
    assert sorted(paths) == sorted(expected) == sorted(results)


def test_every_entry_has_a_caption_and_says_that_its_data_are_synthetic(results) -> None:
    for path, entry in results.items():
        assert len(re.sub(r"<[^>]*>", "", entry["caption"])) > 80, path
        assert "{{" not in entry["caption"]
        assert entry["labels"]["data"] == "synthetic", path
        assert entry["labels"]["entry"]
    assert results["results/small/table_pages/sample.html"]["labels"]["entry"] == "Participants"


def test_captions_hold_no_numbers() -> None:
    """Numbers come by id, or not at all."""
    for path in sorted((ROOT / "workflow/report").glob("*.rst")):
        text = path.read_text(encoding="utf-8").replace("APA 7", "")
        assert not re.findall(r"\d", text), path.name


def test_the_workflow_is_described(reported) -> None:
    assert "to an audited manuscript" in str(stored(reported[1], "workflow-desc"))


def texts_of(name: str, content: bytes) -> list[str]:
    """All text in a file of the report."""
    if name.endswith(".docx"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [archive.read(part).decode("utf-8", "replace") for part in archive.namelist()]
    if name.endswith(".pdf"):
        return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    return [content.decode("utf-8")]


def test_no_row_of_data_and_no_id_of_a_person_is_in_it(reported, results) -> None:
    project, report = reported
    ids = re.compile(rf"\b(?:{'|'.join(f'd{n:02d}' for n in range(1, DYADS + 1))})\b")
    answers = []
    for file in ("therapists.csv", "intake.csv", "termination.csv"):
        lines = (project.data / file).read_text(encoding="utf-8").splitlines()[1:]
        answers += [line.partition(",")[2][:30] for line in lines]
    texts = {"the page": _DATA.sub('""', report)}
    for path, entry in results.items():
        content = base64.b64decode(entry["data_uri"].partition("base64,")[2])
        assert not content.startswith(b"PAR1"), path
        assert not path.endswith((".parquet", ".csv", ".json")), path
        texts |= {f"{path} {n}": text for n, text in enumerate(texts_of(path, content))}
    for place, text in texts.items():
        assert not ids.findall(text), place
        plain = re.sub(r"[\s\[\]\"']", "", text)
        assert not [row for row in answers if row in plain], place
        assert str(project.folder) not in text, place


def test_parameters_show_no_secret(results) -> None:
    for path, entry in results.items():
        assert "source=" not in entry["job_properties"]["params"], path
    assert results["results/small/intake.html"]["job_properties"]["params"] == ""


def test_it_loads_nothing_from_elsewhere(reported) -> None:
    page = _DATA.sub('""', reported[1])
    assert not re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?!data:)[^"]*"', page)
