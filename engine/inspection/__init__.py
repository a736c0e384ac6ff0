"""Pictures of one step of a run: surfaces beside a predictor, tangent kernels and their spectra."""
