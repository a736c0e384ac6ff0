"""Publication figures from records, and what every plot shows. matplotlib is imported only when a figure is drawn."""
