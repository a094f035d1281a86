"""Write the JSON Schemas of the YAML files, for editors, and of what `attune diff` writes.

Run by `make schemas`; a test fails if the files are outdated.
"""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from attune.analyses.study import StudyFile
from attune.paper.ledger.ledger import Publication
from attune.record.run_diff.changes import Comparison
from attune.specs.authors import Authors
from attune.specs.closed_model import ClosedModel
from attune.specs.cohort import Cohort
from attune.specs.config import Config
from attune.specs.instrument import Instrument
from attune.specs.literature import Literature
from attune.specs.reasons import Reasons
from attune.specs.synthesis import Crosswalk, Synthesis

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
    "literature": Literature,
    "synthesis": Synthesis,
    "crosswalk": Crosswalk,
    "authors": Authors,
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
    describe_fields()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema |= MODELS[name].model_json_schema()
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@cache
def describe_fields() -> None:
    """Give every field of every model its docstring as description.

    Here, because pydantic's own reading of them doubles the time that the models take to import,
    and every step imports them.
    """
    models = list(_models(ClosedModel))
    for model in models:
        for name, text in _docstrings(model):
            if name in model.model_fields:
                model.model_fields[name].description = text
    # Twice: those that hold models which come later take over their first schemas.
    for model in models * 2:
        model.model_rebuild(force=True)


def _models(model: type[ClosedModel]) -> Iterator[type[ClosedModel]]:
    for subclass in model.__subclasses__():
        yield subclass
        yield from _models(subclass)


def _docstrings(model: type[ClosedModel]) -> Iterator[tuple[str, str]]:
    """Fields with the docstring below them, in the source of the class and of those it extends."""
    for owner in reversed(model.__mro__):
        if not issubclass(owner, ClosedModel) or owner is ClosedModel:
            continue
        try:
            source = inspect.getsource(owner)
        except OSError:  # put together from the sections of the analyses, it has none of its own
            continue
        [definition] = ast.parse(textwrap.dedent(source)).body
        body = definition.body if isinstance(definition, ast.ClassDef) else []
        for field, text in pairwise(body):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(words))),
                ):
                    yield name, inspect.cleandoc(words)


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
