"""Synthetic cohorts: calibrated to the printed numbers of a paper, and twins of restricted data.

A calibrated cohort holds responses of invented people that give every printed number that data can
give. Nothing here knows a particular paper. What is needed to make one:

1. A ledger, `workflow/publications/<paper>.yaml`, whose values name the statistics that should give
   them, with relations between the values (docs/ledger.md), and a cohort file and a study for the
   same measures.
2. What to give up: `contradictions.contradictions` lists, from the checks of the paper, the values
   that no data can give together with the others.
3. Targets: `target_intervals.target_intervals` intersects all that is printed about one statistic.
4. Whole-number scores that meet the targets, measure by measure; every later measure is searched
   with the earlier ones fixed. `search.search` climbs from a start to scores whose statistics
   (`moments`) lie in their targets; `roundings.rounded_scores` writes down a real solution with the
   wanted correlations (`roundings.unit_vector`) and searches all its roundings, for measures with
   many narrow targets.
5. Responses: `items.responses_with_sums` spreads the scores over the items with a plausible
   internal consistency; `items.left_out` and `items.Proration` leave single items out.
6. A check: recompute every statistic from the files (`attune.pipeline`) and stop on
   `target_intervals.missed_values`.

All draws come from `draws.Draws`, so that a seed gives the same bytes on every machine. What
belongs to one paper, such as its numbers of people and plausible ranges of its questionnaires, is
kept with its cohort's script: `scripts/maintenance/ryan2012` is the example, run by
`make calibrate`.

A paper that states findings without numbers needs no targets: `growth_data` draws a study of change
from assumed curves and dropout, `items.responses_near_alpha` the answers, and the seed is chosen so
that the fitted models give the findings. `scripts/maintenance/alliance_growth` is the example, run
by `make simulate-alliance`. `trial_data` does the same for a trial whose therapists are randomised:
`scripts/maintenance/mcbi`, run by `make simulate-trial`.
"""
