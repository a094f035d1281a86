"""The synthetic cohort of Ryan, Safran, Doran and Muran (2012), calibrated to its printed numbers.

`attune.synthetic` describes how a calibrated cohort is made; this package holds what belongs to
this
paper:

proofs
    the printed values that are given up, each with reason, formula and assumptions; the targets.
design
    who is in which condition, and what is left blank.
mindfulness, alliance, self_affiliation, outcome, experience
    whole-number scores of each measure that meet its target intervals.
all_scores
    all of these, measure by measure.
people, raw_files
    the sample sheet, and the files' columns.
unmet_report
    the reports in the cohort's folder: values that are met, and values that no data can meet.

Random draws come from the raw stream of PCG64, and statistics are compared by sums of whole
numbers: the same seed gives the same bytes, whatever the order in which a machine adds.
"""
