"""Forms made from typed fields: rows of label and editor, groups, choices among kinds. They never change a model."""
