"""Table of the internal consistency of scales."""

from collections.abc import Callable

from attune.printing.context import (
    Body,
    Context,
    occasion_words,
    questionnaire_words,
    scoring_keys,
)
from attune.printing.printed_table import LABEL, Row
from attune.printing.text import literal
from attune.scoring.therapist_sheets import once_remarks
from attune.specs.study import Table


def reliability(table: Table, context: Context) -> Body:
    """Alpha with its interval and omega of every scale, grouped by questionnaire.

    Ids are `reliability.<instrument>.<scale>.<rater>.<occasion>[.<state>].alpha`.
    """
    headings = {
        "n": "*n*",
        "alpha": "α",
        "interval": "{level} CI",
        "robust": "{level} robust CI",
        "omega": "ω",
        "omega_interval": "{level} CI of ω",
    }
    body = Body({LABEL: "Scale"} | headings, [])
    stored = [
        row["id"].removesuffix(".alpha") for row in context.store.rows("reliability", "alpha")
    ]
    for prefix in sorted(stored, key=_order_of_scales(context)):
        _, instrument, scale, *when = prefix.split(".")
        key = context.instruments.get(instrument)
        label = key.scales[scale].label if key and scale in key.scales else occasion_words(scale)
        row = Row(literal(label), literal(questionnaire_words([instrument, *when], key)))
        row.cells["n"] = context.store.cell(f"{prefix}.alpha", "n")
        row.cells["alpha"] = context.store.cell(f"{prefix}.alpha")
        row.cells["interval"] = context.store.cell(f"{prefix}.alpha", "interval")
        row.cells["robust"] = context.store.cell_if_known(f"{prefix}.alpha_robust", "interval")
        row.cells["omega"] = context.store.cell(f"{prefix}.omega")
        row.cells["omega_interval"] = context.store.cell(f"{prefix}.omega", "interval")
        body.rows.append(row)
    if not body.rows:
        body.problems.append("the store has no statistics of reliability")
    body.remarks.append(
        "α = Cronbach's alpha with its confidence interval (CI), and with one that does not assume"
        " normal scores (robust); ω = omega total of a one-factor model, with a robust interval."
    )
    body.remarks += once_remarks(
        row["method"] for row in context.store.rows("reliability", "alpha")
    )
    body.remarks += scoring_keys((prefix.split(".")[1] for prefix in stored), context)
    return body


def _order_of_scales(context: Context) -> Callable[[str], tuple[int, int, str]]:
    """Sorts ids of scales as the cohort lists questionnaires and the instrument its scales."""
    questionnaires = [
        [part for part in (q.instrument, q.rater, q.occasion, q.state) if part]
        for q in context.cohort.questionnaires
    ]

    def place(prefix: str) -> tuple[int, int, str]:
        _, instrument, scale, *when = prefix.split(".")
        questionnaire, key = [instrument, *when], context.instruments.get(instrument)
        scales = list(key.scales) if key else []
        return (
            questionnaires.index(questionnaire)
            if questionnaire in questionnaires
            else len(questionnaires),
            scales.index(scale) if scale in scales else len(scales),
            prefix,
        )

    return place


TABLES: dict[str, Callable[[Table, Context], Body]] = {"reliability": reliability}
