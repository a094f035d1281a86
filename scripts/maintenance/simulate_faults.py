"""How often faults of whole files are seen, by simulation: the tables of docs/scoring_audit.md.

Run by `make simulate-faults`; takes about fifteen minutes on two free cores. Every study has random
numbers of its own, so that the tables do not depend on the number of processes.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from attune.specs.instrument import Instrument
from attune.synthetic.corruptions import CORRUPTIONS
from attune.synthetic.fault_rates import (
    Fault,
    Seen,
    corruptions_seen,
    false_alarms,
    power,
    shifted_items_seen,
    sorted_by_chance,
)
from attune_files.yaml_file import read_instruments

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/scoring_audit.md"

SEED = 20120930
SIZES = (30, 60, 150)
SOUND: dict[str, tuple[int, dict[str, float | tuple[float, float]]]] = {
    "retest correlations .40 to .80, loadings .50 to .85": (150, {}),
    "retest correlations .00 (of the factors)": (100, {"retest": 0.0}),
    "most symptoms absent, alliance high": (50, {"well": 3.0}),
    "loadings .20 to .45": (50, {"loading": (0.2, 0.45)}),
    "loadings .80 to .95": (50, {"loading": (0.8, 0.95)}),
}
"""Kind of sound studies -> number of each size, and what differs in their design."""

SPOILED = {30: 16, 60: 8, 150: 4}
"""Studies of each size, each of which is spoiled in every way."""

POWER = 50
POWER_SIZES = (30, 60)
RETESTS = (0.3, 0.5, 0.7)
SHIFTED = 100
SHIFTED_SIZES = (30, 60, 100)
LOADINGS = ((0.2, 0.45), (0.5, 0.85), (0.8, 0.95))
SORTED, SORTED_SEED = 300, 30_000
"""Sound studies of each kind and size in which sorted answers are looked for, and their first
seed."""

BLOCK = 10
"""Studies that one process takes at a time."""

FAULTS: dict[Fault, str] = {
    "reversed": "all answers reversed",
    "shifted": "ids shifted by three rows",
    "shuffled": "ids in random order",
}

Result = TypeVar("Result")


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, and write the tables between the marks of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    workers = parser.parse_args(arguments).workers
    with ProcessPoolExecutor(workers) as pool:
        tables = {
            "sound": sound_table(pool),
            "corruptions": corruption_table(pool),
            "power": power_table(pool),
            "shifted": shifted_item_table(pool),
            "sorted": sorted_table(pool),
        }
    text = PAGE.read_text(encoding="utf-8")
    for mark, content in tables.items():
        before, _, rest = text.partition(f"<!-- {mark} -->")
        _, _, after = rest.partition(f"<!-- /{mark} -->")
        text = f"{before}<!-- {mark} -->\n{content}\n<!-- /{mark} -->{after}"
    PAGE.write_text(text, encoding="utf-8")


@cache
def keys() -> dict[str, Instrument]:
    """The scoring keys of the simulated studies."""
    names = ("ces_d", "kims", "wai_s", "phq_9")
    return read_instruments([ROOT / f"workflow/instruments/{name}.yaml" for name in names])


def blocks(number: int, first: int = SEED) -> list[range]:
    """Seeds in blocks."""
    return [range(first + at, first + min(at + BLOCK, number)) for at in range(0, number, BLOCK)]


def sound_table(pool: ProcessPoolExecutor) -> str:
    """Sound studies that are doubted, in percent."""
    lines = [
        "| dyads | studies with | number | doubted | by rule |",
        "|--:|:--|--:|--:|:--|",
    ]
    for words, (number, changes) in SOUND.items():
        for n in SIZES:
            counts: Counter[str] = sum(
                over(pool, partial(_alarms, n, changes), number), start=Counter()
            )
            total = counts.pop("", 0)
            rules = ", ".join(f"`{rule}` {times}" for rule, times in sorted(counts.items()))
            lines.append(f"| {n} | {words} | {number} | {100 * total / number:.1f} % | {rules} |")
    return "\n".join(lines)


def corruption_table(pool: ProcessPoolExecutor) -> str:
    """Per kind of corruption: number, seen, and share of those that can be seen in principle."""
    kinds = dict.fromkeys(CORRUPTIONS, Seen())
    for n, number in SPOILED.items():
        for found in over(pool, partial(_seen, n), number):
            kinds = {name: kinds[name] + seen for name, seen in found.items()}
    lines = [
        "| corruption | made | seen | visible | of these seen | share | visible in principle |",
        "|:--|--:|--:|--:|--:|--:|:--|",
    ]
    for name, seen in kinds.items():
        lines.append(f"| {name} | {_counts(seen)} | {CORRUPTIONS[name].in_principle} |")
    total = sum(kinds.values(), start=Seen())
    return "\n".join([*lines, f"| all | {_counts(total)} | |"])


def power_table(pool: ProcessPoolExecutor) -> str:
    """Percentage seen from one questionnaire, by size and retest correlation."""
    head = [f"r = {_decimal(retest)}" for retest in RETESTS]
    lines = [
        f"| fault of the last file | dyads | waves | {' | '.join(head)} |",
        "|:--|--:|--:|" + "--:|" * len(RETESTS),
    ]
    for fault, words in FAULTS.items():
        for waves in (2, 3):
            for n in POWER_SIZES:
                shares = [
                    float(np.mean(over(pool, partial(_power, n, retest, fault, waves), POWER)))
                    for retest in RETESTS
                ]
                cells = " | ".join(f"{100 * share:.0f}" for share in shares)
                lines.append(f"| {words} | {n} | {waves} | {cells} |")
    return "\n".join(lines)


def shifted_item_table(pool: ProcessPoolExecutor) -> str:
    """Percentage of shifted item columns that are named, by size and loadings."""
    head = [f"loadings {_decimal(low)} to {_decimal(high)}" for low, high in LOADINGS]
    lines = [f"| dyads | {' | '.join(head)} |", "|--:|" + "--:|" * len(LOADINGS)]
    for n in SHIFTED_SIZES:
        shares = [
            float(np.mean(over(pool, partial(_shifted, n, loading), SHIFTED)))
            for loading in LOADINGS
        ]
        lines.append(f"| {n} | {' | '.join(f'{100 * share:.0f}' for share in shares)} |")
    return "\n".join(lines)


def sorted_table(pool: ProcessPoolExecutor) -> str:
    """Sound studies in which answers seem to be sorted, and the largest share of such people."""
    lines = [
        "| items | studies with | number of each | dyads 30 | dyads 60 | dyads 150 |",
        "|:--|:--|--:|--:|--:|--:|",
    ]
    for order, severe in (("in any order", False), ("from mild to severe", True)):
        for words, (_, changes) in SOUND.items():
            cells = []
            for n in SIZES:
                kind = changes | {"mild_to_severe": severe}
                found = over(pool, partial(_sorted, n, kind), SORTED, SORTED_SEED)
                reported = sum(number for number, _ in found)
                cells.append(f"{reported} ({_decimal(max(share for _, share in found))})")
            lines.append(f"| {order} | {words} | {SORTED} | {' | '.join(cells)} |")
    return "\n".join(lines)


def over(
    pool: ProcessPoolExecutor, simulate: Callable[[range], Result], number: int, first: int = SEED
) -> list[Result]:
    """The results of all blocks of seeds."""
    return list(pool.map(simulate, blocks(number, first)))


def _sorted(
    n: int, changes: dict[str, float | tuple[float, float]], seeds: range
) -> tuple[int, float]:
    return sorted_by_chance(n, seeds, keys(), **changes)


def _alarms(n: int, changes: dict[str, float | tuple[float, float]], seeds: range) -> Counter[str]:
    return false_alarms(n, seeds, keys(), **changes)


def _seen(n: int, seeds: range) -> dict[str, Seen]:
    return corruptions_seen(n, seeds, keys())


def _power(n: int, retest: float, fault: Fault, waves: int, seeds: range) -> float:
    return power(n, retest, fault, seeds, keys(), waves=waves)


def _shifted(n: int, loading: tuple[float, float], seeds: range) -> float:
    return shifted_items_seen(n, loading, seeds, keys())


def _counts(seen: Seen) -> str:
    share = "" if not seen.visible else f"{100 * seen.share:.1f} %"
    return f"{seen.made} | {seen.seen} | {seen.visible} | {seen.visible_seen} | {share}"


def _decimal(value: float) -> str:
    return f"{value:.2f}".lstrip("0")


if __name__ == "__main__":
    main()
