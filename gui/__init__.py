"""The window of Margin Lab: panels, plots and sessions. No torch."""
