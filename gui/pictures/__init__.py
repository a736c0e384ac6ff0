"""Pictures of one step: surfaces, kernel maps, spectra."""
