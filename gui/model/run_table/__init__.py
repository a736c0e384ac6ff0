"""The table of runs: columns, rows, filters, groups and colours of whatever has rows. No widget."""
