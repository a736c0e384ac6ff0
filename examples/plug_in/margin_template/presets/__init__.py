"""Experiment files that the lab's gallery shows."""
