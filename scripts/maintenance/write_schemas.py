"""Write the JSON Schemas of the YAML files, for editors, and of what `attune diff` writes.

Run by `make schemas`; a test fails if the files are outdated.
"""

import json
from pathlib import Path

from attune.analyses.study import StudyFile
from attune.paper.ledger.ledger import Publication
from attune.record.run_diff.changes import Comparison
from attune.specs.closed_model import ClosedModel
from attune.specs.cohort import Cohort
from attune.specs.config import Config
from attune.specs.instrument import Instrument
from attune.specs.reasons import Reasons

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "workflow" / "schemas"
MODELS: dict[str, type[ClosedModel]] = {
    "config": Config,
    "cohort": Cohort,
    "publication": Publication,
    "reasons": Reasons,
    "run_diff": Comparison,
    "study": StudyFile,
    "instrument": Instrument,
}


def schema_text(name: str) -> str:
    """The schema of one kind of file, as its file holds it.

    Parameters
    ----------
    name : {"config", "cohort", "study", "instrument"}

    Returns
    -------
    str
        JSON with sorted keys, ending in a newline.
    """
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema |= MODELS[name].model_json_schema()
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def schema_path(name: str) -> Path:
    """Where the schema of one kind of file lies."""
    return FOLDER / f"{name}.schema.json"


def main() -> None:
    """Write all schemas."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in MODELS:
        schema_path(name).write_text(schema_text(name), encoding="utf-8", newline="\n")
        print(schema_path(name).relative_to(ROOT))


if __name__ == "__main__":
    main()
