"""Each statistic names the scoring keys behind it."""

from pathlib import Path

import pandas as pd
import pytest

from attune.store.contracts import STATISTICS
from attune.store.instrument_versions import name_instruments
from attune_files.project import read_study
from attune_files.yaml_file import read_instruments

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("identifier", "x", "y", "named"),
    [
        (
            "alliance.kims_act.wai_patient.pearson_r",
            "kims_act",
            "wai_patient",
            "kims 9.1, wai_s 9.1",
        ),
        ("outcome.kims_act.iip_gain.pearson_r", "kims_act", "iip_gain", "iip_32 9.1, kims 9.1"),
        ("experience.kims_act.experience.pearson_r", "kims_act", "experience", "kims 9.1"),
        ("gains.scl_gain.imputed.slope", "scl_gain", None, "scl_90_r 9.1"),
        ("reliability.iip_32.pa.patient.intake.alpha", "iip_32.pa", None, "iip_32 9.1"),
        ("missingness.wai_s.therapist.session_3.missing_items", None, None, "wai_s 9.1"),
        ("sample.patient_age.mean", "patient_age", None, None),
        ("sample.all.n", None, None, None),
    ],
)
def test_terms_lead_to_their_keys(
    identifier: str, x: str | None, y: str | None, named: str | None
) -> None:
    study = read_study(ROOT / "workflow/studies/ryan2012.yaml")
    instruments = {
        name: key.model_copy(update={"version": "9.1"})
        for name, key in read_instruments(
            sorted((ROOT / "workflow/instruments").glob("*.yaml"))
        ).items()
    }
    row = dict.fromkeys(STATISTICS.schema.names) | {"id": identifier, "x": x, "y": y}
    found = name_instruments(pd.DataFrame([row]), study, instruments)["instruments"]
    assert found.tolist() == [named]


def test_what_is_missing_in_all_names_every_key() -> None:
    study = read_study(ROOT / "workflow/studies/ryan2012.yaml")
    paths = [ROOT / f"workflow/instruments/{name}.yaml" for name in ("kims", "wai_s")]
    ids = ["missingness.wai_s.therapist.session_3.missing_items", "missingness.all.missing_items",
           "missingness.kims.therapist.baseline.n_dyads", "sample.all.n"]  # fmt: skip
    blank = dict.fromkeys(STATISTICS.schema.names)
    rows = [blank | {"id": name, "analysis": name.partition(".")[0]} for name in ids]
    found = name_instruments(pd.DataFrame(rows), study, read_instruments(paths))["instruments"]
    assert found.fillna("").tolist() == ["wai_s 1.0", "kims 1.0, wai_s 1.0", "kims 1.0", ""]
    (alone,) = name_instruments(pd.DataFrame(rows[1:2]), study, read_instruments(paths))[
        "instruments"
    ]
    assert alone is None
