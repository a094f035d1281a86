"""The error rates of the scoring audit's item rule: the table and figure of docs/scoring_audit.md.

Run by `make audit-curve`; takes about a minute. The same versions give the same numbers.
"""

import sys
from pathlib import Path

import numpy as np

from attune.intake.scoring_audit.simulation import ErrorRates, error_rates

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/scoring_audit.md"
FIGURE = ROOT / "docs/scoring_audit.png"

SEED = 20120214
SCALES = 2000
PEOPLE = (20, 30, 50, 75, 100, 150, 200, 300)
ALPHAS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
ITEMS = (6, 10, 20)
REALISTIC = [(k, alpha) for k in (6, 8, 10, 12, 16, 20) for alpha in (0.7, 0.75, 0.8, 0.9, 0.95)]

Cells = dict[tuple[int, int, float], ErrorRates]


def main() -> None:
    """Simulate, draw, and write the numbers between the marks of the page."""
    cells = {
        (n, k, alpha): error_rates(n, k, alpha, SCALES, SEED)
        for n in PEOPLE
        for k in ITEMS
        for alpha in ALPHAS
    }
    realistic = [error_rates(100, k, alpha, SCALES, SEED + 1) for k, alpha in REALISTIC]
    draw(cells)
    text = PAGE.read_text(encoding="utf-8")
    for mark, content in {"summary": summary(realistic), "table": table(cells)}.items():
        before, _, rest = text.partition(f"<!-- {mark} -->")
        _, _, after = rest.partition(f"<!-- /{mark} -->")
        text = f"{before}<!-- {mark} -->\n{content}\n<!-- /{mark} -->{after}"
    PAGE.write_text(text, encoding="utf-8")
    print(summary(realistic), file=sys.stderr)


def summary(rates: list[ErrorRates]) -> str:
    """The numbers for 100 people, over all realistic scales."""
    found, alarms = (
        float(np.mean([getattr(rate, name) for rate in rates]))
        for name in ("found", "false_alarms")
    )
    worst = min(range(len(rates)), key=lambda number: rates[number].found)
    k, alpha = REALISTIC[worst]
    return (
        f"With n = 100, over {len(rates)} kinds of scales of 6 to 20 items with alphas from .70 to"
        f" .95 ({SCALES * len(rates):,} simulated scales of each sort), the rule names the one"
        f" miskeyed item, and no other, in {100 * found:.1f} % of the scales, and any item of a"
        f" correct scale in {100 * alarms:.2f} %. The hardest kind is {k} items with alpha"
        f" {printed_alpha(alpha)}: {100 * rates[worst].found:.1f} % are found,"
        f" {100 * rates[worst].found_or_noted:.1f} % found or noted."
    )


def printed_alpha(value: float) -> str:
    """An alpha as it is printed."""
    return f"{value:.2f}".lstrip("0")


def table(cells: Cells) -> str:
    """Found and false alarms in percent, one row per n and number of items."""
    lines = [
        "| n | items | " + " | ".join(f"alpha {printed_alpha(alpha)}" for alpha in ALPHAS) + " |",
        "|--:|--:|" + "--:|" * len(ALPHAS),
    ]
    for n in PEOPLE:
        for k in ITEMS:
            rates = [cells[n, k, alpha] for alpha in ALPHAS]
            percent = [f"{100 * r.found:.1f} ({100 * r.false_alarms:.2f})" for r in rates]
            lines.append(f"| {n} | {k} | " + " | ".join(percent) + " |")
    return "\n".join(lines)


def draw(cells: Cells) -> None:
    """Curves of what is found, a panel per number of items, and false alarms below them."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(
        2, len(ITEMS), figsize=(9.5, 5.6), sharex=True, sharey="row", height_ratios=(2.2, 1)
    )
    colours = plt.get_cmap("viridis")(np.linspace(0.0, 0.88, len(ALPHAS)))
    for column, k in enumerate(ITEMS):
        above, below = panels[:, column]
        for alpha, colour in zip(ALPHAS, colours, strict=True):
            rates = [cells[n, k, alpha] for n in PEOPLE]
            found_percent = [100 * rate.found for rate in rates]
            above.plot(PEOPLE, found_percent, "o-", ms=3, c=colour, label=printed_alpha(alpha))
            below.plot(PEOPLE, [100 * r.false_alarms for r in rates], "o-", ms=3, c=colour)
        above.axhline(95, c="0.5", lw=0.8, ls="--")
        below.axhline(1, c="0.5", lw=0.8, ls="--")
        above.set(title=f"{k} items", ylim=(0, 102))
        below.set(xlabel="People", ylim=(0, 2), xscale="log")
        below.set_xticks([20, 30, 50, 100, 200, 300], ["20", "30", "50", "100", "200", "300"])
        below.minorticks_off()
        for panel in (above, below):
            panel.spines[["top", "right"]].set_visible(False)
    panels[0, 0].set_ylabel("Turned item found (%)")
    panels[1, 0].set_ylabel("False alarms (%)")
    panels[0, -1].legend(title="Alpha", frameon=False, loc="lower right", fontsize=8)
    figure.tight_layout()
    figure.savefig(FIGURE, dpi=130, metadata={"Software": ""})


if __name__ == "__main__":
    main()
