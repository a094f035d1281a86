"""Scoring audit: whether the key that a cohort declares fits the answers that its files hold.

Without any known answer:

keyed_scales
    the scales whose items should agree, with their keyed responses.
item_directions
    the decision rule: which items point against their scale.
item_table
    one row per scale and item, for a reader.
other_keys, key_fit
    other keys that the file may follow (numbers off by one, reversals, a look-alike), and how much
    better they explain the correlations between items.
codes
    codes that seem to begin elsewhere.
findings, messages
    all of these as violations, in words.

With scores, means, SDs or alphas that a file or a paper holds:

keyings, printed_targets, keying_search
    which way of scoring gives them, and whether it is the only one.

simulation
    answers with known faults, on which the rule's errors are measured.
"""
