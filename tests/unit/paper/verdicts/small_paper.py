"""A paper of a few printed values, and the statistics that should give them."""

from typing import Any

import pandas as pd

from attune.paper.ledger.ledger import Publication
from attune.paper.verdicts.judge import judge_values
from attune.specs.reasons import Reasons
from attune.store.contracts import FINDINGS, STATISTICS


def printed(name: str = "r", text: str = ".456", kind: str = "r", **more: Any) -> dict[str, Any]:
    """One printed value, bound to the statistic `a.<id>` unless told otherwise."""
    value: dict[str, Any] = {"id": name, "printed": text, "kind": kind, "places": ["Table 1"]}
    if kind == "r":
        value["n"] = 26
    if kind in ("p", "stars"):
        value["tail"] = "two"
    if not {"quoted", "not_asked"} & set(more):
        value["statistic"] = f"a.{name}"
    return value | more


def paper(*values: dict[str, Any], **more: Any) -> Publication:
    """A paper with these values."""
    content = {"publication": "paper", "citation": "A paper.", "values": list(values)}
    return Publication.model_validate(content | more)


def statistic(name: str, **fields: Any) -> dict[str, Any]:
    """One row of the statistics store."""
    row = dict.fromkeys(field.name for field in STATISTICS.schema)
    return row | {"id": name, "analysis": "a", "statistic": name.rpartition(".")[2]} | fields


def store(*rows: dict[str, Any]) -> pd.DataFrame:
    """The statistics store."""
    return pd.DataFrame(list(rows), columns=[field.name for field in STATISTICS.schema])


def finding(value: str, outcome: str = "inconsistent", **fields: Any) -> dict[str, Any]:
    """One row of the findings about a paper."""
    row = dict.fromkeys(field.name for field in FINDINGS.schema)
    row |= {"id": f"sum.{value}", "check": "sum", "value": value, "values": value}
    return row | {"outcome": outcome, "sentence": f"{value} cannot be."} | fields


def findings(*rows: dict[str, Any]) -> pd.DataFrame:
    """The findings about a paper."""
    return pd.DataFrame(list(rows), columns=[field.name for field in FINDINGS.schema])


def reasons(*entries: dict[str, Any]) -> Reasons:
    """The reasons of a cohort."""
    shared = {"code": "unresolved", "note": "Nobody knows.", "by": "A. Reader"}
    return Reasons.model_validate(
        {
            "cohort": "small",
            "publication": "paper",
            "reasons": [shared | entry for entry in entries],
        }
    )


def judged(
    publication: Publication, statistics: pd.DataFrame, *found: dict[str, Any], **more: Any
) -> dict[str, dict[str, Any]]:
    """The verdicts by printed value."""
    given = {"synthetic": False} | more
    accepted = given.pop("reasons", None)
    frame = judge_values(publication, statistics, findings(*found), accepted, **given)
    rows = [{str(key): cell for key, cell in row.items()} for row in frame.to_dict("records")]
    return {row["id"]: row for row in rows}


def verdict_on(text: str, computed: float, kind: str = "r", **more: Any) -> dict[str, Any]:
    """The verdict on one printed value, given the number of the data."""
    field = more.get("field", "estimate")
    rows = store(statistic("a.r", **{"estimate": 0.5, "n": 26, field: computed}))
    return judged(paper(printed("r", text, kind, **more)), rows)["r"]
