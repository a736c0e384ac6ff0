"""Forms made from typed fields: rows, groups, choices among kinds. They never change a model."""
