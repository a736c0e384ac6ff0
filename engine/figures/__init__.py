"""Publication figures from records, and what every plot shows. matplotlib comes only when one is drawn."""
