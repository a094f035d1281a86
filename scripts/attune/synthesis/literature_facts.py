"""Facts of the literature of a synthesis: what its sources say, and what they leave open."""

from collections.abc import Collection
from dataclasses import dataclass

from attune.printing.text import choice, one_line
from attune.printing.wording import in_sentence, with_apostrophes
from attune.specs.literature import Literature, Source
from attune.specs.synthesis import Synthesis
from attune.synthesis.wording import in_words, prose


@dataclass(frozen=True)
class SourceFacts:
    """One source in the document: what it says, and what it leaves open.

    Attributes
    ----------
    name : str
        Markdown: a citation of the bibliography, or the name by which the text calls the source.
    place : str
    kind : str
        study, meta-analysis or review.
    sentences, unknown : list of str
        Markdown; numbers in them carry the key of the literature file.
    """

    name: str
    place: str
    kind: str
    sentences: list[str]
    unknown: list[str]


class KeyedTexts:
    """Sentences of the literature files that hold numbers, each with the key that it comes from."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def __call__(self, text: str, key: str) -> str:
        """The sentence as Markdown; one with a digit carries its key."""
        text = with_apostrophes(text)
        if not any(map(str.isdigit, text)):
            return str(prose(text))
        name = key
        number = 1
        while self._texts.get(name, text) != text:
            number += 1
            name = f"{key}.{number}"
        self._texts[name] = text
        return str(choice(one_line(text), name))

    def as_sources(self) -> dict[str, set[str]]:
        """Key -> the sentence that it prints."""
        return {key: {str(prose(text))} for key, text in self._texts.items()}


def literature_facts(
    file: Literature, used: Collection[tuple[str, ...]], texts: KeyedTexts
) -> dict[str, object]:
    """A literature file, and those of its sources that the synthesis uses."""
    return {
        "title": prose(file.title),
        "author": f"@{file.citation_key}" if file.citation_key else str(prose(file.author)),
        "secondary": file.kind == "secondary",
        "called": str(prose(file.called)),
        "read": [
            source_name(source)
            for name, source in file.sources.items()
            if source.read and (file.literature, name) in used
        ],
        "note": texts(file.note, f"{file.literature}.note"),
        "sources": [
            _source(file, name, source, texts)
            for name, source in file.sources.items()
            if (file.literature, name) in used
        ],
    }


def used_sources(synthesis: Synthesis) -> set[tuple[str, ...]]:
    """Literature file and source of every effect that a synthesis names."""
    of_facets = synthesis.facets.effects if synthesis.facets else []
    names = [*synthesis.effects, *synthesis.reported, *of_facets]
    return {tuple(name.split(".")[:2]) for name in names}


def source_name(source: Source) -> str:
    """A citation of the bibliography, or the name by which the text calls the source."""
    return f"@{source.citation_key}" if source.citation_key else str(prose(in_words(source.label)))


def _introduced(file: Literature, source: Source) -> str:
    """The name at its first mention: what no bibliography has, with the work that cites it."""
    cited_in = source.cited_in or file.citation_key
    name = source_name(source)
    return name if source.citation_key or not cited_in else f"{name}, as cited in @{cited_in}"


def _source(file: Literature, name: str, source: Source, texts: KeyedTexts) -> SourceFacts:
    key = f"{file.literature}.{name}"
    notes = [effect.note for effect in source.effects.values() if effect.note]
    statements = dict.fromkeys([*source.known, *source.quality, *notes])
    return SourceFacts(
        name=_introduced(file, source),
        place=texts(source.place, f"{key}.place"),
        kind=source.kind.replace("_", "-"),
        sentences=[texts(sentence, f"{key}.known") for sentence in statements],
        unknown=[
            texts(str(in_sentence(words.strip().removesuffix("."))), f"{key}.unknown")
            for words in source.unknown
        ],
    )
