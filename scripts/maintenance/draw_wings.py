"""Draw docs/wings.svg: the wings of the library, lowest first, and what each imports.

Run by `make wings`; everything in the picture is counted from the code.
"""

import ast
from collections import Counter
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "scripts" / "attune"
WINGS = (
    *("specs", "stats", "store", "printing", "scoring", "intake", "analyses", "pipeline"),
    *("sites", "documents", "record", "paper", "cohort_draft", "synthetic"),
)
"""Lowest first: an import may only go down."""

STYLE: Any = {"svg.hashsalt": "wings", "svg.fonttype": "none", "font.size": 9}
"""Fixed identifiers: the same code gives the same bytes. Text stays text: a small file."""


def files_of(wing: str) -> list[Path]:
    """The modules of a wing."""
    single = LIBRARY / f"{wing}.py"
    return [single] if single.is_file() else sorted((LIBRARY / wing).rglob("*.py"))


def purpose(wing: str) -> str:
    """First sentence of the wing's docstring."""
    single = LIBRARY / f"{wing}.py"
    source = single if single.is_file() else LIBRARY / wing / "__init__.py"
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return text.splitlines()[0] if text else ""


def imports_between_wings() -> Counter[tuple[str, str]]:
    """Number of modules of one wing that import something of another."""
    counts: Counter[tuple[str, str]] = Counter()
    for wing in WINGS:
        for file in files_of(wing):
            nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            names = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
            parts = [name.split(".") for name in names if name.startswith("attune.")]
            for other in {part[1] for part in parts} & set(WINGS) - {wing}:
                counts[wing, other] += 1
    return counts


def picture() -> Figure:
    """One row per wing; an arc for each pair of wings, as wide as there are importing modules."""
    figure = Figure(figsize=(8.2, 7.0))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 8.2), ylim=(-0.5, len(WINGS) + 0.1))
    axes.axis("off")
    for level, wing in enumerate(WINGS):
        files = files_of(wing)
        lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
        axes.add_patch(
            FancyBboxPatch(
                (0.15, level - 0.32),
                6.6,
                0.64,
                boxstyle="round,pad=0.04",
                fc="#eef3f7",
                ec="#4a6a84",
            )
        )
        axes.text(0.3, level + 0.1, wing, weight="bold", va="center")
        axes.text(0.3, level - 0.17, purpose(wing), va="center", fontsize=7.5)
        counted = f"{len(files)} module{'s' * (len(files) > 1)}, {lines:,} lines"
        axes.text(
            6.65, level + 0.1, counted, ha="right", va="center", fontsize=7.5, color="#444444"
        )
    for (upper, lower), count in sorted(imports_between_wings().items()):
        high, low = WINGS.index(upper), WINGS.index(lower)
        reach = 0.22 * abs(high - low)
        axes.annotate(
            "",
            xy=(6.8, low),
            xytext=(6.8, high),
            arrowprops={
                "arrowstyle": "-|>",
                "connectionstyle": f"arc3,rad={-0.12 - reach / max(abs(high - low), 1)}",
                "lw": 0.4 + 0.12 * count,
                "color": "#4a6a84" if high > low else "#c0392b",
                "alpha": 0.55,
            },
        )
    return figure


def main() -> None:
    """Write the picture."""
    with mpl.rc_context(STYLE):
        picture().savefig(ROOT / "docs" / "wings.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
