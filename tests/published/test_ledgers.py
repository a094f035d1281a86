"""The ledgers hold every number that is in print, each with the statistic that gives it.

With ATTUNE_REFERENCE, the page of all numbers of Ryan et al. (2012) is read and compared number by
number; without it, the numbers of each section are counted.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml

from attune.paper.checks.audit import audit_publication
from attune.paper.ledger.ledger import Publication
from attune.paper.ledger.plan_checks import ledger_problems, plan_problems
from attune.paper.ledger.printed_value import PrintedValue
from attune.paper.verdicts.roundings import has_printed_digits
from attune.pipeline import ANALYSES, statistics_of_sheets
from attune.synthetic.target_intervals import bound_values, missed_values
from attune_files.project import read_parts, read_publication
from attune_files.raw.sheets import read_raw_sheets
from maintenance import make_alliance_cohort, make_mcbi_cohort

ROOT = Path(__file__).parents[2]
WITHOUT_RELIABILITY = tuple(name for name in ANALYSES if name != "reliability")
NAMES = {
    "ryan2012_synthetic": "ryan2012",
    "help": "help_samet2003",
    "btheb": "btheb_hsaur",
    "alliance_growth_synthetic": "alliance_growth2015",
    "mcbi_synthetic": "mcbi2023",
}
COHORTS = tuple(NAMES)


def publication_of(cohort: str) -> Publication:
    return read_publication(ROOT / f"workflow/publications/{NAMES[cohort]}.yaml")


RYAN = publication_of("ryan2012_synthetic")
VALUES = list(RYAN.values)

IN_WORDS = {10: "ten"}


def test_the_notice_counts_the_values_that_no_data_can_give() -> None:
    cohort, _, _ = read_parts("ryan2012_synthetic", lambda path: str(ROOT / path))
    folder = ROOT / "data/ryan2012_synthetic"
    unmet = yaml.safe_load((folder / "unmet.yaml").read_text("utf-8"))["unmet"]
    accepted = yaml.safe_load((folder / "reasons.yaml").read_text("utf-8"))["reasons"]
    impossible = {entry["value"] for entry in accepted if entry["verdict"] == "not_recoverable"}
    assert impossible == {entry["id"] for entry in unmet}
    contradict = "that contradict other printed numbers."
    assert f"except for {IN_WORDS[len(unmet)]} {contradict}" in cohort.synthetic_notice
    readme = " ".join((folder / "README.md").read_text("utf-8").split())
    assert f"except {len(unmet)} that no data can give together with the others;" in readme


SECTIONS = {
    "Introduction": 2,
    "Participants": 31,
    "Table I": 24,
    "Measures": 37,
    "Procedure": 4,
    "Preliminary Analyses": 23,
    "Therapist Mindfulness and Therapist Self-affiliation": 20,
    "Abstract": 5,
    "Table II": 22,
    "Therapist Mindfulness and the Working Alliance": 6,
    "Therapist Mindfulness and Treatment Outcome": 10,
    "Table III": 19,
}
"""Values of the ledger by the first place in which each stands."""


def section_of(value: PrintedValue) -> str:
    return value.places[0].partition(":")[0]


@pytest.fixture(scope="module")
def store() -> Callable[[str], pd.DataFrame]:
    """The statistics of a shipped cohort, recomputed from its raw files."""
    found: dict[str, pd.DataFrame] = {}

    def statistics(name: str) -> pd.DataFrame:
        if name not in found:
            cohort, study, keys = read_parts(name, lambda path: str(ROOT / path))
            sheets = read_raw_sheets(ROOT / "data" / name, cohort)
            found[name] = statistics_of_sheets(
                sheets, cohort, keys, study, ANALYSES if name == "help" else WITHOUT_RELIABILITY
            )
        return found[name]

    return statistics


class TestRyan2012:
    def test_numbers_of_each_section(self) -> None:
        found = Counter(section_of(value) for value in VALUES)
        assert dict(found) == SECTIONS
        assert sum(SECTIONS.values()) == 203

    def test_kinds(self) -> None:
        found = Counter(value.kind for value in VALUES)
        assert found["r"] == 30
        assert found["t"] == found["df"] == 5
        assert found["stars"] == 20
        assert found["r_squared_percent"] == 5
        assert found["mean"] == found["sd"] == 5
        assert found["alpha"] == 10

    def test_tables_are_there_cell_by_cell(self) -> None:
        in_table_2 = [v for v in VALUES if "Table II" in v.places]
        assert sum(v.kind == "r" for v in in_table_2) == 10
        assert [v.printed for v in in_table_2 if v.kind == "stars" and v.below] == ["*", "**", "*"]
        in_table_3 = [v for v in VALUES if "Table III" in v.places]
        assert sum(v.kind == "r" for v in in_table_3) == 10
        assert sum(v.kind == "stars" and v.below is not None for v in in_table_3) == 2
        negative = [v.id for v in in_table_3 if v.kind == "r" and v.printed.startswith("-")]
        assert negative == [
            "scl_act", "scl_accept", "iip_total", "iip_describe", "iip_act", "iip_accept"
        ]  # fmt: skip
        assert sum("Table I" in value.places for value in VALUES) == 24

    def test_everything_that_can_be_checked_is_bound(self) -> None:
        relations = RYAN.relations
        assert len(relations.percentage) == 19
        assert len(relations.degrees_of_freedom) == 5
        assert len(relations.granularity) == 5
        assert len(relations.correlation_matrix[0].cells) == 23
        bound = {value.of for value in VALUES if value.of}
        printed = {v.id for v in VALUES if v.kind in ("r", "t") and v.statistic}
        assert printed <= bound


# The page of all numbers, ../reference/ryan2012.md: its sections, and the places of the ledger.
PAGE = {
    "Sample": ("Participants", "Table I"),
    "Measures": (
        "Measures: Therapist mindfulness",
        "Measures: Therapist attitudes towards self",
        "Measures: Psychotherapy process",
        "Measures: Psychotherapy outcome",
        "Therapist Mindfulness and Treatment Outcome",
    ),
    "Preliminary analyses": ("Preliminary Analyses",),
    "Mindfulness (text)": ("Therapist Mindfulness and Therapist Self-affiliation",),
    "Mindfulness and self-affiliation": (
        "Abstract",
        "Therapist Mindfulness and Therapist Self-affiliation",
    ),
    "Mindfulness and the alliance": (
        "Abstract",
        "Table II",
        "Therapist Mindfulness and the Working Alliance",
    ),
    "Mindfulness and outcome": (
        "Abstract",
        "Table III",
        "Therapist Mindfulness and Treatment Outcome",
    ),
}

NOT_NUMBERS_OF_THE_PAPER = {
    r"SCL-90(-R)?": "a questionnaire's name",
    r"IIP-32": "a questionnaire's name",
    r"[Ss]ession 3": "the name of an occasion, in the ledger once",
    r"Note for a calibrated sample.*": "a remark of the page, not of the paper",
    r"Axis I+": "a name",
    r"Table I+": "a name",
}
"""Digits and words of the page that are not printed numbers, and why."""

WORDS = {"four": "4", "five": "5", "eight": "8"}
"""Numbers that the page writes as words."""


@pytest.fixture(scope="module")
def page() -> dict[str, str]:
    """The sections of the page, by the beginning of their headings."""
    if "ATTUNE_REFERENCE" not in os.environ:
        pytest.skip("ATTUNE_REFERENCE names no folder of references")
    path = Path(os.environ["ATTUNE_REFERENCE"]) / "reference" / "ryan2012.md"
    text = path.read_text(encoding="utf-8")
    for pattern in NOT_NUMBERS_OF_THE_PAPER:
        text = re.sub(pattern, " ", text, flags=re.DOTALL)
    found = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        (name,) = [name for name in PAGE if re.match(re.escape(name) + r"[\s(]", part)]
        found[name] = part
    return found


def same_digits(number: str) -> str:
    """0.119 and .119 are the same digits; .850 and .85 are not. Signs were lost in the text."""
    return number.lstrip("-").lstrip("0") or "0"


def numbers_of(text: str) -> Counter[str]:
    words = [WORDS[word] for word in re.findall(r"\b(?:four|five|eight)\b", text)]
    digits = re.findall(r"(?<![\w.])\d*\.?\d+", re.sub(r"(?<=\d)-(?=\d)", " ", text))
    return Counter(same_digits(number) for number in [*digits, *words])


def numbers_in_ledger(places: tuple[str, ...]) -> Iterator[str]:
    """Digits of the ledger, once for each of the places in which they stand."""
    for value in VALUES:
        number = value.reading.number or value.reading.stated_bound
        digits = number.digits if number else None
        for _ in set(places) & set(value.places) if digits else ():
            yield same_digits(digits or "")


class TestPageOfAllNumbers:
    @pytest.mark.parametrize("section", PAGE)
    def test_is_in_the_ledger(self, section: str, page: dict[str, str]) -> None:
        wanted = numbers_of(page[section])
        assert wanted, "the section holds no number"
        assert wanted - Counter(numbers_in_ledger(PAGE[section])) == Counter()

    def test_the_number_of_dyads(self) -> None:
        assert RYAN.value("dyads").printed == "26"

    def test_a_number_that_is_not_there_is_found(self) -> None:
        wanted = numbers_of("| Total | .456* | 0.291 | 0.292 |")
        found = Counter(numbers_in_ledger(PAGE["Mindfulness and the alliance"]))
        assert wanted - found == Counter({".292": 1})


@pytest.mark.parametrize("cohort", COHORTS)
class TestEveryLedger:
    def test_can_be_read(self, cohort: str) -> None:
        publication = publication_of(cohort)
        assert publication.doi
        for value in publication.values:  # noqa: PD011, no frame
            interval = value.reading.interval
            assert interval.low <= interval.high
            assert value.label, value.id

    def test_names_statistics_that_the_results_have(
        self, cohort: str, store: Callable[[str], pd.DataFrame]
    ) -> None:
        assert ledger_problems(publication_of(cohort), store(cohort).index) == []

    def test_fits_the_plan(self, cohort: str) -> None:
        _, study, _ = read_parts(cohort, lambda path: str(ROOT / path))
        assert plan_problems(publication_of(cohort), study) == []


# What the data give, where it is not what is in print.
HELP_DIFFERS = {
    "interviews_12": 214,  # 3 interviews without the questionnaire
    "interviews_18": 253,
    "interviews_24": 272,
    # 24 published totals add up what was answered; the pipeline gives no score there.
    "cesd_baseline_mean": 32.896,
    "cesd_6_mean": 22.724,
    "cesd_12_mean": 23.540,
    "cesd_18_mean": 21.956,
    "cesd_24_mean": 20.272,
    # The published one uses every pair of answers.
    "cesd_alpha": 0.8864,
}

BTHEB_DIFFERS = {
    # The table holds 100 of the 167 patients of the trial.
    "effect_8": 0.4703,
    # The handbook takes p from the normal distribution.
    "mixed_treatment_p": 0.1664,
    "mixed_drug_p": 0.1051,
    "mixed_length_p": 0.9045,
}


class TestRealData:
    def test_help(self, store: Callable[[str], pd.DataFrame]) -> None:
        assert differing("help", store("help")) == pytest.approx(HELP_DIFFERS, abs=0.0005)

    def test_beat_the_blues(self, store: Callable[[str], pd.DataFrame]) -> None:
        assert differing("btheb", store("btheb")) == pytest.approx(BTHEB_DIFFERS, abs=0.0005)

    def test_findings_of_both_trials(self) -> None:
        """What the abstracts state of the effects, and what they are compared with."""
        effects = {
            value.id: (value.statistic, value.significant, value.direction)
            for cohort in ("btheb", "help")
            for value in publication_of(cohort).values  # noqa: PD011, no frame
            if value.kind == "finding"
        }
        at_visit = "beat_the_blues.bdi.{}.arm_difference_t"
        assert effects == {
            "effect_2": (at_visit.format("month_2"), True, "negative"),
            "effect_8": (at_visit.format("month_8"), True, "negative"),
            "effect_by_drug": (None, False, None),
            "effect_by_length": (None, False, None),
            "effect_by_severity": (None, False, None),
            "secondary_outcomes": (None, False, None),
        }

    def test_the_sign_of_a_finding_is_judged(self, store: Callable[[str], pd.DataFrame]) -> None:
        statistics = store("btheb").copy()
        statistics.loc["beat_the_blues.bdi.month_2.arm_difference_t", "estimate"] *= -1
        missed = [
            text.split()[0] for text in missed_values(publication_of("btheb"), (), statistics)
        ]
        assert missed == ["effect_2", *BTHEB_DIFFERS]

    @pytest.mark.parametrize("cohort", ["help", "btheb"])
    def test_are_printed_without_contradiction(self, cohort: str) -> None:
        found = audit_publication(publication_of(cohort))
        assert found
        assert [finding.sentence for finding in found if finding.outcome == "inconsistent"] == []


class TestGrowthStudy:
    """The abstract states findings only; the synthetic data give all of them."""

    paper = publication_of("alliance_growth_synthetic")

    def test_findings_and_sessions(self) -> None:
        found = Counter(value.kind for value in self.paper.values)  # noqa: PD011, no frame
        assert found == {"constant": 4, "finding": 9}
        effects = [(v.id, v.direction) for v in bound_values(self.paper) if v.significant]
        assert effects == [
            ("negative_reactions_patient", "negative"),
            ("anxiety_patient", "negative"),
            ("flow_therapist", "positive"),
        ]

    def test_are_given_with_a_margin(self, store: Callable[[str], pd.DataFrame]) -> None:
        statistics = store("alliance_growth_synthetic")
        assert missed_values(self.paper, (), statistics) == []
        assert make_alliance_cohort.narrow_margins(self.paper, statistics) == []

    def test_a_lost_finding_is_noticed(self, store: Callable[[str], pd.DataFrame]) -> None:
        statistics = store("alliance_growth_synthetic").copy()
        flow = "alliance.wai_therapist.flow.fixed_effect_t"
        statistics.loc[flow, "estimate"] *= -1
        statistics.loc["alliance.wai_patient.flow.fixed_effect_t", "p_two_tailed"] = 0.2
        assert [text.split()[0] for text in missed_values(self.paper, (), statistics)] == [
            "flow_therapist"
        ]
        assert [
            text.split()[0] for text in make_alliance_cohort.narrow_margins(self.paper, statistics)
        ] == ["alliance.wai_patient.flow.fixed_effect_t"]


class TestTrial:
    """The abstract states findings only; the synthetic data give all of them."""

    paper = publication_of("mcbi_synthetic")

    def test_findings_and_design(self) -> None:
        found = Counter(value.kind for value in self.paper.values)  # noqa: PD011, no frame
        assert found == {"count": 4, "finding": 17}
        none = [v.id for v in self.paper.values if v.significant is False]  # noqa: PD011, no frame
        assert none == ["self_rated_empathy_after", "depression_follow_up"]
        signs = {v.id: v.direction for v in bound_values(self.paper) if v.significant}
        lower = {name for name, sign in signs.items() if sign == "negative"}
        assert lower == {
            *("somatization_after", "depression_after", "anxiety_after"),
            *("somatization_follow_up", "anxiety_follow_up"),
            *("model_bond_somatization", "model_bond_depression", "model_bond_anxiety"),
        }

    def test_are_given_with_a_margin(self, store: Callable[[str], pd.DataFrame]) -> None:
        statistics = store("mcbi_synthetic")
        assert missed_values(self.paper, (), statistics) == []
        assert make_mcbi_cohort.narrow_margins(self.paper, statistics) == []

    def test_a_lost_finding_is_noticed(self, store: Callable[[str], pd.DataFrame]) -> None:
        statistics = store("mcbi_synthetic").copy()
        statistics.loc["efficacy.bond.after.arm_difference_t", "estimate"] *= -1
        statistics.loc["efficacy.anxiety.after.arm_difference_t", "p_two_tailed"] = 0.03
        statistics.loc["efficacy.depression.follow_up.arm_difference_t", "p_two_tailed"] = 0.1
        missed = missed_values(self.paper, (), statistics)
        assert [text.split()[0] for text in missed] == ["bond_after"]
        narrow = make_mcbi_cohort.narrow_margins(self.paper, statistics)
        assert [text.split()[0] for text in narrow] == ["anxiety_after", "depression_follow_up"]


def differing(cohort: str, statistics: pd.DataFrame) -> dict[str, float]:
    """What the data give for printed values that they do not give to the last digit."""
    computed = [
        (value, value.print_factor * float(statistics[value.field].loc[value.statistic]))
        for value in publication_of(cohort).values  # noqa: PD011, no frame
        if value.statistic
    ]
    return {
        value.id: number
        for value, number in computed
        if not has_printed_digits(number, value.reading)
    }
