"""What one run is: its fixed problem, where it stands, its state, and what is watched at every step."""
