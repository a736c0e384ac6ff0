"""Singular values of every layer, over steps and at the step shown."""
