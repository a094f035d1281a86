"""What docs/inference.md says about its simulated tables, made from the tables themselves.

No number of these paragraphs is typed in: each is the range of some cells, and every cell that
misses its target is named.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TABLES = {
    "coverage": "where measures correlate",
    "independence": "independent measures",
    "differences": "differences",
    "type-1-errors": "gains",
    "gains": "gains with an effect",
    "no-gains": "gains without an effect",
    "baseline": "conditions that differ at baseline",
}
"""Marks of the tables that have targets -> how a sentence names them."""

TARGETS = {
    "normal": (0.94, 0.96),
    "moderate floor": (0.94, 0.96),
    "strong floor": (0.92, 1.0),
}
"""Scores -> coverage that a 95 % interval should have."""

LEVEL_TARGET = (0.04, 0.06)
"""Share of rejections of a test at .05: two Monte Carlo standard errors on either side."""

DEFAULTS = (
    *("r, jackknife", "partial r, jackknife", "alpha, jackknife", "omega, jackknife"),
    *("slope, HC3", "difference of means, Welch", "d, not pooled"),
    *("adjusted difference, ordinary", "d in posttest SDs"),
    *("adjusted mean, first condition", "adjusted mean, second condition"),
    *("t test of r", "t test of r, one-tailed", "ANCOVA t"),
    *("slope in ANCOVA, ordinary", "equivalence test (Welch), type I error"),
)
"""Intervals and tests that a drafted plan chooses, or that stand beside them in any case."""

FOUND = """\
**Floors are common in symptom scales, and where measures correlate they break classical \
intervals at any n.** With 30 % of scores at the minimum Fisher's interval of r covers \
{coverage|r, Fisher's z|strong floor}, Feldt's of alpha {coverage|alpha, Feldt|strong floor}, \
the ordinary interval of a slope {coverage|slope, ordinary|strong floor}; more people do not \
help, because the formulas assume a spread that such scores do not have. The jackknife leaves \
out one dyad at a time and takes the variability of the coefficient from the scores: \
{coverage|r, jackknife|strong floor|60, 200} for r and {coverage|alpha, jackknife|strong \
floor|60, 200} for alpha at n = 60 and 200. The sandwich takes it from the influence of each \
dyad: {coverage|r, sandwich|strong floor|60, 200}, and {coverage|r, sandwich|strong floor|25} at \
n = 25, where the jackknife has {coverage|r, jackknife|strong floor|25}. Under normal scores \
both cost nothing but a slightly wider interval at n = 25. The *t* test of r = 0 itself is \
robust (two-tailed {independence|t test of r}), but with a strong floor a one-tailed test in the \
positive direction rejects in {independence|t test of r, one-tailed|strong floor|25} at n = 25; \
its permutation companion in {independence|permutation test of r, one-tailed|strong floor|25}.

**A residual gain is not an ordinary score.** Tested as one, it rejects in \
{type-1-errors|two-step t|.60} of samples where r(x, pretest) = .6 and x has no effect, and has \
a power of {power|two-step t|normal; .60} where ANCOVA has {power|ANCOVA t|normal; .60}. ANCOVA \
rejects in {type-1-errors|ANCOVA t|normal} with normal scores and {type-1-errors|ANCOVA t|floor} \
with floors, Freedman and Lane's permutation test in {type-1-errors|Freedman-Lane|normal} and \
{type-1-errors|Freedman-Lane|floor}. Permuting the residual gain itself does not help \
({type-1-errors|two-step permutation|.60}): it repeats the mistake.

**Intervals beside the pretest.** Where x has an effect and scores have a strong floor, Fisher's \
interval of the partial r covers {gains|partial r, Fisher's z|strong floor}, the jackknife's \
{gains|partial r, jackknife|strong floor}, the sandwich's {gains|partial r, sandwich|strong \
floor}; the ordinary interval of the slope {gains|slope in ANCOVA, ordinary|strong floor}, HC3's \
{gains|slope in ANCOVA, HC3|strong floor}. That of the slope corrected for the pretest's \
reliability, which is taken as known, covers {gains|slope corrected for the pretest's \
reliability|normal} with normal scores and {gains|slope corrected for the pretest's \
reliability|strong floor} with a strong floor.

**Unequal groups with unequal spreads** break pooling: with normal scores, groups of 1:3 and the \
smaller one twice as variable, Student's interval covers {differences|difference of means, \
pooled|normal; 1:3, SD}, Cohen's *d* and Hedges's *g* {differences|[dg], pooled|normal; 1:3, \
SD}; Welch's {differences|difference of means, Welch|normal; 1:3, SD} and the unpooled *d* \
{differences|d, not pooled|normal; 1:3, SD}. With a strong floor in addition, Welch's covers \
{differences|difference of means, Welch|strong floor; 1:3, SD}.

**Conditions that differ at baseline.** With a difference of one SD the difference between \
residual gains covers {baseline|residual gains|normal; 1} with normal scores, the adjusted \
difference {baseline|adjusted difference, ordinary|normal; 1} and *d* in posttest SDs \
{baseline|d in posttest SDs|normal; 1}; with a strong floor, {baseline|residual gains|strong \
floor; 1}, {baseline|adjusted difference, ordinary|strong floor; 1} and {baseline|d in posttest \
SDs|strong floor; 1}. Adjusted means share one residual variance: with a strong floor the \
interval of the condition with the higher scores covers {baseline|adjusted mean, first \
condition|strong floor}, that of the other {baseline|adjusted mean, second condition|strong \
floor}.
"""
"""Paragraphs with the places of numbers: table, name of the row, words of its condition, n."""

_PLACE = re.compile(r"\{([^{}]+)\}")
_SHARE = re.compile(r"(\d?\.\d{3}) ±")


@dataclass(frozen=True)
class SimulatedShare:
    """One cell of a table: what was simulated, at which n, and the share that was found."""

    table: str
    condition: str
    name: str
    n: int
    share: float

    @property
    def kind(self) -> str:
        """The scores, such as strong floor."""
        return self.condition.partition(";")[0]

    @property
    def target(self) -> tuple[float, float]:
        """Lowest and highest share that meets the target."""
        is_test = self.table == "type-1-errors" or re.search(r"\btest\b", self.name)
        return LEVEL_TARGET if is_test else TARGETS[self.kind]

    @property
    def missed(self) -> bool:
        """Whether the share, as printed, lies outside its target."""
        low, high = self.target
        return not low <= self.share <= high


def simulated_shares(page: str) -> list[SimulatedShare]:
    """Every share of the tables between the marks of the page."""
    return [cell for mark in [*TABLES, "power"] for cell in _shares_of(mark, page)]


def _shares_of(mark: str, page: str) -> Iterator[SimulatedShare]:
    text = page.partition(f"<!-- {mark} -->")[2].partition(f"<!-- /{mark} -->")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.strip().splitlines()
    ]
    if not rows:
        return
    sizes = [int(heading.removeprefix("n = ")) for heading in rows[0][2:]]
    for condition, name, *cells in rows[2:]:
        for n, cell in zip(sizes, cells, strict=True):
            found = _SHARE.match(cell)
            if found:
                yield SimulatedShare(mark, condition, name, n, float(found[1]))


def found_text(cells: Sequence[SimulatedShare]) -> str:
    """The paragraphs on what was found, with the numbers of these cells.

    A paragraph on a table that the page does not have is left out.
    """
    known = {cell.table for cell in cells}
    paragraphs = [
        paragraph
        for paragraph in FOUND.strip().split("\n\n")
        if {place.partition("|")[0] for place in _PLACE.findall(paragraph)} <= known
    ]
    filled = (_PLACE.sub(lambda place: _range(_chosen(place[1], cells)), one) for one in paragraphs)
    return "\n\n".join(filled)


def _chosen(place: str, cells: Sequence[SimulatedShare]) -> list[SimulatedShare]:
    table, name, *rest = place.split("|")
    condition = rest[0] if rest else ""
    sizes = {int(n) for n in rest[1].split(",")} if len(rest) > 1 else {cell.n for cell in cells}
    chosen = [
        cell
        for cell in cells
        if cell.table == table
        and re.fullmatch(name.replace("(", r"\(").replace(")", r"\)"), cell.name)
        and condition in cell.condition
        and cell.n in sizes
    ]
    if not chosen:
        raise LookupError(f"No cell of the tables is {place!r}.")
    return chosen


def _range(cells: Sequence[SimulatedShare]) -> str:
    """Smallest and largest share, such as .870 to .884."""
    shares = sorted({cell.share for cell in cells})
    ends = dict.fromkeys((shares[0], shares[-1]))
    return " to ".join(f"{end:.3f}".removeprefix("0") for end in ends)


def missed_list(cells: Sequence[SimulatedShare], *, of_defaults: bool) -> str:
    """Every cell that misses its target, a line per table and interval or test.

    Conditions with the same scores are taken together: the range of those that miss, and how many
    of how many they are.
    """
    targeted = [cell for cell in cells if cell.table in TABLES]
    lines = []
    for table, words in TABLES.items():
        for name in dict.fromkeys(cell.name for cell in targeted if cell.table == table):
            own = [cell for cell in targeted if (cell.table, cell.name) == (table, name)]
            if (name in DEFAULTS) == of_defaults and any(cell.missed for cell in own):
                lines.append(f"* *{name}* ({words}): {'; '.join(_misses(own))}")
    return "\n".join(lines)


def _misses(cells: Sequence[SimulatedShare]) -> Iterator[str]:
    for kind in TARGETS:
        parts = []
        for n in sorted({cell.n for cell in cells}):
            own = [cell for cell in cells if (cell.kind, cell.n) == (kind, n)]
            missed = [cell for cell in own if cell.missed]
            if missed:
                some = f" in {len(missed)} of {len(own)}" if len(missed) < len(own) else ""
                parts.append(f"n = {n} {_range(missed)}{some}")
        if parts:
            yield f"{kind} {', '.join(parts)}"


def findings(page: str) -> dict[str, str]:
    """Text between the marks of the page that its tables decide."""
    cells = simulated_shares(page)
    return {
        "found": found_text(cells).rstrip(),
        "missed": missed_list(cells, of_defaults=True),
        "missed-others": missed_list(cells, of_defaults=False),
    }
