"""Archives of finished runs: written, read, computed again."""
