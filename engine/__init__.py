"""The engine of Margin Lab: data, networks, training, measurements, references. No Qt."""
