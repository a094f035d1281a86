"""Raw files to responses: reading, checks, scoring audit."""
