"""Topics that a report of a randomised trial should cover, with the evidence for each.

They follow the CONSORT 2010 statement and its extension to cluster randomised trials in this
project's own words, item by item. Sources: Schulz, Altman, & Moher (2010), BMJ, 340, c332, doi
10.1136/bmj.c332; Campbell, Piaggio, Elbourne, & Altman (2012), BMJ, 345, e5661, doi
10.1136/bmj.e5661.

What a text marks for a topic of `attune.documents.reporting_topics` counts here too (`texts`).
"""

from attune.documents.reporting_topics import Topic

_FRONT = "Title, abstract, introduction"
_DESIGN = "Design and participants"
_RANDOM = "Randomisation and blinding"
_STATISTICS = "Statistical methods"
_RESULTS = "Results"
_DISCUSSION = "Discussion"
_OTHER = "Other information"


def _topic(item: str, section: str, words: str, ids: str = "", *texts: str) -> Topic:
    """A topic by its item; it applies to studies with a trial."""
    return Topic(
        f"consort-{item.lower()}",
        section,
        f"CONSORT {item}: {words}",
        ids,
        texts=texts,
        needs="plan.trial",
    )


CONSORT_TOPICS = (
    _topic("1a", _FRONT, "the title says that the trial is (cluster) randomised"),
    _topic("1b", _FRONT, "the abstract summarises design, methods, results, and conclusions"),
    _topic("2a", _FRONT, "background, and why clusters were randomised", "", "problem"),
    _topic("2b", _FRONT, "objectives or hypotheses, and for whom: cluster or person", "",
           "hypotheses"),
    _topic("3a", _DESIGN, "the design, what was randomised, and in which ratio",
           r".+\.randomised_n", "assignment"),
    _topic("3b", _DESIGN, "changes after the trial began, with reasons"),
    _topic("4a", _DESIGN, "who could take part: clusters and persons", "", "eligibility"),
    _topic("4b", _DESIGN, "where the data were collected", "", "setting"),
    _topic("5", _DESIGN, "what each arm was given, to the cluster, the person, or both", "",
           "conditions"),
    _topic("6a", _DESIGN, "primary and secondary outcomes, how, when, and about whom", "",
           "consort-outcomes"),
    _topic("6b", _DESIGN, "changes of outcomes after the trial began, with reasons"),
    _topic("7a", _DESIGN, "how the size was chosen, with the intraclass correlation assumed", "",
           "intended-size"),
    _topic("7b", _DESIGN, "interim analyses and rules for stopping"),
    _topic("8a", _RANDOM, "how the random sequence was generated"),
    _topic("8b", _RANDOM, "type of randomisation, with strata, blocks, or pairs"),
    _topic("9", _RANDOM, "how the sequence was concealed"),
    _topic("10", _RANDOM, "who enrolled and who assigned, and whether consent came before"),
    _topic("11a", _RANDOM, "who was blinded after assignment, and how"),
    _topic("11b", _RANDOM, "how alike the arms looked"),
    _topic("12a", _STATISTICS, "methods for all outcomes, and how clusters were allowed for", "",
           "consort-methods"),
    _topic("12b", _STATISTICS, "methods for further analyses", r".+\.(imputed_difference|"
           r"complier_effect|per_protocol_difference|tipping_point)"),
    _topic("13a", _RESULTS, "clusters and persons assigned, treated, and analysed, by arm",
           r".+\.(assessed_n|analysed_n)"),
    _topic("13b", _RESULTS, "losses and exclusions by arm, with reasons",
           r".+\.(not_assessed_n|lost_n)"),
    _topic("14a", _RESULTS, "dates of recruitment and follow-up"),
    _topic("14b", _RESULTS, "why the trial ended"),
    _topic("15", _RESULTS, "baseline characteristics by arm, of clusters and persons",
           r".+\.baseline_(mean|count)"),
    _topic("16", _RESULTS, "numbers in each analysis, by assigned arm", r".+\.analysed_n"),
    _topic("17a", _RESULTS, "for each outcome the effect with its interval, and the intraclass"
           " correlation", r".+\.arm_difference"),
    _topic("17b", _RESULTS, "absolute and relative effects of outcomes of two kinds",
           r".+\.(responder_difference|responder_ratio|number_needed_to_treat)"),
    _topic("18", _RESULTS, "further analyses, planned or exploratory",
           r".+\.(imputed_difference|complier_effect|per_protocol_difference|tipping_point)"),
    _topic("19", _RESULTS, "harms in each arm", r".+\.harm_n"),
    _topic("20", _DISCUSSION, "limits: bias, imprecision, many analyses", "", "limits"),
    _topic("21", _DISCUSSION, "to whom, cluster or person, the results apply", "", "generality"),
    _topic("22", _DISCUSSION, "what the results mean, benefits against harms", "",
           "interpretation"),
    _topic("23", _OTHER, "number of the registration", "", "registration"),
    _topic("24", _OTHER, "where the protocol is"),
    _topic("25", _OTHER, "who paid, and the part of those who did", "", "interests"),
)  # fmt: skip
"""All topics, in the order of the statement."""
