"""Numbers and text as they are printed: APA style, tables as values, notes, styles of figures."""
