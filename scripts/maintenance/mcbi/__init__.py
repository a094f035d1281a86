"""The synthetic cohort of the trial of Garrote-Caparrós and others (2023), made to its findings.

The abstract prints findings and no effect size, so that every number but the sizes of the sample is
assumed:

assumptions
    all of them, each with its reason; the README of the cohort lists them.
scores
    who sees whom, the arms, the scores and who leaves.
raw_files
    the answers, and the files' columns.
readme
    the README of the cohort's folder.

`attune.synthetic.trial_data` draws the scores; `make simulate-trial` writes the files and stops if
the data do not give what the ledger holds.
"""
