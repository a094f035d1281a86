"""Whether printed values contradict each other, found by trying: the oracle of the checks.

Nothing here uses the checks or the library's intervals. Every input is tried at many values of its
rounding interval, the ends included; data sets of whole numbers are counted exhaustively; matrices
are sought by alternating projections. What no trial gives is called broken.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import gammaln

Ends = tuple[float, float]
Judgement = tuple[str, str | None, bool | None]
"""Check, id of the judged value (None: whichever the check names), whether its bound is broken;
None where trying does not tell."""

EDGE = 1e-9
THRESHOLDS = {
    "r": (("small", 0.1, 0.3), ("medium", 0.3, 0.5), ("large", 0.5, 9.0)),
    "d": (("small", 0.2, 0.5), ("medium", 0.5, 0.8), ("large", 0.8, 99.0)),
}


LIMITS = {
    "r": (-1, 1),
    **dict.fromkeys(("p", "stars", "r_squared", "eta_squared"), (0, 1)),
    **dict.fromkeys(("percent", "r_squared_percent"), (0, 100)),
    **dict.fromkeys(("sd", "se", "F", "chi2", "df", "count"), (0, np.inf)),
}


def plain(printed: str) -> str:
    return printed.replace("\N{MINUS SIGN}", "-")


def places(printed: str) -> int:
    return len(plain(printed).partition(".")[2])


def ends_of(value: Mapping[str, Any]) -> Ends:
    """Between which numbers the unrounded value lies."""
    if "below" in value or "at_least" in value:
        return float(value.get("at_least", 0)), float(value.get("below", 1))
    if "<" in value["printed"]:
        return 0.0, float(value["printed"].split("<")[1])
    number = float(plain(value["printed"]))
    if value["kind"] in ("count", "df", "constant"):
        return number, number
    half = 0.5 / 10 ** places(value["printed"])
    low, high = number - half, number + half
    if value["kind"] == "r":
        low, high = max(-1.0, low), min(1.0, high)
    if value["kind"] in LIMITS and LIMITS[value["kind"]][0] == 0:
        low = max(0.0, low)
    return low, high


def grid(ends: Ends, steps: int = 21) -> np.ndarray:
    return np.linspace(*ends, steps)


def apart(found: Ends, needed: Ends) -> bool:
    return found[1] < needed[0] - EDGE or found[0] > needed[1] + EDGE


def hull(values: np.ndarray) -> Ends:
    return float(np.min(values)), float(np.max(values))


def judgements(ledger: Mapping[str, Any], changed: str) -> Iterator[Judgement]:
    """Every check that the changed value takes part in, and whether its bound is broken now."""
    values = {value["id"]: value for value in ledger["values"]}
    impossible = _impossible(values[changed])
    yield "possible_number", changed, impossible
    if impossible:
        # No other check uses it.
        return
    yield from _of_owner(values, changed)
    yield from _of_estimate(values, changed)
    relations = ledger["relations"]
    for relation in relations.get("comparison", []):
        yield from _comparison(values, relation, changed)
        if changed in relation["n"] and len(relation["n"]) == 2:
            for p in values.values():
                if p["kind"] == "p" and p.get("of") in {relation.get("d"), relation.get("g")} - {
                    None
                }:
                    yield "p_from_d", p["id"], _p(values, values[p["of"]], p)
    for relation in relations.get("percentage", []):
        if changed in (relation["percent"], relation.get("count"), relation["base"]):
            yield "percentage", relation["percent"], _percentage(values, relation)
    for relation in relations.get("parts_of_whole", []):
        if changed in (relation["whole"], *relation["parts"]):
            judged = relation["whole"] if relation["whole"] in values else relation["parts"][0]
            yield "parts_of_whole", judged, _sum(values, relation)
    for relation in relations.get("same_quantity", []):
        if changed in relation["values"]:
            one, two = (ends_of(values[name]) for name in relation["values"])
            yield "same_quantity", None, apart(one, two)
    for relation in relations.get("degrees_of_freedom", []):
        if changed in (relation["df"], *relation["cases"]):
            n = sum(int(values[name]["printed"]) for name in relation["cases"])
            df = int(values[relation["df"]]["printed"])
            yield "degrees_of_freedom", relation["df"], df != n - 2
    for df in values.values():
        owner = values.get(df.get("of", ""))
        if df["kind"] == "df" and owner and "n" in owner and changed in (df["id"], owner["id"]):
            yield from _df_of_stated_n(relations, df, owner)
    for relation in relations.get("effect_label", []):
        if changed == relation["value"]:
            yield "effect_label", changed, _word(values, relation)
    for relation in relations.get("granularity", []):
        yield from _granularity(values, relation, changed)
    for relation in relations.get("range", []):
        if changed in relation.values():
            yield from _range(values, relation)
    for relation in relations.get("sum_score", []):
        yield from _sum_score(values, relation, changed)
    for relation in relations.get("correlation_matrix", []):
        if changed in relation["cells"].values():
            yield "correlation_matrix", None, _matrix(values, relation)


def _impossible(value: Mapping[str, Any]) -> bool:
    if "<" in value["printed"] or not any(sign.isdigit() for sign in value["printed"]):
        return False
    low, high = LIMITS.get(value["kind"], (-np.inf, np.inf))
    number = float(plain(value["printed"]))
    half = 0.5 / 10 ** places(value["printed"])
    return number - half > high + EDGE or number + half < low - EDGE


def _df_of_stated_n(
    relations: Mapping[str, Any], df: Mapping[str, Any], owner: Mapping[str, Any]
) -> Iterator[Judgement]:
    """The df of a statistic that states its n, where no relation ties it to printed sizes."""
    if any(entry["df"] == df["id"] for entry in relations.get("degrees_of_freedom", [])):
        return
    n, printed = owner["n"], int(df["printed"])
    right = [n - 2 - owner["covariates"]] if owner["kind"] == "r" else [n - 1, n - 2]
    yield "degrees_of_freedom", df["id"], printed not in right


def _of_owner(values: Mapping[str, Mapping[str, Any]], changed: str) -> Iterator[Judgement]:
    """p, stars and shares of variance of the changed value, or the changed one itself."""
    owner = values[changed].get("of", changed)
    if values[owner]["kind"] in ("coefficient", "mean", "difference"):
        # Its p is that of its t.
        tests = [v["id"] for v in values.values() if v.get("of") == owner and v["kind"] in "tz"]
        if changed in (*tests, f"{owner}_p"):
            yield from _of_tested(values, tests, owner, changed)
        if changed not in tests:
            return
        owner = changed
    elif values[owner].get("of") and values[changed]["kind"] == "df":
        # A changed df of the t of an estimate.
        yield from _of_tested(values, [owner], values[owner]["of"], changed)
    bound = [value for value in values.values() if value.get("of") == owner]
    for value in bound:
        if changed not in (owner, value["id"]) and values[changed]["kind"] != "df":
            continue
        kind = value["kind"]
        if kind in ("p", "stars"):
            check = "stars" if kind == "stars" else CHECK_OF_P[values[owner]["kind"]]
            yield check, value["id"], _p(values, values[owner], value)
        elif kind.startswith("r_squared"):
            scale = 100 if kind.endswith("percent") else 1
            squares = grid(ends_of(values[owner]), 2001) ** 2 * scale
            yield "r_squared", value["id"], apart(hull(squares), ends_of(value))
        elif kind == "eta_squared":
            df1, df2 = _df(values, owner)
            f = grid(ends_of(values[owner]), 201)
            if min(df1, df2) > 0:
                most = float(np.max(f * df1 / (f * df1 + df2)))
                yield "eta_squared", value["id"], ends_of(value)[0] > most + EDGE
    stars = [value for value in bound if value["kind"] == "stars"]
    for p in (value for value in bound if value["kind"] == "p" and value["id"] == changed):
        for star in stars:
            yield "stars_and_p", star["id"], apart(ends_of(p), ends_of(star))


CHECK_OF_P = {
    "r": "p_from_r",
    **dict.fromkeys(("t", "F", "z", "chi2"), "p_from_t"),
    **dict.fromkeys("dg", "p_from_d"),
}


def _of_tested(
    values: Mapping[str, Mapping[str, Any]], tests: Sequence[str], owner: str, changed: str
) -> Iterator[Judgement]:
    """The p of an estimate, which its one t or z gives."""
    for value in values.values():
        if value.get("of") == owner and value["kind"] == "p" and len(tests) == 1:
            yield "p_from_t", value["id"], _p(values, values[tests[0]], value)


def _of_estimate(values: Mapping[str, Mapping[str, Any]], changed: str) -> Iterator[Judgement]:
    """t or z, SE and limits of an estimate."""
    owner = values[changed].get("of", changed)
    if values[owner]["kind"] not in ("mean", "difference", "coefficient"):
        return
    mine = [value for value in values.values() if value.get("of") == owner]
    of_kind = {value["kind"]: value for value in mine}
    estimate = grid(ends_of(values[owner]), 41)
    for kind in ("ci_low", "ci_high"):
        if kind in of_kind and changed in (owner, of_kind[kind]["id"]):
            low, high = ends_of(of_kind[kind])
            broken = (
                low > estimate.max() + EDGE if kind == "ci_low" else high < estimate.min() - EDGE
            )
            yield "confidence_limits", of_kind[kind]["id"], broken
    if "se" not in of_kind:
        return
    error = grid(ends_of(of_kind["se"]), 41)
    for kind in ("t", "z"):
        if kind in of_kind and changed in (owner, of_kind["se"]["id"], of_kind[kind]["id"]):
            with np.errstate(divide="ignore", invalid="ignore"):
                found = np.nan_to_num(np.divide.outer(estimate, error), posinf=1e9, neginf=-1e9)
            yield (
                "estimate_and_test",
                of_kind[kind]["id"],
                apart(hull(found), ends_of(of_kind[kind])),
            )
    if "sd" in of_kind and changed in (of_kind["sd"]["id"], of_kind["se"]["id"]):
        found = grid(ends_of(of_kind["sd"])) / np.sqrt(values[owner]["n"])
        yield "standard_error", of_kind["se"]["id"], apart(hull(found), ends_of(of_kind["se"]))


def _df(values: Mapping[str, Mapping[str, Any]], owner: str) -> list[int]:
    return [
        int(value["printed"])
        for value in values.values()
        if value.get("of") == owner and value["kind"] == "df"
    ]


def _p(
    values: Mapping[str, Mapping[str, Any]], owner: Mapping[str, Any], value: Mapping[str, Any]
) -> bool | None:
    found = grid(ends_of(owner), 201)
    df = _df(values, owner["id"])
    if any(size < 1 for size in df):
        return False
    if owner["kind"] == "r":
        df = df or [owner["n"] - 2]
        inside = np.clip(found, -1 + 1e-15, 1 - 1e-15)
        found = inside * np.sqrt(df[0] / (1 - inside**2))
    elif owner["kind"] in "dg":
        return _p_of_effect(values, owner, value)
    elif owner["kind"] == "F":
        return apart(hull(stats.f.sf(found, *df)), ends_of(value))
    elif owner["kind"] == "chi2":
        return apart(hull(stats.chi2.sf(found, *df)), ends_of(value))
    elif owner["kind"] == "z":
        return apart(hull(2 * stats.norm.sf(np.abs(found))), ends_of(value))
    if value["tail"] == "two":
        p = 2 * stats.t.sf(np.abs(found), df[0])
    else:
        p = stats.t.sf(found if value["direction"] == "positive" else -found, df[0])
    return apart(hull(p), ends_of(value))


def _p_of_effect(
    values: Mapping[str, Mapping[str, Any]], owner: Mapping[str, Any], value: Mapping[str, Any]
) -> bool | None:
    """d or g by every SD that it may be standardized with; without group sizes only from above."""
    sizes = np.abs(grid(ends_of(owner), 401))
    if "n" in owner:
        # Of pairs or of groups of unknown size: the least is that of a group of two.
        n = owner["n"]
        least = sizes.min() * (n - 2) / n if ends_of(owner)[0] * ends_of(owner)[1] > 0 else 0.0
        return ends_of(value)[0] > 2 * stats.t.sf(least, n - 2) + EDGE
    n1, n2 = (int(values[name]["printed"]) for name in ("first", "second"))
    n, df = n1 + n2, n1 + n2 - 2
    if min(n1, n2) < 2:
        # One case has no SD.
        return None
    angles = np.linspace(0, np.pi / 2, 2001)
    one, two = np.sin(angles) ** 2, np.cos(angles) ** 2
    mean_square = np.sqrt((one + two) / 2 / (((n1 - 1) * one + (n2 - 1) * two) / df))
    ratios = np.concatenate([mean_square, [1.0]])
    if owner["kind"] == "d":
        ratios = np.concatenate([ratios, [np.sqrt(df / n)]])
    corrections = 1 / np.array([1.0, 1 - 3 / (4 * df - 1), _exact_correction(df)])
    factors = np.multiply.outer(ratios, corrections).ravel() * np.sqrt(n1 * n2 / n)
    crosses = ends_of(owner)[0] <= 0 <= ends_of(owner)[1]
    t = hull(np.multiply.outer([0.0 if crosses else sizes.min(), sizes.max()], factors))
    return apart(hull(2 * stats.t.sf(np.array(t), df)), ends_of(value))


def _exact_correction(df: int) -> float:
    return float(np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2))


SINGLE = ("difference", "difference_sd", "se", "t", "f", "p", "d", "g", "ci_low", "ci_high")
"""Keys of a comparison with one printed value."""


def _comparison(
    values: Mapping[str, Mapping[str, Any]], relation: Mapping[str, Any], changed: str
) -> Iterator[Judgement]:
    """Means, SDs or SEs at many values of their intervals, and every formula for what follows."""
    numbers = [int(values[name]["printed"]) for name in relation["n"]]
    if min(numbers) < 1:
        return
    names = {key: name for key, name in relation.items() if key in SINGLE}
    spreads = relation.get("sds") or relation.get("ses")
    inputs = {*relation["means"], *spreads, *relation["n"], *names.values()}
    if changed not in inputs:
        return
    if changed in relation["n"] and min(numbers) < 2:
        for key in names:
            yield "comparison", names[key], None
        return
    m1, m2 = (grid(ends_of(values[name]), 9) for name in relation["means"])
    difference = np.abs(np.subtract.outer(m1, m2)).ravel()
    if ends_of(values[relation["means"][0]])[1] >= ends_of(values[relation["means"][1]])[0] and (
        ends_of(values[relation["means"][1]])[1] >= ends_of(values[relation["means"][0]])[0]
    ):
        difference = np.append(difference, 0.0)
    signed = np.subtract.outer(m1, m2).ravel()
    s1, s2 = np.meshgrid(*(grid(ends_of(values[name]), 9) for name in spreads))
    s1, s2 = s1.ravel(), s2.ravel()
    if "ses" in relation:
        s1, s2 = s1 * np.sqrt(numbers[0]), s2 * np.sqrt(numbers[-1])
    yield from _of_difference(values, names, difference)
    errors, standardizers = (
        _paired(values, names, numbers[0], s1, s2)
        if relation["design"] == "paired"
        else _independent(numbers, s1, s2)
    )
    if "se" in names:
        yield "comparison", names["se"], _none_fits(errors.values(), ends_of(values[names["se"]]))
    with np.errstate(divide="ignore", invalid="ignore"):
        ts = [_quotients(difference, error) for error in errors.values()]
        for key, found in (("t", ts), ("f", [t**2 for t in ts])):
            if key in names:
                yield "comparison", names[key], _none_fits(found, _size(values[names[key]]))
        df = sum(numbers) - (1 if relation["design"] == "paired" else 2)
        if "p" in names and values[names["p"]]["tail"] == "two":
            sizes = {name: hull(t) for name, t in zip(errors, ts, strict=True)}
            df_of = {"welch": _welch_df(numbers, s1, s2)} if len(numbers) > 1 else {}
            found = [
                2 * stats.t.sf(np.array(t)[:, None], df_of.get(name, [df]))
                for name, t in sizes.items()
            ]
            yield "comparison", names["p"], _none_fits(found, ends_of(values[names["p"]]))
        for key in ("d", "g"):
            if key not in names:
                continue
            raw = [_quotients(difference, sd) for sd in standardizers]
            corrected = [
                np.concatenate([x * (1 - 3 / (4 * df - 1)), x * _exact_correction(df)]) for x in raw
            ]
            found = corrected if key == "g" else raw + corrected
            yield "comparison", names[key], _none_fits(found, _size(values[names[key]]))
    if "difference" in names and "se" in names and "t" in names:
        sizes = _size(values[names["difference"]])
        found = _quotients(np.array(sizes), grid(ends_of(values[names["se"]])))
        yield "comparison", names["t"], _none_fits([found], _size(values[names["t"]]))
    df_of = {"welch": _welch_df(numbers, s1, s2)} if len(numbers) > 1 else {}
    yield from _limits(values, names, df_of, df, signed, errors)


def _welch_df(numbers: Sequence[int], s1: np.ndarray, s2: np.ndarray) -> Ends:
    """Fewest and most degrees of freedom over the SDs that were tried."""
    n1, n2 = numbers
    a, b = s1**2 / n1, s2**2 / n2
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))
    if not np.isfinite(found).all():
        return min(n1, n2) - 1.0, n1 + n2 - 2.0
    best = (n1 - 1) / (n2 - 1)
    inside = a.min() <= best * b.max() and a.max() >= best * b.min()
    return float(found.min()), n1 + n2 - 2.0 if inside else float(found.max())


def _size(value: Mapping[str, Any]) -> Ends:
    low, high = ends_of(value)
    if low <= 0 <= high:
        return 0.0, max(abs(low), abs(high))
    return min(abs(low), abs(high)), max(abs(low), abs(high))


def _quotients(sizes: np.ndarray, divisors: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(np.divide.outer(hull(sizes), divisors).ravel(), nan=0.0, posinf=1e9)


def _none_fits(found: Iterable[np.ndarray], needed: Ends) -> bool:
    return all(apart(hull(values), needed) for values in found)


def _of_difference(
    values: Mapping[str, Mapping[str, Any]], names: Mapping[str, str], difference: np.ndarray
) -> Iterator[Judgement]:
    if "difference" in names:
        printed = values[names["difference"]]
        yield "comparison", names["difference"], apart(hull(difference), _size(printed))


def _independent(
    numbers: Sequence[int], s1: np.ndarray, s2: np.ndarray
) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    n1, n2 = numbers
    n = n1 + n2
    pooled = np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n - 2))
    errors = {
        "student": pooled * np.sqrt(1 / n1 + 1 / n2),
        "welch": np.sqrt(s1**2 / n1 + s2**2 / n2),
    }
    by_n = pooled * np.sqrt((n - 2) / n)
    return errors, [pooled, by_n, np.sqrt((s1**2 + s2**2) / 2), (s1 + s2) / 2, s1, s2]


def _paired(
    values: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, str],
    n: int,
    s1: np.ndarray,
    s2: np.ndarray,
) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """The SD of the differences as printed, or with every correlation of the pairs."""
    if "difference_sd" in names:
        sd = grid(ends_of(values[names["difference_sd"]]))
    else:
        r = np.linspace(-1, 1, 21)[:, None]
        sd = np.sqrt(np.clip(s1**2 + s2**2 - 2 * r * s1 * s2, 0, None)).ravel()
        if s1.min() <= s2.max() and s2.min() <= s1.max():
            sd = np.append(sd, 0.0)
    _, others = _independent((n, n), s1, s2)
    return {"paired": sd / np.sqrt(n)}, [sd, *others]


def _limits(
    values: Mapping[str, Mapping[str, Any]],
    names: Mapping[str, str],
    df_of: Mapping[str, Ends],
    df: int,
    signed: np.ndarray,
    errors: Mapping[str, np.ndarray],
) -> Iterator[Judgement]:
    """Limits with the quantile of the normal distribution up to that of the fewest df."""
    for key, side in (("ci_low", -1), ("ci_high", 1)):
        if key not in names:
            continue
        found = []
        for name, error in errors.items():
            quantiles = [stats.norm.ppf(0.975), *stats.t.ppf(0.975, df_of.get(name, (df,)))]
            widths = np.multiply.outer(quantiles, hull(error)).ravel()
            ends = np.array(hull(signed))
            found += [np.add.outer(order * ends, side * widths) for order in (-1, 1)]
        yield "comparison", names[key], _none_fits(found, ends_of(values[names[key]]))


def _percentage(values: Mapping[str, Mapping[str, Any]], relation: Mapping[str, Any]) -> bool:
    base = int(values[relation["base"]]["printed"])
    counts = range(base + 1)
    if "count" in relation:
        counts = range(c := int(values[relation["count"]]["printed"]), c + 1)
    low, high = ends_of(values[relation["percent"]])
    if base == 0:
        return False
    return not any(
        low - EDGE <= 100 * count / base <= high + EDGE and count <= base for count in counts
    )


def _sum(values: Mapping[str, Mapping[str, Any]], relation: Mapping[str, Any]) -> bool:
    parts = [ends_of(values[name]) for name in relation["parts"]]
    name = relation["whole"]
    whole = ends_of(values[name]) if name in values else (float(name), float(name))
    return apart((sum(low for low, _ in parts), sum(high for _, high in parts)), whole)


def _word(values: Mapping[str, Mapping[str, Any]], relation: Mapping[str, Any]) -> bool:
    sizes = np.abs(grid(ends_of(values[relation["value"]]), 401))
    _, low, high = next(
        threshold
        for threshold in THRESHOLDS[relation["measure"]]
        if threshold[0] == relation["label"]
    )
    return not np.any((sizes >= low - EDGE) & (sizes < high))


@cache
def reachable(n: int, largest: int) -> tuple[int, ...]:
    """Sum of n whole numbers from 0 to largest -> the sums of squares that exist, as bits."""
    before = [1]
    for _ in range(n):
        after = [0] * (len(before) + largest)
        for total, squares in enumerate(before):
            for number in range(largest + 1):
                after[total + number] |= squares << number**2
        before = after
    return tuple(before)


def _granularity(
    values: Mapping[str, Mapping[str, Any]], relation: Mapping[str, Any], changed: str
) -> Iterator[Judgement]:
    mean, sd, n = relation["mean"], relation["sd"], int(values[relation["n"]]["printed"])
    if changed not in (mean, sd):
        if changed == relation["n"]:
            # It would take tables of every size.
            yield from (("granularity", name, None) for name in (mean, sd))
        return
    unit = relation["items"] if relation["score"] == "mean" else 1
    least, span = (relation["items"] * end for end in _answers(relation))
    low, high = (end * n * unit for end in ends_of(values[mean]))
    table = reachable(n, span)
    sums = [s for s in range(len(table)) if low - EDGE <= s + n * least <= high + EDGE]
    if changed == mean:
        yield "granularity", mean, not sums
    if not sums:
        return
    ends = [(n - 1) * (end * unit) ** 2 for end in ends_of(values[sd])]
    yield "granularity", sd, not any(_has_squares(table[s], s, n, ends) for s in sums)


def _answers(relation: Mapping[str, Any]) -> tuple[int, int]:
    return relation["lowest"], relation["highest"] - relation["lowest"]


def _has_squares(bits: int, total: int, n: int, ends: Sequence[float]) -> bool:
    first = int(np.ceil(ends[0] + total**2 / n - EDGE))
    last = int(np.floor(ends[1] + total**2 / n + EDGE))
    if last < first:
        return False
    return bool((bits >> first) & ((1 << (last - first + 1)) - 1))


def _range(
    values: Mapping[str, Mapping[str, Any]], relation: Mapping[str, Any]
) -> Iterator[Judgement]:
    ends = {
        key: ends_of(values[name]) if name in values else (float(name), float(name))
        for key, name in relation.items()
    }
    n = int(values["n"]["printed"])
    if n < 3:
        for key in ("mean", "median", "sd", "minimum", "maximum"):
            yield "range", relation.get(key, ""), None
        return
    least, most = ends["lowest"], ends["highest"]
    both = "minimum" in ends
    if least[0] > most[1] + EDGE:
        named = [relation[key] for key in ("lowest", "highest") if relation[key] in values]
        yield "range", named[0], True
        return
    if both and ends["minimum"][0] > ends["maximum"][1] + EDGE:
        yield "range", relation["minimum"], True
        return
    small, large = (ends["minimum"], ends["maximum"]) if both else (least, most)
    if both:
        yield "range", relation["minimum"], small[1] < least[0] - EDGE or small[0] > large[1] + EDGE
        yield "range", relation["maximum"], large[0] > most[1] + EDGE or large[1] < least[0] - EDGE
    # A minimum or maximum beyond its limit is told; the rest is judged by what is printed.
    if small[1] >= least[0]:
        small = (max(small[0], least[0]), small[1])
    if large[0] <= most[1]:
        large = (large[0], min(large[1], most[1]))
    tried = [(a, b) for a in grid(small, 9) for b in grid(large, 9) if a <= b + EDGE]
    if not tried:
        # Limits that contradict each other leave room for nobody.
        for key in ("mean", "median"):
            if key in relation:
                yield "range", relation[key], True
        return
    if "median" in ends:
        found = (min(a for a, _ in tried), max(b for _, b in tried))
        yield "range", relation["median"], apart(found, ends["median"])
    means = [(a, a + (b - a) / n, b - (b - a) / n, b) for a, b in tried]
    found = (
        min(m[1] if both else m[0] for m in means),
        max(m[2] if both else m[3] for m in means),
    )
    broken = apart(found, ends["mean"])
    yield "range", relation["mean"], broken
    if not broken:
        yield "range", relation["sd"], _deviation_broken(ends, tried, n, both)


def _deviation_broken(
    ends: Mapping[str, Ends], tried: Sequence[tuple[float, float]], n: int, both: bool
) -> bool:
    """Every least, largest and mean that was tried, with the most extreme data sets for them."""
    a, b, mean = (np.array(entry) for entry in zip(*_with_means(ends, tried), strict=True))
    # Most spread: persons at the largest, at the least, and one in between.
    full = np.clip(np.floor((mean - a) * n / np.where(b > a, b - a, 1)), 0, n - 1)
    last = n * mean - full * b - (n - 1 - full) * a
    high = full * (b - mean) ** 2 + (n - 1 - full) * (a - mean) ** 2 + (last - mean) ** 2
    inside = (a - EDGE <= mean) & (mean <= b + EDGE)
    low = np.zeros_like(mean)
    if both:
        # Least spread: one person at either end, all others equal.
        rest = (n * mean - a - b) / (n - 2)
        low = (a - mean) ** 2 + (b - mean) ** 2 + (n - 2) * (rest - mean) ** 2
        inside &= (a - EDGE <= rest) & (rest <= b + EDGE)
    if not inside.any():
        return False
    least = low[inside].min()
    if "median" in ends:
        away = max(0.0, ends["mean"][0] - ends["median"][1], ends["median"][0] - ends["mean"][1])
        least = max(least, n * away**2)
    found = np.sqrt(least / (n - 1)), np.sqrt(high[inside].max() / (n - 1))
    return apart(found, ends["sd"])


def _with_means(
    ends: Mapping[str, Ends], tried: Sequence[tuple[float, float]]
) -> Iterator[tuple[float, float, float]]:
    for a, b in tried:
        for mean in grid(ends["mean"], 21):
            yield a, b, float(mean)


def _sum_score(
    values: Mapping[str, Mapping[str, Any]], relation: Mapping[str, Any], changed: str
) -> Iterator[Judgement]:
    total = ends_of(values[relation["total_sd"]])
    parts = [ends_of(values[name]) for name in relation["part_sds"]]
    named = (relation["total_sd"], *relation["part_sds"])
    corners = np.array(list(product(*(grid(part, 5) for part in parts))))
    sums = corners.sum(1)
    least = np.maximum(0, 2 * corners.max(1) - sums)
    if changed in named:
        yield "sum_score", relation["total_sd"], apart((least.min(), sums.max()), total)
    for entry in relation["correlations"]:
        if changed not in (*named, entry["total"], *entry["parts"]):
            continue
        if total[0] <= 0:
            continue
        rs = np.array(list(product(*(ends_of(values[name]) for name in entry["parts"]))))
        ratios = []
        for sd in grid(total, 21):
            fitting = corners[(least <= sd + EDGE) & (sums >= sd - EDGE)]
            if apart((least.min(), sums.max()), total):
                # The SDs contradict each other, which is told; nothing narrows the total's.
                fitting = corners
            if len(fitting):
                ratios.append(hull(fitting @ rs.T / sd))
        if ratios:
            found = (min(low for low, _ in ratios), max(high for _, high in ratios))
            broken = apart(found, ends_of(values[entry["total"]]))
            yield "sum_score", entry["total"], broken


def _matrix(values: Mapping[str, Mapping[str, Any]], relation: Mapping[str, Any]) -> bool | None:
    """Alternating projections between the box of cells and the matrices that can be."""
    place = {name: number for number, name in enumerate(relation["variables"])}
    size = len(place)
    low, high = -np.ones((size, size)), np.ones((size, size))
    for cell, name in relation["cells"].items():
        i, j = (place[part.strip()] for part in cell.split(","))
        low[i, j], high[i, j] = ends_of(values[name])
        low[j, i], high[j, i] = low[i, j], high[i, j]
    np.fill_diagonal(low, 1)
    np.fill_diagonal(high, 1)
    matrix, distances = (low + high) / 2, []
    for _ in range(2_000):
        eigenvalues, vectors = np.linalg.eigh(matrix)
        nearest = (vectors * np.clip(eigenvalues, 0, None)) @ vectors.T
        matrix = np.clip(nearest, low, high)
        distances.append(np.abs(matrix - nearest).max())
        if distances[-1] < 1e-8:
            return False
    # Sets that do not meet keep their distance; sets that do are approached for ever.
    return True if distances[-1] > 0.99 * distances[len(distances) // 2] else None
