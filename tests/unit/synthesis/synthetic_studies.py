"""Made-up studies for tests of syntheses."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from tests.conftest import ROOT

from attune.specs.synthesis import Crosswalk, FacetCohort, Moderator, PoolingModel, Synthesis
from attune.synthesis.evidence import Evidence, StudyEffect, direction_of
from attune.synthesis.facet_evidence import cohort_study
from attune_files.project import read_model
from attune_files.synthesis_files import read_facet_studies, read_synthesis_files


def synthesis_of(metric: str = "r", **keys: object) -> Synthesis:
    """A demonstration of a synthesis."""
    given: dict[str, object] = {
        "synthesis": "small",
        "title": "A synthesis",
        "question": "Does it help?",
        "authors": ["A. Author"],
        "predictor": "empathy",
        "outcome": "outcome",
        "metric": metric,
        "demonstration": True,
        "effects": ["text.study.outcome"],
        "limits": ["All is made up."],
    }
    if metric == "b":
        given["unit"] = "points per session"
    return Synthesis.model_validate(given | keys)


def study(name: str, estimate: float | None, n: int | None = 50, **keys: object) -> StudyEffect:
    """A study with a correlation, or with a direction only."""
    direction = direction_of(estimate) if estimate is not None else "none"
    given = {"key": name, "label": name.capitalize(), "origin": "table", "direction": direction}
    return StudyEffect(**{**given, "estimate": estimate, "n": n, "synthetic": True, **keys})


def evidence_of(correlations: Sequence[float], sizes: Sequence[int] = ()) -> Evidence:
    """Studies a, b, c, ... with these correlations."""
    known = sizes or [50 + 7 * place for place in range(len(correlations))]
    return Evidence(
        [
            study(chr(ord("a") + place), r, n)
            for place, (r, n) in enumerate(zip(correlations, known, strict=True))
        ],
        [],
    )


YEAR = {"year": Moderator(label="Year of publication", numeric=True)}
RELIABILITY = {"predictor": 0.85, "outcome": 0.9, "source": "the manuals"}
REMISSION = {"label": "remission", "rate": 0.2, "event": "good", "source": "the largest trial"}


def with_years(evidence: Evidence) -> Evidence:
    """The studies with years from 2000 on that are not in their order."""
    years = [2000 + 7 * place % 11 for place in range(len(evidence.studies))]
    studies = [
        replace(entry, year=year, features={**entry.features, "year": str(year)})
        for entry, year in zip(evidence.studies, years, strict=True)
    ]
    return replace(evidence, studies=studies)


def with_errors(evidence: Evidence) -> Evidence:
    """The same estimates with standard errors, as differences or slopes have them."""
    studies = [replace(entry, se=0.2 + place / 100) for place, entry in enumerate(evidence.studies)]
    return replace(evidence, studies=studies)


def odds_ratios(logarithms: Sequence[float]) -> Evidence:
    """Studies a, b, c, ... with these logarithms of odds ratios."""
    return with_errors(evidence_of(logarithms))


COMMON = PoolingModel(estimator="common", test="z")
FORMAT = {"format": Moderator(label="Format", levels={"group": "Groups", "single": "Individuals"})}


def nested() -> Evidence:
    """Four studies with a number, two of them with several effects that agree or do not."""
    effects = [
        *(("a", 0.10, 40), ("a", 0.30, 40), ("b", -0.20, 90), ("b", 0.25, 80)),
        *(("c", 0.40, 60), ("d", 0.15, 120)),
    ]
    keys = [name for name, _, _ in effects]
    return Evidence(
        [
            study(
                f"{name}_effect_{place}" if keys.count(name) > 1 else name,
                r,
                n,
                study=name if keys.count(name) > 1 else "",
            )
            for place, (name, r, n) in enumerate(effects)
        ],
        [],
    )


def nested_in_many() -> Evidence:
    """Ten studies with two effects each, which differ; the levels of a moderator in turn."""
    found = []
    for place in range(10):
        for effect, r in enumerate((0.05 * place, 0.45 - 0.06 * place), start=1):
            level = ("single", "group")[(place + effect) % 2]
            own = f"s{place}"
            found.append(
                study(
                    f"{own}_effect_{effect}", r, 40 + 9 * place, study=own,
                    features={"format": level},
                )
            )  # fmt: skip
    return Evidence(found, [])


def nested_in_two(*correlations: float) -> Evidence:
    """Two studies, the first of which has several effects."""
    keys = ["a"] * (len(correlations) - 1) + ["b"]
    return Evidence(
        [
            study(f"{key}_effect_{place}", r, 60, study=key)
            for place, (key, r) in enumerate(zip(keys, correlations, strict=True))
        ],
        [],
    )


def nested_with_levels() -> Evidence:
    """Studies with several effects, which differ in the level of a moderator, some within."""
    levels = ("group", "single", "group", "single", "group", "single")
    found = [
        replace(entry, features={"format": level})
        for entry, level in zip(nested().studies, levels, strict=True)
    ]
    return Evidence(found, [])


CROSSWALK = read_model(ROOT / "workflow/crosswalks/mindfulness.yaml", Crosswalk, "crosswalk")


def facets_example() -> tuple[Synthesis, Evidence]:
    """The demonstration that ships."""
    files = read_synthesis_files(ROOT / "workflow/syntheses/example_facets.yaml", [], [])
    table = ROOT / "workflow/syntheses/example_facets_synthetic.csv"
    studies = read_facet_studies(files, [table], CROSSWALK, {}, {})
    return files.synthesis, replace(files.evidence({}, {}), facets=studies)


ONE_STAGE = {
    "predictor": "mindfulness",
    "outcome": "change",
    "cohorts": [
        {"cohort": name, "label": name.capitalize(), "predictor": "mindful", "outcome": "distress",
         "better": "lower"}
        for name in ("north", "south", "west")
    ],
}  # fmt: skip


def cohort_frames() -> dict[str, dict[str, pd.DataFrame]]:
    """Rows of three made-up cohorts, in which distress falls with mindfulness."""
    rng = np.random.default_rng(5)
    found = {}
    for name, slope in (("north", -0.3), ("south", -0.6), ("west", -0.4)):
        x = rng.standard_normal(40)
        y = slope * x + rng.standard_normal(40)
        found[name] = {"available": pd.DataFrame({"mindful": x, "distress": y})}
    return found


def facets_of_one_cohort() -> tuple[Synthesis, Evidence, dict[str, dict[str, pd.DataFrame]]]:
    """Facets known from the rows of one made-up cohort: describing matters, observing does not."""
    cohort = FacetCohort(
        cohort="clinic",
        label="Clinic",
        instrument="kims",
        measures={"observe": "kims_o", "describe": "kims_d", "attention": "kims_a"},
        outcome="gain",
        better="lower",
    )
    rng = np.random.default_rng(4)
    rows = rng.standard_normal((60, 3))
    gain = -0.7 * rows[:, 1] + rng.standard_normal(60)
    frame = pd.DataFrame(rows, columns=["kims_o", "kims_d", "kims_a"]).assign(gain=gain)
    frame.loc[3, "gain"] = np.nan
    found = cohort_study(cohort, frame, CROSSWALK, True, [])
    facets = {"outcome": "distress", "cohorts": [cohort.model_dump()], "draws": 400}
    synthesis = synthesis_of(effects=[], crosswalk="mindfulness", facets=facets)
    studies = [found] if found else []
    return synthesis, Evidence([], [], facets=studies), {"clinic": {"available": frame}}
