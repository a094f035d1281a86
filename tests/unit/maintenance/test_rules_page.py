"""docs/rules.md says what the rules say."""

import re

from attune.specs.cohort import Sample, Selection
from attune.specs.rules import RULES
from maintenance.write_rules import PAGE, page_with, rules_table


def test_the_page_holds_the_rules_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with(rules_table(), page), (
        "docs/rules.md is not up to date. Run: make schemas"
    )
    assert page.count("rules: begin") == page.count("rules: end") == 1


def test_what_the_page_explains_exists() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for heading in re.findall(r"^## .*`.*$", page, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", heading):
            assert name in RULES
    for key in ("patient_may_return", "therapist_may_change", "dates_in_order"):
        assert f"  {key}: " in page
        assert key in Sample.model_fields
    assert "therapist" in Selection.model_fields
