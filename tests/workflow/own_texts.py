"""What an author wrote about the small project, by the name of its file."""

TEXTS = {
    "introduction.md": "Attention may be taught [@mine2020].\n",
    "procedure.md": "<!-- topic collection: how. -->\nOver {sessions} sessions, for"
    " {sample.all.n:estimate} dyads, from {kims.response.minimum}.\n",
    "discussion.md": "A small matter.\n",
    "facts.yaml": "sessions: {value: 37, source: protocol}\n",
    "authors.yaml": "authors: [{given: Ada, family: Byron}]\nkeywords: [alliance]\n"
    "note: {funding: Nobody paid.}\n",
    "references.bib": "@article{mine2020, author={Mine, A.}, title={Own work}, year={2020},"
    " journal={A journal}}\n",
}
