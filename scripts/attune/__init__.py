"""attune: from the raw questionnaires of a therapist-patient study to an audited manuscript.

Vocabulary (one meaning each, everywhere):

cohort
    one sample with its raw files.
dyad
    one therapist with one patient.
instrument
    a questionnaire's scoring key: item numbers, reversals, scales.
response, scale, score
    the answer to an item as given; what is computed from items; its value.
measure
    a named analysis variable: instrument, scale, rater and occasion.
residual gain
    the residual of the posttest regressed on the pretest.
statistic
    one computed number with its uncertainty, found by its id.
"""

__version__ = "0.1.0"
