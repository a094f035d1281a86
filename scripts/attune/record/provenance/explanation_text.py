"""The provenance of a statistic as text: for the command line, the documents and the pages."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

HASH_DIGITS = 16
"""Digits of a SHA-256 sum that are shown; the whole sum is in explanations.json."""

Fact = tuple[str, str]
"""Name and value."""


def explanation_entries(explanations: Mapping[str, Any], ids: Iterable[str]) -> dict[str, Any]:
    """The explanations that a page embeds; shared parts occur once.

    Parameters
    ----------
    explanations : mapping
        See `attune.record.provenance.explanations.explain_statistics`.
    ids : iterable of str
        Statistics; those without an explanation are left out.

    Returns
    -------
    dict
        statistics: id -> title, facts (pairs of texts), formula and record; formulas and records:
        name -> facts; chains: record -> the records that lead back to the raw files.
    """
    known = explanations["statistics"]
    explained = [name for name in dict.fromkeys(ids) if name in known]
    records = list(dict.fromkeys(known[name]["record"] for name in explained))
    chains = {name: chain(explanations, name) for name in records}
    steps = dict.fromkeys(step for steps in chains.values() for step in steps)
    return {
        "statistics": {
            name: {
                "title": title(explanations, name),
                "facts": facts(explanations, name),
                "formula": known[name]["formula"],
                "record": known[name]["record"],
            }
            for name in explained
        },
        "formulas": {
            key: formula_facts(explanations["formulas"][key])
            for key in dict.fromkeys(known[name]["formula"] for name in explained)
        },
        "records": {name: record_facts(explanations, name) for name in steps},
        "chains": chains,
    }


def origins(explanations: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Value and rule of every statistic, for the list of the numbers of a document.

    Examples
    --------
    >>> one = {"value": 0.25, "record": "correlate"}
    >>> origins({"statistics": {"a": one}, "records": {"correlate": {"rule": "correlate"}}})
    {'a': {'value': '0.25', 'rule': 'correlate'}}
    """
    return {
        name: {
            "value": found.get("hidden") or _value(found),
            "rule": explanations["records"][found["record"]]["rule"],
        }
        for name, found in explanations["statistics"].items()
    }


def title(explanations: Mapping[str, Any], identifier: str) -> str:
    """A statistic by name: `Pearson correlation: KIMS, total with WAI, patient`."""
    found = explanations["statistics"][identifier]
    labels = explanations["labels"]
    terms = [labels.get(found[term], found[term]) for term in ("x", "y") if term in found]
    words = " with ".join(term for term in terms if term != "all")
    if "level" in found:
        words += f"{', ' if words else ''}{found['level'].replace('_', ' ')}"
    label = explanations["formulas"][found["formula"]]["label"]
    # p and t are symbols and are never capitalised.
    name = label if label.startswith(("p ", "t ")) else f"{label[0].upper()}{label[1:]}"
    return name + (f": {words}" if words else "")


def full_title(explanations: Mapping[str, Any], identifier: str) -> str:
    """Name of a statistic, with the title of its analysis if the study gives one."""
    analysis = explanations["statistics"][identifier].get("analysis")
    heading = explanations.get("analyses", {}).get(analysis)
    return title(explanations, identifier) + (f" ({heading})" if heading else "")


def facts(explanations: Mapping[str, Any], identifier: str) -> list[Fact]:
    """The facts about a statistic itself, each number at full precision.

    Examples
    --------
    >>> one = {"value": 0.25, "n": 26, "tail": "greater", "p_one_tailed": 0.1}
    >>> facts({"statistics": {"a": one}, "texts": []}, "a")[:2]
    [('Value', '0.25'), ('n', '26')]
    """
    found = explanations["statistics"][identifier]
    if "hidden" in found:
        return [("Value", f"{found['hidden']} ({found['reason']})")]
    known = [("Value", _value(found))]
    known += [(name, _number(found[key])) for name, key in _NUMBERS if key in found]
    if "tail" in found:
        known.append(("Predicted direction", _DIRECTIONS.get(found["tail"], found["tail"])))
    if "ci_low" in found and "ci_high" in found:
        ends = f"{_number(found['ci_low'])} to {_number(found['ci_high'])}"
        known.append((f"{100 * found['ci_level']:g}% interval", ends))
    if "reason" in found:
        known.append(("Why undefined", found["reason"]))
    if found.get("analysis") in explanations.get("analyses", {}):
        known.append(("Analysis", explanations["analyses"][found["analysis"]]))
    for name, key in (("Method", "method"), ("Scoring keys", "instruments")):
        if key in found:
            known.append((name, explanations["texts"][found[key]]))
    known += [(name, str(found[key])) for name, key in _WORDS if key in found]
    if "software" in found:
        known.append(("Computed with", explanations["texts"][found["software"]]))
    return known


_NUMBERS = (
    ("n", "n"),
    ("df", "df"),
    ("Standard error", "se"),
    ("p, one-tailed", "p_one_tailed"),
    ("p, two-tailed", "p_two_tailed"),
)
_DIRECTIONS = {"greater": "positive", "less": "negative"}
_WORDS = (("Data set", "dataset"), ("Seed", "seed"))


def formula_facts(formula: Mapping[str, Any]) -> list[Fact]:
    """How a kind of statistic is computed."""
    known = [("Formula", formula["formula"]), ("Function", formula["function"])]
    if formula["doi"]:
        known.append(("Source", f"https://doi.org/{formula['doi']}"))
    return known


def record_facts(explanations: Mapping[str, Any], name: str) -> list[Fact]:
    """The code, choices, seed, versions and input files of a step."""
    record = explanations["records"][name]
    code = record["code"]
    known = [
        ("Rule", record["rule"]),
        ("Code", f"{record['step']} with {code['n_files'] - 1} files of the library, sha256"
                 f" {code['sha256'][:HASH_DIGITS]}"),
    ]  # fmt: skip
    choices = [
        f"{param['config'] or key} = {_number(param['value'])}"
        for key, param in sorted(record["params"].items())
        if not isinstance(param["value"], dict)
    ]
    if choices:
        known.append(("Choices", ", ".join(choices)))
    versions = ", ".join(
        f"{package} {version}" for package, version in sorted(record["versions"].items())
    )
    known.append(("Versions", versions))
    known += [
        ("Reads", file_in_words(explanations["files"][place]))
        for places in record["inputs"].values()
        for place in places
    ]
    return known


def chain(explanations: Mapping[str, Any], name: str) -> list[str]:
    """A step and all steps before it, latest first, back to the raw files.

    Examples
    --------
    >>> records = {"gains": {"from": ["measures"]}, "measures": {"from": ["raw"]},
    ...     "raw": {"from": []}, "tests": {"from": ["gains", "measures"]}}
    >>> chain({"records": records}, "tests")
    ['tests', 'gains', 'measures', 'raw']
    """
    records = explanations["records"]
    order: list[str] = []

    def visit(step: str) -> None:
        if step not in order:
            for before in records[step]["from"]:
                visit(before)
            order.append(step)

    visit(name)
    return order[::-1]


def file_in_words(file: Mapping[str, Any]) -> str:
    """A file with the count of its rows and the start of its SHA-256 sum.

    Examples
    --------
    >>> file_in_words({"path": "results/help/gains.parquet", "sha256": "0" * 64, "rows": 3})
    'results/help/gains.parquet, 3 rows, sha256 0000000000000000'
    """
    rows = f", {file['rows']} row{'' if file['rows'] == 1 else 's'}" if "rows" in file else ""
    return f"{file['path']}{rows}, sha256 {file['sha256'][:HASH_DIGITS]}"


def explanation_lines(explanations: Mapping[str, Any], identifier: str) -> list[str]:
    """The full explanation of one statistic, as lines of text."""
    found = explanations["statistics"][identifier]
    steps = chain(explanations, found["record"])
    own = [*facts(explanations, identifier),
           *formula_facts(explanations["formulas"][found["formula"]])]  # fmt: skip
    lines = [title(explanations, identifier), f"{identifier} of {explanations['cohort']}", ""]
    lines += _columns(own, "")
    lines += ["", f"From the number back to the raw files, {len(steps)} "
              f"{'step' if len(steps) == 1 else 'steps'}:"]  # fmt: skip
    for number, name in enumerate(steps, 1):
        (_, rule), *rest = record_facts(explanations, name)
        lines += ["", f"{number}. {rule}", *_columns(rest, "   ")]
    return lines


def _columns(known: Sequence[Fact], indent: str) -> list[str]:
    width = max(len(name) for name, _ in known)
    lines, before = [], ""
    for name, text in known:
        lines.append(f"{indent}{'' if name == before else name:<{width}}  {text}")
        before = name
    return lines


def _value(found: Mapping[str, Any]) -> str:
    return _number(found["value"]) if "value" in found else "undefined"


def _number(value: Any) -> str:
    """At full precision; whole numbers without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)
