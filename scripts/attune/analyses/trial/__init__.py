"""Randomised trials: participant flow, effects of the arms, missing outcomes, responders, harms."""
