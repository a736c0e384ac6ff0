"""Live plots and surfaces: pyqtgraph behind widgets of our own. We take logarithms ourselves, everywhere."""
