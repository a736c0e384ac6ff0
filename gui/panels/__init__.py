"""The left column of the window: what a person says about data, network, optimizer, run and measurements."""
