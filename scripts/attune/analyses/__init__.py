"""One folder per analysis: estimate, kinds of statistics, tables, figures."""
