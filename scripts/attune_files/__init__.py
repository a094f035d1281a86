"""Reading and writing for the steps: the only place, besides the steps, that touches files."""
