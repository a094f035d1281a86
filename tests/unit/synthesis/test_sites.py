"""Sites in a synthesis: a correlation from a site file is a study beside cohorts and tables."""

import json
from pathlib import Path

import pytest
from tests.unit.sites.made_sites import KEY, content_of, dealt
from tests.unit.synthesis.synthetic_studies import synthesis_of
from tests.unit.synthesis.test_synthesis_document import tables_and_text

from attune.sites.site_file import StatisticOf, signed_text
from attune.specs.errors import ConfigurationError
from attune.synthesis.estimate import synthesis_statistics
from attune.synthesis.evidence import SiteStatistics, collect_evidence
from attune_files.steps.file_sums import sha256_of
from attune_files.synthesis_files import read_sites, read_synthesis_files

R = "alliance.kims_total.wai_patient.pearson_r"
ROWS = {R: {"id": R, "estimate": 0.4, "n": 30}, "arms.x.cohen_d": {"estimate": 0.2, "n": 30}}


def entry(file: str, **keys: object) -> dict[str, object]:
    return {
        "file": file,
        "sha256": "0" * 64,
        "statistic": R,
        "label": f"Clinic of {file}",
        "predictor": {"concept": "mindfulness", "label": "mindfulness", "instrument": "KIMS"},
        "outcome": {"concept": "alliance", "label": "alliance"},
        "better": "higher",
    } | keys


def evidence(*entries: dict[str, object], synthetic: bool = True, demonstration: bool = True):
    own = synthesis_of(effects=[], sites=list(entries), demonstration=demonstration)
    sites = {
        str(one["file"]): SiteStatistics(str(one["file"])[:-5], synthetic, ROWS) for one in entries
    }
    return collect_evidence(own, {}, sites=sites), own


def test_a_site_is_a_study() -> None:
    found, own = evidence(entry("north.json"), entry("south.json", better="lower"))
    assert [(one.key, one.origin, one.estimate, one.n) for one in found.studies] == [
        ("north", "site", 0.4, 30),
        ("south", "site", -0.4, 30),
    ]
    assert found.studies[0].known == "KIMS"
    rows = synthesis_statistics(own, found, []).set_index("id")
    assert rows.loc["studies.north.r", "dataset"] == "site"
    assert rows.loc["studies.north.r", "method"] == f"from sites.north.json.{R}"
    assert rows.loc["pooled.all.k", "estimate"] == 2


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"statistic": "alliance.kims_total.wai.pearson_r"}, "it has no statistic"),
        ({"statistic": "arms.x.cohen_d"}, "is not a correlation"),
    ],
)
def test_what_is_refused(keys: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        evidence(entry("north.json", **keys))
    assert "sites.north.json" in str(caught.value)


def test_synthetic_sites_need_a_demonstration() -> None:
    with pytest.raises(ConfigurationError, match="synthetic, which never enter"):
        evidence(entry("north.json"), demonstration=False)
    assert evidence(entry("north.json"), synthetic=False, demonstration=False)[0].pooled


def test_a_file_is_listed_once() -> None:
    with pytest.raises(ValueError, match="listed twice"):
        evidence(entry("north.json"), entry("north.json"))


def test_a_file_of_disk_is_held_to_its_recorded_sum(tmp_path: Path) -> None:
    content = content_of(dealt(2)[0], "north").model_copy(
        update={"statistics": [StatisticOf(id=R, estimate=0.35, n=13)]}
    )
    path = tmp_path / "north.json"
    path.write_text(signed_text(content, KEY), encoding="utf-8")
    own = synthesis_of(effects=[], sites=[entry("north.json", sha256=sha256_of(path))])
    (tmp_path / "small.yaml").write_text(json.dumps(own.model_dump()), encoding="utf-8")
    files = read_synthesis_files(tmp_path / "small.yaml", [], [])
    found = files.evidence({}, {}, read_sites(own, [path]))
    [study] = found.studies
    assert (study.key, study.estimate, study.n, study.synthetic) == ("north", 0.35, 13, True)
    path.write_text(path.read_text().replace("0.35", "0.53"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="not the file that was accepted"):
        read_sites(own, [path])


def test_the_document_lists_them() -> None:
    found, own = evidence(entry("north.json", label="Northern clinic"), entry("south.json"))
    _, text = tables_and_text(found, own)
    assert "keep their rows and contribute estimates under disclosure rules" in text
    assert "Northern clinic" in text
