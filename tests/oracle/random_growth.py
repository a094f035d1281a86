"""The random data sets of R/mixed_models_random.R, drawn by the same generator."""

import pandas as pd


class _Lehmer:
    """Lehmer's generator, exact in doubles, so that R and Python draw the same numbers."""

    def __init__(self, number: int):
        self.state = 1000 + 7919 * number
        for _ in range(10):
            self.uniform()

    def uniform(self) -> float:
        self.state = 16807 * self.state % 2147483647
        return self.state / 2147483647

    def normal(self) -> float:
        total = -6.0
        for _ in range(12):
            total += self.uniform()
        return total

    def whole(self, low: int, high: int) -> int:
        return low + int((high - low + 1) * self.uniform())


def random_growth(number: int) -> pd.DataFrame:
    """Growth curves of patients in therapists; some of the variances are 0."""
    draw = _Lehmer(number)
    sizes = (0.0, 0.3, 1.0)
    sd_ther, sd_ther_slope, sd_pat, sd_pat_slope = (sizes[draw.whole(1, 3) - 1] for _ in range(4))
    rows = []
    patient = 0
    for ther in range(1, draw.whole(4, 9) + 1):
        a, b, train = sd_ther * draw.normal(), sd_ther_slope * draw.normal(), draw.normal()
        for _ in range(draw.whole(2, 5)):
            patient += 1
            level, slope = a + sd_pat * draw.normal(), b + sd_pat_slope * draw.normal()
            for time in range(draw.whole(3, 5)):
                y = 10 + level + (slope - 0.5) * time + 0.3 * train + draw.normal()
                rows.append((ther, patient, float(time), train, y))
    return pd.DataFrame(rows, columns=["ther", "pat", "time", "train", "y"])
