"""Seeded random plans for the small cohort: what the schema of a study allows."""

from typing import Any

import numpy as np

from tests.conftest import COHORT, STUDY

TITLES = (
    "Mindful therapists",
    "Twelve weeks of counselling",
    "12 weeks of counselling, 24 sessions and 3 months: a study",
    "Study 2b of the COPE-2 programme (2019-2021)",
    "α-Änderung: 50% weniger, *p* & <b>q</b> | [x]{.stat}",
)
PARTS = ("Mindful therapists", "KIMS and IIP-32 | *r* & <b>p</b>", "Twelve weeks of COVID-19")
"""Titles of tables and analyses, whose digits belong to names."""
LABELS = ("Mindfulness", "KIMS-39 total", "Mindfulness (39 items)", "Mind_fulness * 2", "M < 5")
FAMILIES = ("kims", "age", "iip_intake", "iip_termination", "iip")


def random_plan(seed: int) -> dict[str, Any]:
    """A study of the small cohort whose sections, keys and texts are drawn."""
    rng = np.random.default_rng(seed)

    def yes(chance: float = 0.5) -> bool:
        return bool(rng.random() < chance)

    def one_of(values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    def some(values: Any, fewest: int = 1) -> list[Any]:
        count = int(rng.integers(fewest, len(values) + 1))
        return [values[place] for place in sorted(rng.permutation(len(values))[:count])]

    plan = {key: STUDY[key] for key in ("study", "authors", "template", "imputation")}
    plan |= {
        "title": one_of(TITLES),
        "measures": {k: dict(v) for k, v in STUDY["measures"].items()},
    }
    plan["measures"]["kims"]["label"] = one_of(LABELS)
    plan["imputation"] = {"method": one_of(("series_mean", "none"))}
    plan["plan_written"] = one_of(("before_data", "after_data", "after_publication"))
    datasets = ["available", "imputed"] if plan["imputation"]["method"] != "none" else ["available"]
    if yes(0.7):
        plan["outcomes"] = STUDY["outcomes"]
    names = [name for name in FAMILIES if name != "iip" or "outcomes" in plan]

    def family() -> dict[str, Any]:
        x = some([name for name in names if name != "iip"])
        y = [name for name in names if name not in x]
        made = {
            "title": one_of(PARTS),
            "dataset": one_of(datasets),
            "x": x,
            "y": some(y) if y else [],
        }
        if not made["y"] or (yes(0.3) and len(x) > 1):
            del made["y"]
        if yes():
            made["direction"] = one_of(("positive", "negative"))
        made["test"] = one_of(("ancova", "residual_gain"))
        made["interval"] = one_of(("fisher_z", "robust", "sandwich", "bca"))
        made["hold_condition"] = yes()
        return made if made.get("y") or len(x) > 1 else family()

    if yes(0.7):
        plan["correlations"] = {f"family{n}": family() for n in range(int(rng.integers(1, 3)))}
    if yes():
        plan["conditions"] = {
            "arms": {
                "title": one_of(PARTS),
                "measures": some(names),
                "dataset": one_of(datasets),
                "test": one_of(("ancova", "residual_gain")),
            }
        }
        if yes(0.4):
            plan["conditions"]["arms"]["equivalence"] = 0.5
        if yes(0.4):
            plan["conditions"]["arms"]["variances"] = "welch"
    plan["variables"] = some(["condition", "age"], fewest=0)
    plan["tables"] = _tables(plan, some, one_of, yes)
    return plan


def _tables(plan: dict[str, Any], some: Any, one_of: Any, yes: Any) -> dict[str, Any]:
    kinds = ["descriptives", "distributions", "missingness", "retention", "reliability"]
    kinds += ["score_coverage", "violations"]
    if plan["variables"]:
        kinds.append("frequencies")
    if "outcomes" in plan:
        kinds.append("gains")
    if "correlations" in plan:
        kinds += ["correlation_matrix", "correlation_details"]
        kinds += ["associations_with_change"] * ("outcomes" in plan)
    if "conditions" in plan:
        kinds.append("comparisons")
    tables = {}
    for kind in some(kinds, fewest=0):
        table = {"document": one_of(("manuscript", "supplement")), "kind": kind}
        table["title"] = one_of(PARTS) if yes(0.95) else TITLES[2]
        section = {"comparisons": "conditions"}.get(kind, "correlations")
        if kind.startswith(("correlation", "associations", "comparisons")):
            table["analyses"] = some(list(plan[section]))
        if kind == "correlation_matrix" and yes(0.9):
            families = [plan["correlations"][name] for name in table["analyses"]]
            table["columns"] = some(
                list(dict.fromkeys(y for f in families for y in f.get("y", f["x"])))
            )
        if kind == "correlation_matrix" and yes():
            table["stars"] = [0.05, 0.01]
            table["tail"] = one_of(("one", "two"))
        tables[f"table_{kind}"] = table
    return tables


def random_cohort(seed: int) -> dict[str, Any]:
    """The small cohort with texts that hold digits."""
    rng = np.random.default_rng(seed)
    title = TITLES[int(rng.integers(len(TITLES)))]
    return {**COHORT, "title": title, "source": "a test of 2012, 26 people"}
