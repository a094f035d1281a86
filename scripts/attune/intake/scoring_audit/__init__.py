"""Scoring audit: whether the responses of a cohort fit the scoring keys that it declares.

From the responses alone:

keyed_scales
    the scales with meaningful internal consistency, with their keyed responses.
item_directions
    the decision rule: which items correlate negatively with their scale.
item_table
    item statistics, one row per scale and item.
other_keys, key_fit
    other keys that the file may follow (numbers off by one, reversals, a look-alike), and how much
    better they explain the correlations between items.
item_findings, findings
    all of these as violations, and codes that seem to be shifted.

With scores, means, SDs or alphas that a file or a paper holds:

keyings, printed_targets, keying_search
    which way of scoring gives them, and whether it is the only one.

simulation
    answers with known faults, on which the rule's errors are measured.
"""
