"""Rules of JATS 1.3 (Archiving tag set) that can be checked without its DTD, which is not shipped.

Content models of the elements that the documents use, after https://jats.nlm.nih.gov/archiving/tag-library/1.3/.
"""

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

XLINK = "{http://www.w3.org/1999/xlink}"
XML = "{http://www.w3.org/XML/1998/namespace}"

ARTICLE_META = [
    *("title-group", "contrib-group", "author-notes", "abstract"),
    *("kwd-group", "funding-group"),
]
"""Children of article-meta in the order of its content model."""

ORDER = {
    "article": ["front", "body", "back"],
    "article-meta": ARTICLE_META,
    "title-group": ["article-title", "subtitle", "alt-title"],
    "table-wrap": ["label", "caption", "table", "table-wrap-foot"],
    "fig": ["label", "caption", "alt-text", "graphic"],
    "caption": ["title", "p"],
    "table": ["thead", "tbody"],
    "ref-list": ["title", "ref"],
    "contrib-group": ["contrib", "aff"],
    "author-notes": ["corresp", "fn"],
}
"""Children of an element, each kind in its place."""

NEEDED = {
    "article": ["front", "body"],
    "front": ["article-meta"],
    "article-meta": ["title-group"],
    "title-group": ["article-title"],
    "table-wrap": ["label", "caption", "table"],
    "fig": ["label", "caption", "graphic"],
    "caption": ["title"],
    "table": ["thead", "tbody"],
    "sec": ["title"],
    "ref-list": ["title", "ref"],
    "ref": ["mixed-citation"],
    "list": ["list-item"],
    "kwd-group": ["kwd"],
    "fn": ["p"],
}

INLINE = frozenset(
    {
        *("bold", "italic", "sub", "sup", "monospace", "named-content", "xref", "ext-link"),
        *("email", "styled-content", "break", "inline-formula"),
    }
)
CHILDREN = {
    "p": INLINE,
    "td": INLINE,
    "th": INLINE,
    "title": INLINE,
    "article-title": INLINE,
    "kwd": INLINE,
    "label": frozenset(),
    "mixed-citation": INLINE,
    "named-content": INLINE,
    "abstract": frozenset({"p"}),
    "table-wrap-foot": frozenset({"p"}),
    "boxed-text": frozenset({"p"}),
    "contrib": frozenset(
        ["contrib-id", "name", "string-name", "anonymous", "role", "email", "xref"]
    ),
    "aff": frozenset(["label", "institution", "city", "country"]),
    "list-item": frozenset({"p", "list"}),
    "tr": frozenset({"th", "td"}),
    "thead": frozenset({"tr"}),
    "tbody": frozenset({"tr"}),
}
"""Elements that may stand in an element, for those with a closed list here."""

BLOCKS = frozenset(
    ["p", "boxed-text", "table-wrap", "fig", "list", "disp-quote", "code", "disp-formula"]
)
NAMED_CONTENT = {"content-type", "id", "vocab", "vocab-term-identifier", f"{XML}lang"}
REF_TYPES = {"aff", "corresp", "bibr", "table", "fig", "sec"}


def jats_problems(path: Path, figures: bool = True) -> list[str]:
    """What in an article breaks a rule; empty if nothing does.

    `figures`: whether the files of the figures must be beside it.
    """
    root = ElementTree.parse(path).getroot()
    problems = _vocabulary(root) + _cross_references(root) + _tables(root)
    if root.tag != "article" or root.get("dtd-version") != "1.3":
        problems.append("the root is not an article of JATS 1.3")
    for element in root.iter():
        problems += _content(element)
        if element.tag in ("body", "sec"):
            problems += _sections(element)
    for graphic in root.iter("graphic"):
        file = path.parent / str(graphic.get(f"{XLINK}href"))
        if figures and not file.is_file():
            problems.append(f"{file.name} does not exist")
    return problems


def _content(element: ElementTree.Element) -> list[str]:
    tags, problems = [child.tag for child in element], []
    order = ORDER.get(element.tag)
    if order is not None:
        places = [order.index(tag) if tag in order else -1 for tag in tags]
        if -1 in places:
            problems.append(f"{element.tag} holds {sorted(set(tags) - set(order))}")
        elif places != sorted(places):
            problems.append(f"children of {element.tag} are out of order: {tags}")
    problems += [
        f"{element.tag} has no {tag}" for tag in NEEDED.get(element.tag, []) if tag not in tags
    ]
    if element.tag in CHILDREN and set(tags) - CHILDREN[element.tag]:
        problems.append(f"{element.tag} holds {sorted(set(tags) - CHILDREN[element.tag])}")
    named = {"name", "string-name", "anonymous"} & set(tags)
    if element.tag == "contrib" and not named:
        problems.append("a contrib names nobody")
    if element.tag == "name" and tags != ["surname", "given-names"][: len(tags)]:
        problems.append(f"name holds {tags}")
    return problems


def _sections(element: ElementTree.Element) -> list[str]:
    """A title comes first, then blocks, then sections to the end."""
    tags = [child.tag for child in element]
    rest = tags[1:] if element.tag == "sec" else tags
    first = rest.index("sec") if "sec" in rest else len(rest)
    problems = [f"{element.tag} holds {tag}" for tag in rest[:first] if tag not in BLOCKS]
    return problems + [f"{tag} stands behind a section" for tag in rest[first:] if tag != "sec"]


def _vocabulary(root: ElementTree.Element) -> list[str]:
    problems = []
    for element in root.iter("named-content"):
        extra = set(element.attrib) - NAMED_CONTENT
        if extra:
            problems.append(f"named-content has {sorted(extra)}")
        if element.get("content-type") == "statistic" and not element.get("vocab-term-identifier"):
            problems.append("a statistic has no id")
    types = {str(xref.get("ref-type")) for xref in root.iter("xref")}
    problems += [f"the ref-type {kind}" for kind in types - REF_TYPES]
    orcid = re.compile(r"https://orcid\.org/(\d{4}-){3}\d{3}[\dX]")
    problems += [
        f"the ORCID {found.text}"
        for found in root.iter("contrib-id")
        if not orcid.fullmatch(found.text or "")
    ]
    return problems


def _cross_references(root: ElementTree.Element) -> list[str]:
    ids = Counter(element.get("id") for element in root.iter() if element.get("id"))
    problems = [f"the id {name} is used {n} times" for name, n in ids.items() if n > 1]
    rids = {rid for xref in root.iter("xref") for rid in str(xref.get("rid")).split()}
    return problems + [f"{rid} refers to nothing" for rid in sorted(rids - set(ids))]


def _tables(root: ElementTree.Element) -> list[str]:
    """Every row of a table is as wide as the others."""
    problems = []
    for wrap in root.iter("table-wrap"):
        widths = {sum(int(cell.get("colspan", "1")) for cell in row) for row in wrap.iter("tr")}
        if len(widths) != 1:
            problems.append(f"{wrap.get('id')} has rows of {sorted(widths)} columns")
    return problems


def statistics_of(path: Path) -> list[tuple[str, str]]:
    """Ids and text of every statistic of an article, in its order, without white space."""
    return [
        (
            str(element.get("vocab-term-identifier")),
            re.sub(r"\s", "", "".join(element.itertext())),
        )
        for element in ElementTree.parse(path).getroot().iter("named-content")
        if element.get("content-type") == "statistic"
    ]
