"""Further kinds that other people's packages bring: what is installed, what is switched on, and what they build on."""
