"""The handbook: the pages of docs/, read and searched without a network."""
