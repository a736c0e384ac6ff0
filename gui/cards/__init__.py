"""Help cards, the same everywhere: a name, its formula, what it is, its source, and where the handbook says more."""
