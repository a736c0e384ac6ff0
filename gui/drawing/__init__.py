"""The drawing board: points in a plane, or samples as tiles, under a hand."""
