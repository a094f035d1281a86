"""config.yaml: defaults, ranges, names."""

from pathlib import Path

import pytest

from attune.specs.closed_model import read_as
from attune.specs.config import Config
from attune.specs.errors import ConfigurationError
from attune_files.project import read_config
from attune_files.yaml_file import read_yaml

ROOT = Path(__file__).parents[3]


def test_the_shipped_file_shows_every_choice_with_its_default() -> None:
    content = read_yaml(ROOT / "config.yaml")
    shipped = read_as(Config, content, "config.yaml")
    assert shipped == Config(cohorts=shipped.cohorts, syntheses=shipped.syntheses)
    # Archives of syntheses set the other one; it is not a choice of an analyst.
    assert set(content) == set(Config.model_fields) - {"given_statistics"}
    for name, section in content.items():
        if isinstance(section, dict):
            assert set(section) == set(Config.model_fields[name].default.model_dump()), name


@pytest.mark.parametrize(
    "content",
    [
        {"cohorts": []},
        {"cohorts": ["help", "help"]},
        {"syntheses": ["empathy_outcome", "empathy_outcome"]},
        {"given_statistics": {"help": "real"}},
        {"given_statistics": {"other": "made up"}},
        {"seed": -1},
        {"estimate_reliability": {"interval": 95}},
        {"estimate_reliability": {"interval": 0.05}},
        {"compute_residual_gains": {"interval": 1}},
        {"correlate_measures": {"bootstrap_samples": 10}},
        {"correlate_measures": {"permutations": 10}},
        {"correlate_measures": {"bayes_factor_scale": 0}},
        {"correlate_measures": {"power": 0.5}},
        {"compare_conditions": {"variances": "equal"}},
        {"build_tables": {"level": 0.95}},
        {"render_manuscript": {"renderer": "word"}},
        {"documents": {"language": "en-AU"}},
        {"documents": {"mask": True}},
        {"documents": {"line_numbers": "sometimes"}},
    ],
)
def test_out_of_range(content: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=r"config\.yaml cannot be used"):
        read_config({"cohorts": ["help"]} | content)


def test_a_key_given_twice_is_found_in_the_files_that_snakemake_read(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("cohorts: [help]\nseed: 1\nseed: 2\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="line 3: key 'seed' is already given on line 2"):
        read_config({"cohorts": ["help"], "seed": 2}, [file])
