"""Words of a document that look British, found without the table that respells documents."""

import re
from collections.abc import Iterable
from pathlib import Path

from attune.printing.spelling import spellings

BRITISH = re.compile(
    r"\w*(?:[^\W_]is(?:e|ed|es|er|ers|ing|ation|ations)|[^\W_]our(?:s|ed|ing|al|able)?"
    r"|lys(?:e|ed|ing)|tr(?:e|es|ed|ing)|ell(?:ed|ing)|licences?|judgements?|programmes?|towards"
    r"|afterwards|whilst|amongst|learnt|grey|catalogues?|artefacts?|ageing|fulfil|enrolment)",
    re.IGNORECASE,
)
"""How British spelling looks."""

NOT_BRITISH = re.compile(
    r"\w*(?:wise|cise|raise[ds]?|rise[ns]?|revise[ds]?|premise[ds]?|promise[ds]?|noise|exercise[ds]?"
    r"|compris(?:e|es|ed|ing)|advise[ds]?|surpris(?:e|ed|ing)|devise[ds]?|supervis(?:e|ed|ing)"
    r"|(?:^|\b)(?:h|f|y|sc|t|p|encl)?our(?:s|ed|ing)?|four|hours?|sources?|resources?|courses?"
    r"|your|pouring|contours?|encouraging|metre|tell(?:ing)?|spell(?:ed|ing)|entrée|stre|compell(?:ed|ing))",
    re.IGNORECASE,
)


def british_words(source: Path, own: Iterable[Path], more: Iterable[str] = ()) -> set[str]:
    """Words of a Quarto source that look British and that no author's file holds.

    The header, the references, attributes, code, addresses and keys are left out; `more`: texts
    that are shown beside the source.
    """
    text = source.read_text(encoding="utf-8").split("\n---\n", 1)[1].partition("\n# References")[0]
    prose = re.sub(r"\{[^{}]*\}|`[^`]*`|\]\([^)]*\)|@[\w-]+", " ", text)
    typed = " ".join(path.read_text("utf-8") for path in own).lower()
    words = set(re.findall(r"[^\W\d_]+", " ".join([prose, *more])))
    found = {
        word
        for word in words
        if (BRITISH.fullmatch(word) and not NOT_BRITISH.fullmatch(word))
        or word.lower() in spellings("en-US")
    }
    return {word for word in found if word.lower() not in typed}
