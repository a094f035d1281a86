"""The verdict page of 500 and of 2,000 printed values: judging them, making the page, its size.

The peer of the page is Jinja2 alone, which prints as many rows of as many cells.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import jinja2

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT)]

from tests.unit.paper.verdicts.small_page import large_paper, page_of  # noqa: E402
from tests.unit.paper.verdicts.small_paper import findings, store  # noqa: E402

from attune.paper.verdicts.judge import judge_values  # noqa: E402

ROW = "<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>"
TABLE = f"{{% for row in rows %}}{ROW}{{% endfor %}}"
CELLS = 10


def main() -> None:
    """Measure and print."""
    heads = ("values", "judge", "page", "Jinja2", "megabytes")
    print("  " + "".join(f"{head:>11}" for head in heads) + "   seconds but for the last")
    peer = jinja2.Environment(autoescape=True).from_string(TABLE)
    for size in (500, 2_000):
        paper, rows = large_paper(size)
        given = store(*rows), findings(), None
        judging, verdicts = timed(partial(judge_values, paper, *given, synthetic=False))
        making, page = timed(partial(page_of, paper, verdicts, findings()))
        cells = [[f"cell {number}" for number in range(CELLS)]] * size
        plain, _ = timed(partial(peer.render, rows=cells))
        times = "".join(f"{entry:>11.3f}" for entry in (judging, making, plain))
        print(f"  {size:>11,}{times}{len(page.encode()) / 1e6:>11.2f}")


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest of three times, in seconds, and what the work gave."""
    times, result = [], None
    for _ in range(3):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return min(times), result


if __name__ == "__main__":
    main()
