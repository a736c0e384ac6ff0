"""Data that people bring along, looked at before they are taken: one dialog for tables, archives and pictures."""
