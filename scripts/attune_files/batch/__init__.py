"""Many cohorts at once: their folders, the analysis of each, and the files of all."""
