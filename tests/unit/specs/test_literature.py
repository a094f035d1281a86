"""Literature files: closed models, numbers as printed, and the files that ship."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import ROOT

from attune.specs.closed_model import read_as
from attune.specs.errors import ConfigurationError
from attune.specs.literature import Literature
from attune_files.synthesis_files import read_literature

SHIPPED = sorted((ROOT / "workflow/literature").glob("*.yaml"))


def content() -> dict[str, Any]:
    """A small literature file."""
    effect = {
        "title": "Empathy and outcome",
        "predictor": {"concept": "empathy", "label": "empathy"},
        "outcome": {"concept": "outcome", "label": "outcome"},
        "direction": "for",
        "k": 4,
        "n": 400,
        "sizes": [{"measure": "r", "printed": ".28", "interval": [".22", ".33"]}],
    }
    source = {
        "label": "Author (2000)",
        "citation": "Author (2000)",
        "year": 2000,
        "kind": "meta_analysis",
        "place": "Abstract",
        "effects": {"outcome": effect},
    }
    return {
        "literature": "small",
        "title": "A text",
        "author": "An author",
        "kind": "secondary",
        "sources": {"one": source},
    }


def refusal(spoil: Callable[[dict[str, Any]], object]) -> str:
    """Message of the error about a spoiled file."""
    spoiled = content()
    spoil(spoiled)
    with pytest.raises(ConfigurationError) as caught:
        read_as(Literature, spoiled, "small.yaml")
    return str(caught.value)


def effect_of(spoiled: dict[str, Any]) -> dict[str, Any]:
    return spoiled["sources"]["one"]["effects"]["outcome"]


def test_the_small_file_is_read() -> None:
    read = read_as(Literature, content(), "small.yaml")
    value = read.sources["one"].effects["outcome"].value("r")
    assert value is not None
    assert value.printed == ".28"
    assert read.sources["one"].effects["outcome"].value("g") is None


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda c: effect_of(c)["sizes"][0].update(printed=0.28), "0.28 without quotes"),
        (lambda c: effect_of(c)["sizes"][0].update(printed="about"), "printed"),
        (lambda c: effect_of(c)["sizes"][0].update(interval=[".33", ".22"]), ".33 is above .22"),
        (lambda c: effect_of(c)["sizes"][0].update(up_to=".40"), "either up_to or interval"),
        (lambda c: effect_of(c)["sizes"][0].update(se="0"), "a standard error is above 0"),
        (lambda c: effect_of(c)["sizes"][0].update(se=0.1), "0.1 without quotes"),
        (lambda c: effect_of(c)["sizes"][0].update(printed="1.28"), "r = 1.28 is beyond 1"),
        (
            lambda c: effect_of(c)["sizes"].append({"measure": "r", "printed": ".30"}),
            "r is given twice",
        ),
        (lambda c: effect_of(c).update(k_at_most=True, k=None), "k_at_most needs k"),
        (lambda c: effect_of(c).update(k=0), "k"),
        (lambda c: effect_of(c).update(direction="positive"), "'for'"),
        (lambda c: effect_of(c).update(same_as="two.outcome"), "'two.outcome' is not an effect"),
        (lambda c: c["sources"]["one"].update(updates="two"), "'two' is not a source"),
        (
            lambda c: c["sources"]["one"].update(kind="study", includes=["one"]),
            "a study includes no other sources",
        ),
        (lambda c: c["sources"]["one"].update(effect={}), "Did you mean 'effects'?"),
    ],
)
def test_what_is_refused(spoil: Callable[[dict[str, Any]], object], words: str) -> None:
    assert words in refusal(spoil)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_literature_is_read(path: Any) -> None:
    assert read_literature(path).kind == "secondary"


def test_every_source_of_the_seeds_is_entered() -> None:
    sources = {name for path in SHIPPED for name in read_literature(path).sources}
    assert sources == {
        *("cooper2020", "elliott2018", "elliott2011", "norcross2018", "escuriex2011"),
        *("grepmair2007", "stanley2006", "bruce2006", "vinca2007", "stratton2006", "ryan2012"),
        *("davis2011", "fap_mindfulness"),
    }


def test_the_values_of_the_seeds_are_entered_as_printed() -> None:
    sources = read_literature(ROOT / "workflow/literature/pprnet_blog.yaml").sources
    printed = {
        (name, key, value.measure): (value.printed, value.interval, value.up_to)
        for name, source in sources.items()
        for key, effect in source.effects.items()
        for value in effect.sizes
    }
    assert printed == {
        ("cooper2020", "personal_distress", "r"): ("-.42", ("-.55", "-.27"), None),
        ("cooper2020", "perspective_taking", "r"): (".28", (".15", ".40"), None),
        ("elliott2018", "outcome", "r"): (".28", (".22", ".33"), None),
        ("elliott2018", "outcome", "d"): (".58", None, None),
        ("elliott2018", "outcome", "variance_percent"): ("9", None, None),
        ("elliott2011", "outcome", "r"): (".31", None, None),
        ("norcross2018", "alliance_individual", "g"): (".57", None, None),
        ("norcross2018", "alliance_couple", "g"): (".62", None, None),
        ("norcross2018", "alliance_adolescent", "g"): (".40", None, None),
        ("norcross2018", "collaboration", "g"): (".61", None, None),
        ("norcross2018", "goal_consensus", "g"): (".49", None, None),
        ("norcross2018", "cohesion", "g"): (".56", None, None),
        ("norcross2018", "empathy", "g"): (".58", None, None),
        ("norcross2018", "feedback", "g"): (".14", None, ".49"),
        ("norcross2018", "countertransference", "g"): (".84", None, None),
        ("norcross2018", "rupture_repair", "g"): (".62", None, None),
    }


class TestRiskOfBias:
    """Judgements of studies, in the words of their tools."""

    def test_it_is_read(self) -> None:
        given = content()
        given["sources"]["one"] |= {
            "risk_of_bias": {"tool": "RoB 2", "overall": "some concerns"},
            "certainty": "moderate",
        }
        source = read_as(Literature, given, "small.yaml").sources["one"]
        assert source.risk_of_bias is not None
        assert (source.risk_of_bias.overall, source.certainty) == ("some concerns", "moderate")

    @pytest.mark.parametrize(
        ("key", "value", "words"),
        [
            ("risk_of_bias", {"tool": "RoB 2", "overall": "serious"}, "low, some concerns, high"),
            ("risk_of_bias", {"tool": "Jadad", "overall": "low"}, "allowed are RoB 2, RoB 1"),
            ("certainty", "fair", "moderate"),
        ],
    )
    def test_other_words_are_refused_with_those_allowed(
        self, key: str, value: object, words: str
    ) -> None:
        assert words in refusal(lambda c: c["sources"]["one"].update({key: value}))
