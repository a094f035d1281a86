"""The results store: contracts, rows of statistics, data sets, small-cell suppression."""
