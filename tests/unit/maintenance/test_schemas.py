"""The JSON Schemas that editors use say what the typed models say."""

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema.validators
import pytest

from attune_files.yaml_file import read_yaml
from maintenance.write_schemas import FOLDER, MODELS, schema_path, schema_text

ROOT = Path(__file__).parents[3]
FILES = {
    "config": [ROOT / "config.yaml"],
    "cohort": sorted(ROOT.glob("data/*/cohort.yaml")),
    "publication": sorted(ROOT.glob("workflow/publications/*.yaml")),
    "reasons": sorted(ROOT.glob("data/*/reasons.yaml")),
    "study": sorted(ROOT.glob("workflow/studies/*.yaml")),
    "instrument": sorted(ROOT.glob("workflow/instruments/*.yaml")),
}


@functools.cache
def schema_of(name: str) -> Any:
    """The schema of a model, made and checked once."""
    schema = json.loads(schema_text(name))
    jsonschema.validators.validator_for(schema).check_schema(schema)
    return schema


def validator(name: str) -> Any:
    schema = schema_of(name)
    return jsonschema.validators.validator_for(schema)(schema)


@pytest.mark.parametrize("name", MODELS)
def test_the_files_are_those_of_the_models(name: str) -> None:
    path = schema_path(name)
    found = path.read_bytes().decode() if path.is_file() else ""
    assert found == schema_text(name), f"{path.name} is not up to date. Run: make schemas"


def test_there_are_no_others() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {schema_path(name).name for name in MODELS}


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, paths in FILES.items() for path in paths]
)
def test_shipped_files_fit_their_schema(name: str, path: Path) -> None:
    # An editor sees the keys of a mapping as text.
    content = json.loads(json.dumps(read_yaml(path)))
    validator(name).validate(content)
    with pytest.raises(jsonschema.ValidationError, match="'surprise' was unexpected"):
        validator(name).validate(content | {"surprise": 1})


@pytest.mark.parametrize("name", MODELS)
def test_every_key_of_a_file_is_explained_or_speaks_for_itself(name: str) -> None:
    schema = schema_of(name)
    assert schema["additionalProperties"] is False
    assert schema["description"]
    assert any("description" in key for key in schema["properties"].values())
