"""The notebook of statistics: one line per statistic, for readers and for programs.

Its cells are plain Python and need nothing but pyarrow and the results folder that it lies in. They
print the column `plain` of the printed statistics, never the store's own digits: small cells stay
suppressed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attune.analyses.registry import STATISTIC_GROUPS
from attune.printing.apa import counted
from attune.printing.text import literal
from attune.printing.wording import listing
from attune.specs.cohort import Cohort
from attune.specs.errors import AnalysisError
from attune.specs.instrument import Instrument
from attune.specs.study import Study
from attune.store.statistic_rows import snake_case

READING = '''\
from pathlib import Path

import pyarrow.parquet as pq

rows = pq.read_table("printed.parquet", columns=["id", "plain"]).to_pylist()
printed = {row["id"]: row["plain"] for row in rows}
files = sorted(Path("statistics").glob("*.parquet"))
tables = [pq.read_table(file, columns=["id", "analysis"]) for file in files]
store = [row for table in tables for row in table.to_pylist()]


def show(analysis, words):
    """One line per statistic: what it is, the result as printed, its id in brackets."""
    for identifier in sorted(row["id"] for row in store if row["analysis"] == analysis):
        *terms, statistic = identifier.split(".")[1:]
        label = "; ".join([words.get(term, term.replace("_", " ")) for term in terms])
        what = "; ".join(filter(None, [label, statistic.replace("_", " ")]))
        print(f"{what}: {printed[identifier]} [{identifier}]")'''


def statistics_notebook(
    statistics: Sequence[Mapping[str, Any]],
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
) -> dict[str, Any]:
    """The notebook before it is executed.

    Parameters
    ----------
    statistics : sequence of mapping
        Columns id and analysis of the contract `STATISTICS`; at least one row.
    study, cohort : Study, Cohort
    instruments : mapping of id to Instrument

    Returns
    -------
    dict
        A notebook of format 4.5 (https://nbformat.readthedocs.io), analysis by analysis in the
        order of the study; the same statistics give the same notebook.
    """
    ids: dict[str, list[str]] = {}
    for row in statistics:
        ids.setdefault(row["analysis"], []).append(row["id"])
    titles = _titles(study)
    present = [name for name in titles if name in ids]
    cells = [
        _prose("about", _about(study, cohort, ids, titles)),
        _prose("program", _PROGRAM),
        _code("reading", READING),
    ]
    for name in [*present, *sorted(set(ids) - set(present))]:
        title = titles.get(name, name.replace("_", " "))
        words = _words(name, ids[name], study, cohort, instruments)
        labels = json.dumps(words, ensure_ascii=False, indent=4) if words else "{}"
        cells.append(_prose(f"title-{name}", f"## {literal(title)}"))
        cells.append(_code(f"show-{name}", f"show({json.dumps(name)}, {labels})"))
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def executed(notebook: Mapping[str, Any], outputs: Sequence[str]) -> dict[str, Any]:
    """The notebook with what its code cells printed when they ran, in their order.

    Parameters
    ----------
    notebook : mapping
        As `statistics_notebook` gives it.
    outputs : sequence of str
        Standard output of every code cell.

    Raises
    ------
    AnalysisError
        Not every code cell has run.
    """
    code = [cell["id"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if len(code) != len(outputs):
        raise AnalysisError(f"Of {len(code)} cells of the notebook {len(outputs)} have run.")
    places = {name: place for place, name in enumerate(code)}
    cells = [
        cell
        if cell["cell_type"] != "code"
        else cell
        | {
            "execution_count": places[cell["id"]] + 1,
            "outputs": _output(outputs[places[cell["id"]]]),
        }
        for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


def code_cells(notebook: Mapping[str, Any]) -> list[str]:
    """The sources of its code cells, in their order."""
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]


_PROGRAM = (
    "The next cell reads the statistics; the cells below it print them, one analysis each. To run"
    " them again, start the notebook in the folder that it lies in: it reads `printed.parquet` and"
    " `statistics/` there."
)


def _about(
    study: Study, cohort: Cohort, ids: Mapping[str, Sequence[str]], titles: Mapping[str, str]
) -> str:
    """What the notebook is, of which cohort, how many statistics it has, and how to read an id."""
    notice = f"\n\n**{literal(cohort.synthetic_notice)}**" if cohort.synthetic else ""
    n_statistics = sum(map(len, ids.values()))
    reading = _reading_of(_example(ids, titles), titles, study)
    return (
        f"# {literal(study.title)}\n\nThis notebook lists every statistic of the cohort"
        f" {literal(cohort.title)}, {counted(n_statistics, 'statistic')} in"
        f" {counted(len(ids), 'group')}, as the documents print them: what each is, the result, and"
        f" in square brackets its id.{notice}\n\n{reading}"
    )


def _example(ids: Mapping[str, Sequence[str]], titles: Mapping[str, str]) -> str:
    """An id of a declared analysis with several parts; the first id where there is none."""
    declared = [name for name in titles if name in ids and name not in STATISTIC_GROUPS]
    known = [*declared, *ids]
    return max(ids[known[0]], key=lambda name: min(name.count("."), 3))


def _reading_of(identifier: str, titles: Mapping[str, str], study: Study) -> str:
    """How to read an id, by an example."""
    analysis, *terms, statistic = identifier.split(".")
    labels = study.labels()
    named = [
        f"`{term}`" + (f" ({literal(labels[term])})" if term in labels else "") for term in terms
    ]
    about = f"it is about {listing(named)}, " if terms else ""
    title = literal(titles.get(analysis, analysis.replace("_", " ")))
    return (
        f"An id is read from left to right. In `{identifier}`, `{analysis}` names the analysis or"
        f" the group ({title}), {about}and `{statistic}` is the statistic. Tables, text and the"
        " files in `statistics/` use the same id, and `attune explain` leads from it back to the"
        " raw files."
    )


def _titles(study: Study) -> dict[str, str]:
    """Heading of every analysis: the first group, the analyses of the study, the other groups."""
    groups = {name: group.title for name, group in STATISTIC_GROUPS.items()}
    first = next(iter(groups))
    return {first: groups[first]} | study.titles() | groups


def _words(
    analysis: str,
    ids: Iterable[str],
    study: Study,
    cohort: Cohort,
    instruments: Mapping[str, Instrument],
) -> dict[str, str]:
    """Labels for the parts of the ids of an analysis, as far as the declarations give them."""
    words = {name: variable.label for name, variable in cohort.sample.variables.items()}
    words |= {
        snake_case(level): level
        for variable in cohort.sample.variables.values()
        for level in variable.levels.values()
    }
    words |= study.labels()
    group = STATISTIC_GROUPS.get(analysis)
    if group is not None and group.of_questionnaires:
        words |= {name: instrument.abbreviation for name, instrument in instruments.items()}
    used = {part for identifier in ids for part in identifier.split(".")[1:-1]}
    return {part: " ".join(words[part].split()) for part in sorted(used & set(words))}


def _prose(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": _cell_id(name), "metadata": {}, "source": _lines(text)}


def _code(name: str, text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": _cell_id(name),
        "metadata": {},
        "outputs": [],
        "source": _lines(text),
    }


def _cell_id(name: str) -> str:
    """The format allows 64 letters, digits, hyphens and underscores."""
    return name[:64]


def _output(text: str) -> list[dict[str, Any]]:
    if not text:
        return []
    return [{"name": "stdout", "output_type": "stream", "text": _lines(text)}]


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
