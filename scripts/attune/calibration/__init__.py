"""Calibration: responses of a synthetic cohort that give the numbers a paper printed.

The steps, one module each:

bound_values
    the printed values of the paper's ledger that a statistic should give.
proofs
    which printed values contradict each other, by interval arithmetic over the rounding.
aims, plan
    one interval per statistic, from the printed values that can be met together.
design
    who is in which condition, and what is left blank.
mindfulness, alliance, self_affiliation, outcome, experience
    whole-number scores that meet the aims, found by `search` or among the `roundings` of a real
    solution.
found_scores
    all of these, measure by measure.
items, people, raw_files
    single responses that add up to the scores, the sample sheet, and the files' columns.
recomputation, accounts
    the statistics of the finished cohort, and what is said about it in its folder.

Every random draw comes from the raw stream of PCG64, and statistics are compared by sums of whole
numbers: the same seed gives the same bytes, whatever the order in which a machine adds.
"""
