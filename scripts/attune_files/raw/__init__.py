"""Raw files of every format as tables of text cells."""
