"""`attune instruments`: what it prints, what it finds, and what it says about a lab's own key."""

import functools
from pathlib import Path
from typing import Any

import pytest
import yaml

from attune.printing.key_words import WIDTH, key_in_words
from attune.specs.instrument import Instrument
from attune.specs.registry import search
from attune_cli.main import main
from attune_files.yaml_file import read_instruments, read_yaml

KEYS = Path(__file__).parents[3] / "workflow" / "instruments"
REGISTRY = read_instruments(sorted(KEYS.glob("*.yaml")))


@functools.cache
def read_once(paths: tuple[Path, ...]) -> dict[str, Instrument]:
    return read_instruments(paths)


@pytest.fixture
def attune(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: Any) -> Any:
    """Runs `attune instruments ...` in an empty folder: status, output, errors."""
    monkeypatch.chdir(tmp_path)
    # The shipped keys do not change between two tests.
    monkeypatch.setattr("attune_cli.instruments.read_instruments", lambda p: read_once(tuple(p)))

    def run(*words: str) -> tuple[int, str, str]:
        status = main(["instruments", *words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def own_key(path: Path, **changes: Any) -> Path:
    """A lab's own key: the ten items of the CORE-10 under another name."""
    content = read_yaml(KEYS / "core_10.yaml") | {
        "instrument": "our_scale",
        "abbreviation": "OURS",
        "aliases": ["ours"],
        "look_alikes": [],
    }
    text = yaml.safe_dump(content | changes, sort_keys=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


class TestList:
    """The table of all keys, and of those that a text is found in."""

    def test_every_key_with_what_a_reader_compares(self, attune: Any) -> None:
        status, out, _ = attune()
        assert status == 0
        lines = {line.split()[0]: line.split() for line in out.splitlines()[1:] if line}
        assert set(lines) >= set(REGISTRY)
        assert lines["kims"][1:7] == ["KIMS", "39", "1", "to", "5", "18"]
        assert "verified-2-sources" in lines["kims"]
        assert "none" in lines["maas"]
        assert f"{len(REGISTRY)} scoring keys" in out

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("kims", {"kims"}),
            ("rosenberg", {"rses", "rses_alternative_order"}),
            ("WAI-s", {"wai_s", "wai_sr", "wai_srt"}),
            ("WAIS", {"wai_s", "wai_sr", "wai_srt"}),
            ("circumplex short", {"iip_sc"}),
            ("hopkins", {"hscl_58"}),  # an alias only
            ("welsh", {"wai_36", "wai_s", "wai_sr", "wai_srt"}),  # an acronym clash only
        ],
    )
    def test_search(self, text: str, found: set[str]) -> None:
        assert set(search(REGISTRY, text)) == found

    def test_what_is_found_comes_with_its_clashes(self, attune: Any) -> None:
        status, out, _ = attune("maas")
        assert status == 0
        assert "maas: of the same name: Maternal Antenatal Attachment Scale (MAAS)" in out
        assert "scoring keys" not in out
        assert "wai_s: do not confuse with wai_sr" in attune("wai_s")[1]

    def test_nothing_found(self, attune: Any) -> None:
        status, out, err = attune("kmis")
        assert (status, out) == (1, "")
        assert err == "There is no instrument 'kmis'.\n  - Did you mean 'kims'?\n"


class TestShow:
    """One key in full."""

    def test_everything_that_the_key_says(self, attune: Any) -> None:
        status, out, _ = attune("show", "kims")
        assert status == 0
        for said in (
            "Kentucky Inventory of Mindfulness Skills (KIMS)\n",
            "id kims, version 1.0\n",
            "39 items, answers 1 to 5; 18 reversed (R); filled in by therapist or patient\n",
            "  describe (Describe): sum of 8 items, from 8 to 40\n"
            "      items: 2, 6, 10, 14R, 18R, 22R, 26, 34\n"
            "      higher: more mindful\n",
            "a scale with at most 20% of its items missing is scored with the mean of the others",
            "Confidence in the key: verified-2-sources, a key on which independent sources agree\n",
            "519 complete records",
            "Common errors\n",
            "counts item 30 as Describe",
            "Do not confuse with\n  - ffmq_39\n",
            "  observe: 0.91 (US students; ",
            "Licence\n",
            "https://doi.org/10.1177/1073191104268029\n",
        ):
            assert said in out, said

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("ors", "answers 0 to 10 in steps of 0.1"),
            ("intrex", "once for each state: best, worst"),
            ("intrex", "7.8 x 3 Active Self-Love"),
            ("wai_sr", "Answers printed in the opposite order: items 2, 5, 6, 8, 10, 11."),
            ("scl_90_r", "how many of 90 items are 1 or more, from 0 to 90"),
            ("scl_90_r", "sum of 90 items, divided by pst, from 1 to 4"),
            ("ces_d", "a scale is scored where every item is answered"),
            ("scs_26", "divided by 120, from 1 to 5"),
        ],
    )
    def test_what_is_special(self, attune: Any, name: str, said: str) -> None:
        assert said in " ".join(attune("show", name)[1].split())

    @pytest.mark.parametrize("name", REGISTRY)
    def test_no_line_is_too_long(self, name: str) -> None:
        assert max(map(len, key_in_words(REGISTRY[name]))) <= WIDTH

    def test_by_a_name_that_one_key_has(self, attune: Any) -> None:
        assert attune("show", "CESD")[1] == attune("show", "ces_d")[1]

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("kimms", "There is no instrument 'kimms'.\n  - Did you mean 'kims'?"),
            ("hopkin", "Did you mean 'hscl_58'?"),  # close to an alias
            ("qwxz", "`attune instruments` lists all."),
            ("RSE", "More than one instrument is called 'RSE'.\n  - rses: "),
        ],
    )
    def test_an_unknown_name(self, attune: Any, name: str, said: str) -> None:
        status, _, err = attune("show", name)
        assert status == 1
        assert said in err

    def test_no_name(self, attune: Any) -> None:
        status, _, err = attune("show")
        assert status == 1
        assert "needs an instrument" in err


class TestCheck:
    """A lab's own key is one more YAML file."""

    def test_it_can_be_used_and_where_it_goes(self, attune: Any) -> None:
        status, out, _ = attune("check", str(own_key(Path("draft.yaml"))))
        assert status == 0
        assert out == (
            "draft.yaml can be used.\n"
            "Put it at workflow/instruments/our_scale.yaml, in the folder that attune is run in;"
            " no code is needed.\n"
        )

    def test_in_its_place_it_is_part_of_the_registry(self, attune: Any) -> None:
        placed = own_key(Path("workflow/instruments/our_scale.yaml"))
        assert "It is where attune looks for it" in attune("check", str(placed))[1]
        assert "OURS" in attune("our_scale")[1]
        assert attune("show", "ours")[0] == 0

    def test_every_problem_at_once(self, attune: Any) -> None:
        file = own_key(Path("draft.yaml"), reverse="2", raters=["nurse"], licens="x")
        status, out, err = attune("check", str(file))
        assert (status, out) == (1, "")
        assert err.startswith("draft.yaml cannot be used.\n")
        for said in ("reverse: should be a list", "raters.0", "Did you mean 'licence'?"):
            assert said in err

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"reverse": [2, 11]}, "reverse names items [11], but items go from 1 to 10"),
            ({"instrument": "Our Scale"}, "lower case letters, digits and underscores"),
            ({"anchor_flips": [0]}, "anchor_flips names items [0]"),
        ],
    )
    def test_what_is_wrong(self, attune: Any, changes: dict[str, Any], said: str) -> None:
        status, _, err = attune("check", str(own_key(Path("draft.yaml"), **changes)))
        assert status == 1
        assert said in err

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"citation_key": "us2024"}, "'us2024' has no entry in reports/assets/references.bib"),
            (
                {"look_alikes": ["core10"]},
                "'core10', which is not an instrument. Did you mean 'core_10'",
            ),
            ({"instrument": "kims"}, "it replaces attune's own kims (Kentucky"),
            ({"aliases": ["CORE10"]}, "core_10 (CORE-10) is called CORE10 as well"),
            (
                {"scales": {"half": {"label": "Half", "aggregation": "mean", "items": [1, 2]}}},
                "no scale uses the items 3, 4, 5, 6, 7, 8, 9, 10",
            ),
            (
                {"scales": {"half": {"label": "Half", "aggregation": "mean", "items": [1, 2]}}},
                "the reversed items 3 are in no scale",
            ),
        ],
    )
    def test_remarks_on_a_valid_key(self, attune: Any, changes: dict[str, Any], said: str) -> None:
        status, out, _ = attune("check", str(own_key(Path("draft.yaml"), **changes)))
        assert status == 0
        assert "draft.yaml can be used." in out
        assert said in out.partition("Remarks:")[2]

    def test_no_file(self, attune: Any) -> None:
        status, _, err = attune("check", "nowhere.yaml")
        assert status == 1
        assert "nowhere.yaml cannot be read" in err
