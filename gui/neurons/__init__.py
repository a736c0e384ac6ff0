"""The units of a layer: arrows and kinks over the data, norms against angles, their way over steps."""
