"""The table of runs: rows that are sorted, filtered, grouped, starred and tagged, and a scatter plot of two columns."""
