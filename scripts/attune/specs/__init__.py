"""Typed models of every YAML file, the registry of instruments, and how the files fit."""
