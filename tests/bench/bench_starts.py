"""Starting costs: what the imports of each step take, and which heavy packages they bring.

A step that is not forked (`step_server`) pays these seconds, a forked one few of them. Prints per
step the CPU seconds of its imports and the heavy packages among them; given the folder of another
version of the project, also the seconds there.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("pandas", "scipy", "pingouin", "matplotlib", "statsmodels", "pydantic", "pyarrow")
ROUNDS = 3


def step_start(step: Path) -> tuple[float, list[str]]:
    """CPU seconds of a step's imports in a fresh process, and the heavy packages among them."""
    tree = ast.parse(step.read_text(encoding="utf-8"))
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    code = "\n".join(
        [
            *map(ast.unparse, imports),
            "import sys, time",
            f"print(time.process_time(), *[name for name in {HEAVY} if name in sys.modules])",
        ]
    )
    environment = os.environ | {"PYTHONPATH": str(step.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    seconds, *packages = done.stdout.split()
    return float(seconds), packages


def main(others: list[str]) -> None:
    """Print one line per step."""
    roots = [ROOT, *map(Path, others)]
    totals = [0.0] * len(roots)
    for step in sorted((ROOT / "scripts").glob("*.py")):
        starts = [
            min(step_start(root / "scripts" / step.name) for _ in range(ROUNDS)) for root in roots
        ]
        totals = [total + seconds for total, (seconds, _) in zip(totals, starts, strict=True)]
        shown = "  ".join(f"{seconds:5.2f}" for seconds, _ in starts)
        print(f"{step.stem:25s} {shown}  {' '.join(starts[0][1])}", flush=True)
    print(f"{'all steps':25s} {'  '.join(f'{total:5.2f}' for total in totals)}")


if __name__ == "__main__":
    main(sys.argv[1:])
