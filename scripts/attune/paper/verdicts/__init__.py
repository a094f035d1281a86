"""Published against reproduced: a verdict for every printed value, and the gate of the run."""
