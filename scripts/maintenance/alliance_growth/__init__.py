"""The synthetic cohort of the growth study of Nissen-Lie and others (2015), made to its findings.

The abstract prints findings and no coefficient, so that every number of the cohort is assumed:

assumptions
    all of them, each with its reason; the README of the cohort lists them.
raw_files
    who sees whom, the scores, and the files' columns.
readme
    the README of the cohort's folder.

`attune.synthetic.growth_data` draws scores and dropout; `make simulate-alliance` writes the files
and stops if the fitted models do not give what the ledger holds.
"""
