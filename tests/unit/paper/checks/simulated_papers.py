"""Self-consistent papers: therapist-patient data are simulated, analysed and printed as papers do.

Every statistic comes from the same cases and is rounded once, halves up or to even, with one to
three decimals, with or without a zero before the point; so every check of the audit must pass.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtr, stdtr, stdtrit

from attune.paper.ledger.ledger import Publication

MINUS = "\N{MINUS SIGN}"


@dataclass
class Paper:
    """A paper while it is being written; `entries` and `relations` as in a ledger."""

    rng: np.random.Generator
    way: str
    leading_zero: bool
    minus: str
    places: Mapping[str, int]
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    relations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def digits(self, number: float, places: int) -> str:
        """A number as this paper prints it."""
        # Twelve significant digits: halves are halves, whatever the last bits of the double say.
        exact = Decimal(f"{number:.12g}")
        text = f"{exact.quantize(Decimal(1).scaleb(-places), self.way) + 0:f}"
        if not self.leading_zero and abs(number) < 1:
            text = text.replace("0.", ".", 1)
        return text.replace("-", self.minus)

    def add(self, name: str, kind: str, printed: str, **keys: Any) -> str:
        """Print a value."""
        self.entries[name] = {
            "id": name,
            "kind": kind,
            "printed": printed,
            "places": ["Text"],
            "quoted": "simulated",
            **keys,
        }
        return name

    def number(self, name: str, kind: str, value: float, **keys: Any) -> str:
        """Print a number with the decimals that this paper gives its kind."""
        return self.add(name, kind, self.digits(value, self.places.get(kind, 2)), **keys)

    def relate(self, check: str, **keys: Any) -> None:
        """Declare what binds printed values."""
        self.relations.setdefault(check, []).append(keys)

    def ledger(self) -> dict[str, Any]:
        """The paper as a ledger's plain values."""
        return {
            "publication": "simulated",
            "citation": "Nobody (2000).",
            "values": list(self.entries.values()),
            "relations": self.relations,
        }


def simulated_paper(seed: int) -> dict[str, Any]:
    """The ledger of one simulated paper."""
    rng = np.random.default_rng(seed)
    paper = Paper(
        rng,
        way=str(rng.choice([ROUND_HALF_UP, ROUND_HALF_EVEN])),
        leading_zero=bool(rng.random() < 0.5),
        minus=str(rng.choice(["-", MINUS])),
        places={
            "mean": int(rng.integers(1, 4)),
            "sd": int(rng.integers(1, 4)),
            "r": int(rng.integers(2, 4)),
            "r_squared": int(rng.integers(2, 4)),
            "r_squared_percent": int(rng.integers(0, 2)),
            "p": int(rng.integers(2, 4)),
            "t": int(rng.integers(1, 4)),
            "F": int(rng.integers(1, 4)),
            "z": int(rng.integers(1, 4)),
            "chi2": int(rng.integers(1, 4)),
            "d": int(rng.integers(1, 3)),
            "g": int(rng.integers(1, 3)),
            "eta_squared": int(rng.integers(2, 4)),
            "se": int(rng.integers(1, 4)),
            "difference": int(rng.integers(1, 4)),
            "coefficient": int(rng.integers(1, 4)),
            "ci_low": (limits := int(rng.integers(1, 4))),
            "ci_high": limits,
            "percent": int(rng.integers(0, 3)),
            "median": int(rng.integers(0, 2)),
            "minimum": 0,
            "maximum": 0,
        },
    )
    n = int(rng.choice([10, 12, 16, 21]))
    paper.add("n", "count", f"{n}")
    _people(paper, n)
    data = _scales(paper, n)
    _correlations(paper, n, data)
    _comparison(paper, n, data)
    _pairs(paper, n, data)
    _regression(paper, n, data)
    _counts(paper, n)
    return paper.ledger()


def publication(ledger: Mapping[str, Any]) -> Publication:
    """The ledger as the audit reads it."""
    return Publication.model_validate(ledger)


def _people(paper: Paper, n: int) -> None:
    """Shares with and without counts, and ages with criteria of inclusion."""
    rng = paper.rng
    women = int(rng.integers(1, n))
    for name, count in (("women", women), ("men", n - women)):
        paper.add(name, "count", f"{count}")
        paper.number(f"{name}_percent", "percent", 100 * count / n)
        paper.relate("percentage", percent=f"{name}_percent", count=name, base="n")
    paper.relate("parts_of_whole", whole="n", parts=["women", "men"])
    shares = rng.multinomial(n, [0.5, 0.3, 0.2])
    names = [
        paper.number(f"status_{number}", "percent", 100 * share / n)
        for number, share in enumerate(shares)
    ]
    for name in names:
        paper.relate("percentage", percent=name, base="n")
    paper.relate("parts_of_whole", whole="100", parts=names)
    ages = rng.integers(19, 65, size=n)
    paper.add("youngest_allowed", "constant", "18")
    paper.add("oldest_allowed", "constant", "65")
    _moments(paper, "age", ages, lowest="youngest_allowed", highest="oldest_allowed", median=True)


def _moments(
    paper: Paper, name: str, values: np.ndarray, lowest: str, highest: str, median: bool = False
) -> None:
    """Mean, SD, minimum and maximum of a variable."""
    sd = float(np.std(values, ddof=1))
    paper.number(f"{name}_mean", "mean", float(np.mean(values)))
    paper.number(f"{name}_sd", "sd", sd)
    keys = {"mean": f"{name}_mean", "sd": f"{name}_sd", "n": "n"}
    if median:
        keys["median"] = paper.number(f"{name}_median", "median", float(np.median(values)))
    if paper.rng.random() < 0.8:
        # Whole scores have whole ends; mean scores are printed with decimals.
        whole = np.issubdtype(values.dtype, np.integer)
        for kind in ("minimum", "maximum"):
            end = float(values.min() if kind == "minimum" else values.max())
            printed = paper.digits(end, 0 if whole else paper.places["mean"])
            keys[kind] = paper.add(f"{name}_{kind}", kind, printed)
    paper.relate("range", lowest=lowest, highest=highest, **keys)


def _scales(paper: Paper, n: int) -> dict[str, np.ndarray]:
    """Two or three subscales with their total, a mean score, and an outcome."""
    rng = paper.rng
    latent = rng.normal(size=n)
    low, high = ((1, 5), (0, 4), (1, 7), (0, 3))[rng.integers(4)]
    items = int(rng.integers(2, 4))
    parts = {
        f"part_{number}": _answers(rng, latent * rng.uniform(-0.3, 1), items, low, high).sum(1)
        for number in range(int(rng.integers(2, 4)))
    }
    data: dict[str, np.ndarray] = {**parts, "total": np.sum(list(parts.values()), axis=0)}
    for name, scores in data.items():
        k = items * (len(parts) if name == "total" else 1)
        _moments(paper, name, scores, lowest=f"{k * low}", highest=f"{k * high}")
        _whole_numbers(paper, name, k, low, high, "sum")
    paper.relate("parts_of_whole", whole="total_mean", parts=[f"{name}_mean" for name in parts])
    alliance = _answers(rng, latent, items, 1, 7).sum(1)
    _moments(paper, "alliance", alliance / items, lowest="1", highest="7")
    _whole_numbers(paper, "alliance", items, 1, 7, "mean")
    data["alliance"] = alliance / items
    data["outcome"] = -0.4 * latent + rng.normal(size=n)
    return data


def _answers(
    rng: np.random.Generator, latent: np.ndarray, items: int, low: int, high: int
) -> np.ndarray:
    """Whole-number answers that hang together, persons x items."""
    noise = rng.normal(size=(len(latent), items))
    spread = rng.uniform(0.3, 1.2) * (high - low) / 3
    centre = rng.uniform(low + 0.3, high - 0.3)
    return np.clip(np.rint(centre + spread * (latent[:, None] + noise)), low, high).astype(int)


def _whole_numbers(paper: Paper, name: str, items: int, low: int, high: int, score: str) -> None:
    paper.relate(
        "granularity",
        mean=f"{name}_mean",
        sd=f"{name}_sd",
        n="n",
        items=items,
        lowest=low,
        highest=high,
        score=score,
    )


def _correlations(paper: Paper, n: int, data: dict[str, np.ndarray]) -> None:
    """A table of correlations with stars and p, totals, shares of variance and words."""
    varying = {name: values for name, values in data.items() if np.std(values) > 1e-9}
    names = list(varying)
    matrix = np.atleast_2d(np.corrcoef(list(varying.values())))
    cells = {}
    for i, one in enumerate(names):
        for j, two in enumerate(names[:i]):
            if paper.rng.random() < 0.15:
                continue
            r = float(np.clip(matrix[i, j], -1, 1))
            cells[f"{two}, {one}"] = paper.number(f"r_{two}_{one}", "r", r, n=n)
            _tests(paper, f"r_{two}_{one}", r, n)
    if len(names) >= 3 and cells:
        paper.relate("correlation_matrix", name="all", variables=names, cells=cells)
    parts = [name for name in data if name.startswith("part_")]
    correlations = [
        {"total": f"r_total_{other}", "parts": [f"r_{part}_{other}" for part in parts]}
        for other in ("alliance", "outcome")
        if all(f"r_{text}_{other}" in paper.entries for text in ("total", *parts))
    ]
    paper.relate(
        "sum_score",
        total_sd="total_sd",
        part_sds=[f"{part}_sd" for part in parts],
        correlations=correlations,
    )


def _tests(paper: Paper, name: str, r: float, n: int) -> None:
    """What a paper says about one correlation: one or two of p, stars, variance, a word."""
    rng = paper.rng
    t = r * np.sqrt((n - 2) / max(1e-15, 1 - r * r))
    tail = str(rng.choice(["one", "two"]))
    direction = str(rng.choice(["positive", "negative"]))
    keys: dict[str, Any] = {"of": name, "tail": tail}
    if tail == "one":
        keys["direction"] = direction
        p = float(stdtr(n - 2, -t if direction == "positive" else t))
    else:
        p = float(2 * stdtr(n - 2, -abs(t)))
    what = rng.random()
    if what < 0.4:
        _print_p(paper, f"{name}_p", p, keys)
    elif what < 0.7:
        levels = [level for level in (0.05, 0.01, 0.001) if p < level]
        bounds = {} if not levels else {"below": f"{levels[-1]:g}"}
        rest = [level for level in (0.05, 0.01, 0.001) if p >= level]
        if rest:
            bounds["at_least"] = f"{rest[0]:g}"
        printed = "*" * len(levels) or "no star"
        paper.add(f"{name}_star", "stars", printed, **keys, **bounds)
        if rng.random() < 0.7:
            _print_p(paper, f"{name}_p", p, keys)
    if rng.random() < 0.15:
        kind = str(rng.choice(["r_squared", "r_squared_percent"]))
        share = r * r * (100 if kind == "r_squared_percent" else 1)
        paper.number(f"{name}_variance", kind, share, of=name)
    if rng.random() < 0.15:
        again = paper.digits(r, 2)
        paper.add(f"{name}_again", "r", again, n=n)
        paper.relate("same_quantity", values=[name, f"{name}_again"])
    word = next(
        (w for w, s in (("large", 0.5), ("medium", 0.3), ("small", 0.1)) if abs(r) >= s), ""
    )
    if word and rng.random() < 0.2:
        paper.relate("effect_label", value=name, measure="r", label=word)


def _print_p(paper: Paper, name: str, p: float, keys: Mapping[str, Any]) -> None:
    printed = paper.digits(p, paper.places["p"])
    if p < 0.001 or float(printed) == 0:
        level = "0.001" if p < 0.001 else "0.01"
        paper.add(name, "p", f"p < {level}", **keys)
    elif paper.rng.random() < 0.2:
        level = "0.05"
        bound = {"below": level} if p < 0.05 else {"at_least": level}
        paper.add(name, "p", "p < 0.05" if p < 0.05 else "not significant", **keys, **bound)
    else:
        paper.add(name, "p", printed, **keys)


def _comparison(paper: Paper, n: int, data: dict[str, np.ndarray]) -> None:
    """Two groups: means, SDs or SEs, t, F, df, p, the difference with SE and limits, d or g."""
    rng = paper.rng
    sizes = (n // 2, n - n // 2)
    for name, size in zip(("first", "second"), sizes, strict=True):
        paper.add(name, "count", f"{size}")
    groups = data["outcome"][: sizes[0]], data["outcome"][sizes[0] :]
    means, sds = [g.mean() for g in groups], [g.std(ddof=1) for g in groups]
    pooled = float(np.sqrt(sum((g.size - 1) * g.var(ddof=1) for g in groups) / (n - 2)))
    root = float(np.sqrt(1 / sizes[0] + 1 / sizes[1]))
    difference, se = float(means[0] - means[1]), pooled * root
    t = difference / se
    spread = "ses" if rng.random() < 0.3 else "sds"
    keys: dict[str, Any] = {"means": [], spread: []}
    for name, mean, sd, size in zip(("first", "second"), means, sds, sizes, strict=True):
        keys["means"].append(paper.number(f"{name}_outcome", "mean", float(mean), n=size))
        printed = sd if spread == "sds" else sd / np.sqrt(size)
        keys[spread].append(
            paper.number(f"{name}_{spread[:2]}", spread[:2], float(printed), of=f"{name}_outcome")
        )
    first_se = float(sds[0] / np.sqrt(sizes[0]))
    if spread == "sds":
        paper.number("first_se", "se", first_se, of="first_outcome")
    paper.number("t", "t", t, n=n)
    paper.add("t_df", "df", f"{n - 2}", of="t")
    p = float(2 * stdtr(n - 2, -abs(t)))
    _print_p(paper, "t_p", p, {"of": "t", "tail": "two"})
    paper.relate("degrees_of_freedom", df="t_df", design="independent", cases=["first", "second"])
    paper.relate("parts_of_whole", whole="n", parts=["first", "second"])
    if rng.random() < 0.5:
        sign = 1 if rng.random() < 0.5 else -1
        half = se * float(stdtrit(n - 2, 0.975))
        keys["difference"] = paper.number("difference", "difference", sign * difference)
        keys["se"] = paper.number("difference_se", "se", se, of="difference")
        for kind, end in (("ci_low", -half), ("ci_high", half)):
            end += sign * difference
            keys[kind] = paper.number(f"difference_{kind}", kind, end, of="difference")
    if rng.random() < 0.5:
        _print_p(paper, "means_p", p, {"tail": "two"})
        keys["p"] = "means_p"
    keys["f"] = paper.number("f", "F", t * t)
    paper.add("f_df1", "df", "1", of="f")
    paper.add("f_df2", "df", f"{n - 2}", of="f")
    _print_p(paper, "f_p", p, {"of": "f", "tail": "two"})
    paper.number("eta", "eta_squared", t * t / (t * t + n - 2), of="f")
    keys |= _effect_size(paper, n, difference, pooled, sds, p)
    paper.relate("comparison", design="independent", n=["first", "second"], t="t", **keys)


def _effect_size(
    paper: Paper, n: int, difference: float, pooled: float, sds: list[float], p: float
) -> dict[str, str]:
    """g, or d by one of the SDs that papers use, with its word or its p."""
    by_n = pooled * np.sqrt((n - 2) / n)
    mean_square = float(np.sqrt((sds[0] ** 2 + sds[1] ** 2) / 2))
    choices = [pooled, by_n, mean_square, sum(sds) / 2, sds[0], sds[1]]
    choice = int(paper.rng.integers(len(choices)))
    kind = "g" if choice == 0 and paper.rng.random() < 0.5 else "d"
    d = difference / choices[choice] * (1 - 3 / (4 * (n - 2) - 1) if kind == "g" else 1)
    paper.number(kind, kind, d)
    if choice < 3:
        _print_p(paper, "d_p", p, {"of": kind, "tail": "two"})
    word = next(
        (w for w, s in (("large", 0.8), ("medium", 0.5), ("small", 0.2)) if abs(d) >= s), ""
    )
    if word and kind == "d":
        paper.relate("effect_label", value="d", measure="d", label=word)
    return {kind: kind}


def _pairs(paper: Paper, n: int, data: dict[str, np.ndarray]) -> None:
    """Before and after, with or without the SD of the differences."""
    rng = paper.rng
    before = data["outcome"]
    after = before + rng.normal(0.4, 0.7, size=n)
    keys: dict[str, Any] = {"means": [], "sds": []}
    for name, scores in (("before", before), ("after", after)):
        keys["means"].append(paper.number(f"{name}_mean", "mean", float(scores.mean())))
        keys["sds"].append(paper.number(f"{name}_sd", "sd", float(scores.std(ddof=1))))
    change = before - after
    sd = float(change.std(ddof=1))
    if rng.random() < 0.5:
        keys["difference_sd"] = paper.number("change_sd", "sd", sd)
    t = float(change.mean()) / sd * np.sqrt(n)
    keys["t"] = paper.number("paired_t", "t", t, n=n)
    paper.add("paired_df", "df", f"{n - 1}", of="paired_t")
    _print_p(paper, "paired_p", float(2 * stdtr(n - 1, -abs(t))), {"of": "paired_t", "tail": "two"})
    keys["d"] = paper.number("d_z", "d", t / np.sqrt(n), n=n)
    _print_p(paper, "d_z_p", float(2 * stdtr(n - 1, -abs(t))), {"of": "d_z", "tail": "two"})
    paper.relate("comparison", design="paired", n=["n"], **keys)


def _regression(paper: Paper, n: int, data: dict[str, np.ndarray]) -> None:
    """A slope with SE, t or z, p and limits, and a partial correlation."""
    rng = paper.rng
    predictor, covariate = rng.normal(size=(2, n))
    design = np.column_stack([np.ones(n), predictor, covariate])
    slopes, *_ = np.linalg.lstsq(design, data["outcome"], rcond=None)
    residual = data["outcome"] - design @ slopes
    variance = residual @ residual / (n - 3) * np.linalg.inv(design.T @ design)[1, 1]
    b, se = float(slopes[1]), float(np.sqrt(variance))
    t = b / se
    paper.number("b", "coefficient", b)
    paper.number("b_se", "se", se, of="b")
    p = float(2 * stdtr(n - 3, -abs(t)))
    if rng.random() < 0.5:
        paper.number("b_t", "t", t, of="b")
        paper.add("b_df", "df", f"{n - 3}", of="b_t")
        _print_p(paper, "b_p", p, {"of": "b", "tail": "two"})
    else:
        paper.number("b_z", "z", t, of="b")
        _print_p(paper, "b_p", float(2 * ndtr(-abs(t))), {"of": "b_z", "tail": "two"})
    half = se * float(stdtrit(n - 3, 0.975))
    for kind, end in (("ci_low", b - half), ("ci_high", b + half)):
        paper.number(f"b_{kind}", kind, end, of="b")
    partial = t / np.sqrt(t * t + n - 3)
    paper.number("partial", "r", partial, n=n, covariates=1)
    paper.add("partial_df", "df", f"{n - 3}", of="partial")
    _print_p(paper, "partial_p", p, {"of": "partial", "tail": "two"})


def _counts(paper: Paper, n: int) -> None:
    """A chi-square of proportions, and its p."""
    df = int(paper.rng.integers(1, 5))
    chi2 = float(paper.rng.chisquare(df))
    paper.number("chi2", "chi2", chi2)
    paper.add("chi2_df", "df", f"{df}", of="chi2")
    _print_p(paper, "chi2_p", float(chdtrc(df, chi2)), {"of": "chi2", "tail": "two"})


def one_digit_changes(
    ledger: Mapping[str, Any], rng: np.random.Generator, count: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Copies of a ledger with one digit of one printed value changed, and the value's id."""
    numbers = [
        place
        for place, value in enumerate(ledger["values"])
        if any(sign.isdigit() for sign in value["printed"]) and "<" not in value["printed"]
    ]
    for _ in range(count):
        place = int(rng.choice(numbers))
        value = ledger["values"][place]
        digits = [at for at, sign in enumerate(value["printed"]) if sign.isdigit()]
        at = int(rng.choice(digits))
        other = str(rng.choice([d for d in "0123456789" if d != value["printed"][at]]))
        printed = value["printed"][:at] + other + value["printed"][at + 1 :]
        values = list(ledger["values"])
        values[place] = {**value, "printed": printed}
        yield value["id"], {**ledger, "values": values}
