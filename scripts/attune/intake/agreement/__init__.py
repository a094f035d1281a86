"""Do files, occasions and raters agree: faults of whole files, judged over all people at once.

`answer_sheets` reads every questionnaire as a matrix of people, `permutation` says how far two of
them belong together. The checks are in `equal_content`, `id_order`, `retest`, `code_use`,
`lost_rows` and `occasion_order`; `agreement` runs them.
"""
