"""What engine and window tell each other of runs: commands, messages, records, and a run's history from them."""
