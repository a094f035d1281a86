"""The synthetic cohort of Ryan, Safran, Doran and Muran (2012), from its printed numbers.

The steps, one module each:

bound_values
    the printed values of the paper's ledger that a statistic should give.
proofs
    which printed values contradict each other, by interval arithmetic over the rounding.
target_intervals, plan
    one interval per statistic, from the printed values that can be met together.
design
    who is in which condition, and what is left blank.
mindfulness, alliance, self_affiliation, outcome, experience
    whole-number scores that meet the target intervals, found by `attune.synthetic.search` or among
    the `attune.synthetic.roundings` of a real solution.
all_scores
    all of these, measure by measure.
people, raw_files
    the sample sheet, and the files' columns.
unmet_report
    what is said about the finished cohort in its folder.

Every random draw comes from the raw stream of PCG64, and statistics are compared by sums of whole
numbers: the same seed gives the same bytes, whatever the order in which a machine adds.
"""
