"""Drafts of the author's own text: files with prompts that say what to write where."""

from attune.documents.abstract import ABSTRACT_WORDS
from attune.documents.own_text import OWN_FILES, OwnFile
from attune.documents.reporting_topics import TOPICS
from attune.specs.authors import CREDIT_ROLES

_PURPOSE = {
    "abstract": (
        "The first sentences of your abstract: the question, and who was studied, with",
        "{sample.all.n:estimate}. The main results follow below them. An abstract is one paragraph",
        f"of at most {ABSTRACT_WORDS} words, so be short.",
    ),
    "introduction": (
        "Your introduction. The question of the plan, with its directions, follows below it",
        "under the heading The Present Study.",
    ),
    "participants": (
        "What the data do not say of the participants. The counts and characteristics of the",
        "sample stand above it already.",
    ),
    "measures": (
        "What the scoring keys do not say of the questionnaires. Items, ranges, scores and",
        "reliability in this sample stand above it already.",
    ),
    "procedure": (
        "What was done, by whom and when. Missing data and statistical tests are described",
        "below it already.",
    ),
    "discussion": (
        "What the results mean. Print the numbers that you discuss by their ids, so that they",
        "stay right when the data change; the limits of the analysis follow below it.",
    ),
    "acknowledgements": ("Whom you thank. Funding goes to authors.yaml.",),
}
"""What to write into each file, and what the documents say there without it."""

_HOW = """\
<!--
{purpose}
Printed {place}.

Write Markdown below each prompt; delete prompts that your study has no use for. Comments like
this one are not printed, and a prompt without text leaves nothing behind.
No number is typed in. Write a statistic by its id, such as {{sample.all.n:estimate}}, a fact of
facts.yaml by its name, such as {{sessions}}, and a choice of config.yaml by its key, such as
{{build_tables.level:level}}. Cite as [@key]; entries of your own go to references.bib in this
folder. `attune check` names what is wrong, with its line.
-->
"""

_AUTHORS = """\
# Authors, affiliations, keywords, and author note: remove the # and fill in what you need.
# Without `authors`, the documents print those of the plan (workflow/studies).
# Roles are those of the CRediT taxonomy:
{roles}

#authors:
#  - given: Ada
#    family: Example
#    affiliations: [clinic]
#    orcid: 0000-0002-1825-0097
#    corresponding: true
#    email: ada@example.org
#    roles: [Conceptualization, Formal analysis]

#affiliations:
#  clinic: {{name: Department of Psychology, city: Example Town, country: Exampleland}}

#keywords: [working alliance, psychotherapy outcome]

#note:
#  disclosure: Earlier reports of the same data, and what else readers should know.
#  funding: Who paid for the study, with the numbers of grants.
#  ethics: Which committee approved the study, with its number, and how participants consented.
#  conflicts: Conflicts of interest, or that there are none.
#  data: Where data, materials, and code are, and who may have them.
"""

_FACTS = """\
# Numbers that you know and that the data do not hold. Texts print them by their names in braces,
# as in "over {sessions} sessions". Every fact has its source. Remove the # and fill in.

#sessions: {value: 30, source: protocol of the study}
"""


def own_text_drafts() -> dict[str, str]:
    """Name of each file of the folder text -> its draft, which holds prompts and no text."""
    drafts = {f"{name}.md": _markdown(name, file) for name, file in OWN_FILES.items()}
    roles = "\n".join(f"#   {role}" for role in CREDIT_ROLES)
    return {**drafts, "authors.yaml": _AUTHORS.format(roles=roles), "facts.yaml": _FACTS}


def _markdown(name: str, file: OwnFile) -> str:
    words = {topic.id: topic.words for topic in TOPICS}
    prompts = [f"<!-- topic {topic}: {words[topic]}. -->\n\n" for topic in file.topics]
    place = file.place if file.place.startswith(("after", "before", "as ")) else f"in {file.place}"
    return "\n".join([_HOW.format(purpose="\n".join(_PURPOSE[name]), place=place), *prompts])
