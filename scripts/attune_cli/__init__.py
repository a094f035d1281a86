"""The command `attune`: what a person does before and after the line has run."""
