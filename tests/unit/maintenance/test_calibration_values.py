"""Reports about the printed values that the cohort of the reference study does not meet."""

from typing import Any

import jinja2
import pandas as pd
import pytest

from attune.paper.ledger.ledger import Publication
from attune.specs.closed_model import read_as
from attune.synthetic.target_intervals import missed_values
from maintenance.ryan2012.proofs import proofs_of
from maintenance.ryan2012.unmet_report import readme, unmet_entries

NAME = "alliance.kims_total.wai.pearson_r"
PERCENTAGE = {"percent": "axis_x", "count": "count", "base": "dyads"}


def paper(*rows: dict[str, Any]) -> Publication:
    defaults = {"places": ["Table I"], "statistic": NAME, "kind": "r"}
    values = [{"id": f"row_{number}"} | defaults | row for number, row in enumerate(rows)]
    content = {"publication": "a", "citation": "A.", "conventions": ["Read."], "remarks": ["So."]}
    content |= {"relations": {"percentage": [PERCENTAGE]}}
    return read_as(Publication, content | {"values": values}, "a.yaml")


class TestUnmetReport:
    publication = paper(
        {"id": "dyads", "printed": "26", "statistic": None, "quoted": "design", "kind": "count"},
        {"id": "count", "printed": "6", "statistic": "sample.axis.x.count", "kind": "count"},
        {
            "id": "axis_x",
            "printed": "23.2",
            "statistic": "sample.axis.x.percent",
            "kind": "percent",
            "label": "With x",
        },
        {"id": "r", "printed": ".100", "n": 26},
        {
            "id": "star",
            "printed": "*",
            "field": "p_one_tailed",
            "kind": "stars",
            "below": ".01",
            "of": "r",
            "tail": "one",
            "direction": "positive",
        },
    )
    statistics = pd.DataFrame(
        {"estimate": [6.0, 600 / 26, 0.1001], "p_one_tailed": [None, None, 0.313]},
        index=["sample.axis.x.count", "sample.axis.x.percent", NAME],
    )

    def test_entries(self) -> None:
        proofs = proofs_of(self.publication)
        share, star = unmet_entries(proofs, self.statistics)
        assert (share["id"], share["label"], share["given"]) == ("axis_x", "With x", "23.1")
        assert share["possible"] == {"low": 23.076923, "high": 23.076924}
        assert share["needed"] == {"low": 23.15, "high": 23.25}
        assert [entry["name"] for entry in share["inputs"]] == ["count", "dyads"]
        assert (star["id"], star["given"]) == ("star", "0.313")

    def test_a_proof_excuses_and_nothing_else_does(self) -> None:
        proofs = proofs_of(self.publication)
        given_up = {proof.value.id for proof in proofs}
        assert missed_values(self.publication, given_up, self.statistics) == []
        worse = self.statistics.assign(estimate=[6.0, 600 / 26, 0.1006])
        assert missed_values(self.publication, given_up, worse) == [
            "r is printed .100, found 0.1006"
        ]

    def test_readme(self) -> None:
        template = (
            "{{ n_met }} of {{ n_bound }} of {{ n_values }}\n"
            "{% for each in unmet %}\n{{ each.label }}: {{ each.printed }}, {{ each.why }}\n"
            "{% endfor %}\n{{ files['a.csv'] }} {{ conventions[0] }} {{ remarks[0] }}\n"
        )
        proofs = proofs_of(self.publication)
        text = readme(template, self.publication, proofs, self.statistics, {"a.csv": "answers"})
        lines = text.splitlines()
        assert lines[:2] == ["2 of 4 of 5", "With x: 23.2, 6 of 26 is 23.1 %, not 23.2."]
        assert lines[2].startswith("star: \\*, p follows from the coefficient printed")
        assert lines[2].endswith("between 0.312 and 0.315; \\* stands for 0 to 0.01.")
        assert lines[3:] == ["answers Read. So."]

    def test_a_template_that_asks_for_something_else(self) -> None:
        with pytest.raises(jinja2.UndefinedError):
            readme("{{ n_missed }}", self.publication, [], self.statistics, {})
