"""Internal consistency of every scale."""
