"""Description of the sample: demographics, measures, missing data, retention."""
