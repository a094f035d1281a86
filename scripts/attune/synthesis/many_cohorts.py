"""One synthesis of many cohorts: an entry that stands for every cohort, and what it pools.

A synthesis file names its cohorts one by one. Where hundreds of cohorts are analysed together, one
entry with the cohort `every_cohort` stands for all that have no entry of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attune.specs.closed_model import did_you_mean
from attune.specs.errors import ConfigurationError
from attune.specs.literature import Literature, Measured
from attune.specs.study import Study
from attune.specs.synthesis import CohortEffect, Synthesis
from attune.synthesis.estimate import synthesis_statistics
from attune.synthesis.evidence import StudyEffect, cohort_effect, collect_evidence
from attune.synthesis.printed_checks import literature_findings

if TYPE_CHECKING:
    import pandas as pd

EVERY = "every_cohort"
"""Name under `cohorts` of a synthesis that stands for every cohort without an entry of its own."""

MADE_UP = (
    "its data are synthetic, which never enter a pooled result. Analyse it without the real"
    " cohorts, or declare the synthesis as `demonstration: true`"
)


@dataclass
class CohortPool:
    """A synthesis whose cohorts arrive one after the other.

    Only the statistic that it names is kept of each cohort.

    Attributes
    ----------
    declared : Synthesis
        With an entry `every_cohort`, entries of single cohorts, or both.
    literature : dict of str to Literature
    of_tables : list of StudyEffect
    demonstration_if_synthetic : bool
        Whether it counts as a demonstration where all cohorts are synthetic, as one does that no
        file declares.
    """

    declared: Synthesis
    literature: dict[str, Literature] = field(default_factory=dict)
    of_tables: list[StudyEffect] = field(default_factory=list)
    demonstration_if_synthetic: bool = False
    _entries: list[CohortEffect] = field(default_factory=list)
    _rows: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    _synthetic: dict[str, bool] = field(default_factory=dict)
    _analysed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        shared = [entry for entry in self.declared.cohorts if entry.cohort == EVERY]
        problems = [f"cohorts: {EVERY!r} is listed {len(shared)} times. Keep one"] * (
            len(shared) > 1
        )
        if shared and shared[0].source:
            problems.append(
                f"cohorts.{EVERY}.source: one source cannot report every cohort. Give the cohort"
                " that it reports an entry of its own"
            )
        if not self.declared.cohorts:
            problems.append(
                f"cohorts: it names none. Add an entry with `cohort: {EVERY}` and the id of a"
                " correlation"
            )
        if problems:
            raise ConfigurationError(
                f"The synthesis {self.declared.synthesis} cannot take up cohorts.", problems
            )

    @property
    def name(self) -> str:
        """Id of the synthesis."""
        return self.declared.synthesis

    def entry_of(self, cohort: str, title: str) -> CohortEffect | None:
        """The entry of a cohort: its own, else that of every cohort with its name and title."""
        entries = {entry.cohort: entry for entry in self.declared.cohorts}
        if cohort in entries or EVERY not in entries:
            return entries.get(cohort)
        return entries[EVERY].model_copy(update={"cohort": cohort, "label": title})

    def add(
        self, cohort: str, title: str, synthetic: bool, rows: Mapping[str, Mapping[str, Any]]
    ) -> list[str]:
        """Take up the effect of a cohort.

        Parameters
        ----------
        cohort, title : str
        synthetic : bool
            Whether its data are made up.
        rows : mapping of str to mapping
            Id -> row of the contract `STATISTICS`.

        Returns
        -------
        list of str
            Why the cohort does not enter; empty where it does, or where the synthesis asks for
            other cohorts only.
        """
        self._analysed.add(cohort)
        entry = self.entry_of(cohort, title)
        if entry is None:
            return []
        if entry.statistic not in rows:
            close = did_you_mean(entry.statistic, [*rows])
            # Without a close id all would be listed, of each cohort more than a thousand.
            hint = f". {close.rstrip('.?')}" if close.startswith("Did") else ""
            return [f"cohorts.{cohort}: it has no statistic {entry.statistic!r}{hint}"]
        problems: list[str] = []
        if synthetic and not (self.declared.demonstration or self.demonstration_if_synthetic):
            return [f"cohorts.{cohort}: {MADE_UP}"]
        if cohort_effect(entry, rows, synthetic, self.declared.metric, problems) is not None:
            self._entries.append(entry)
            self._rows[cohort] = {name: rows[name] for name in entry.statistics}
            self._synthetic[cohort] = synthetic
        return problems

    def not_analysed(self) -> list[str]:
        """Cohorts that have an entry of their own and did not arrive."""
        named = [entry.cohort for entry in self.declared.cohorts if entry.cohort != EVERY]
        return [cohort for cohort in named if cohort not in self._analysed]

    def left_out(self) -> list[str]:
        """Synthetic cohorts among real ones, which no file declares as a demonstration."""
        if self.declared.demonstration or all(self._synthetic.values()):
            return []
        return [cohort for cohort, synthetic in self._synthetic.items() if synthetic]

    @property
    def demonstration(self) -> bool:
        """Whether made-up data enter."""
        if self.demonstration_if_synthetic:
            return bool(self._synthetic) and all(self._synthetic.values())
        return self.declared.demonstration

    def statistics(self) -> "pd.DataFrame":
        """Every statistic of the synthesis, contract `STATISTICS`.

        Raises
        ------
        ConfigurationError
            As `collect_evidence`.
        """
        left_out = set(self.left_out())
        entries = [entry for entry in self._entries if entry.cohort not in left_out]
        complete = self.declared.model_copy(
            update={"cohorts": entries, "demonstration": self.demonstration}
        )
        evidence = collect_evidence(
            complete, self.literature, self.of_tables, self._rows, self._synthetic
        )
        names = {*complete.effects, *complete.reported}
        findings = [
            finding
            for literature in self.literature.values()
            for finding in literature_findings(literature, names)
        ]
        return synthesis_statistics(complete, evidence, findings)


def pool_of_statistic(statistic: str, study: Study | None = None) -> CohortPool:
    """A pool of one correlation of every cohort, with its sign as it is.

    Parameters
    ----------
    statistic : str
        Id of the correlation, such as `outcome.kims_total.iip_gain.pearson_r`.
    study : Study, optional
        Gives the labels of its measures.

    Raises
    ------
    ConfigurationError
        The id is none of a correlation.

    Examples
    --------
    >>> pool_of_statistic("alliance.kims_total.wai_patient.pearson_r").name
    'alliance_kims_total_wai_patient_pearson_r'
    """
    parts = statistic.split(".")
    if len(parts) != 4 or parts[-1] not in ("pearson_r", "spearman_rho"):
        raise ConfigurationError(
            f"{statistic!r} cannot be pooled.",
            [
                "Only correlations can, by ids such as outcome.kims_total.iip_gain.pearson_r:"
                " family, first and second measure, and pearson_r or spearman_rho."
            ],
        )
    labels = {} if study is None else {n: m.label for n, m in study.measures.items()}
    labels |= {} if study is None else {n: o.label for n, o in study.outcomes.items()}
    x, y = (Measured(concept=part, label=labels.get(part, part)) for part in parts[1:3])
    declared = Synthesis(
        synthesis=statistic.replace(".", "_").lower(),
        title=f"{statistic} of every cohort",
        question=f"How do {x.label} and {y.label} correlate?",
        authors=[],
        predictor=x.label,
        outcome=y.label,
        metric="r",
        demonstration=False,
        cohorts=[
            CohortEffect(
                cohort=EVERY,
                statistic=statistic,
                label="Every cohort",
                predictor=x,
                outcome=y,
                better="higher",
            )
        ],
    )
    return CohortPool(declared, demonstration_if_synthetic=True)
