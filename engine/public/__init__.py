"""What notebooks, scripts and plug-ins use, under the names that `engine` gives out (docs/python.md)."""
