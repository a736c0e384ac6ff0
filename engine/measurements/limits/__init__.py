"""Where a run is going: its direction extrapolated, then refined to a stationary point of the margin problem."""
