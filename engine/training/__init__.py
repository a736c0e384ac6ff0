"""How a run is driven: the loop, its ends, the references solved before it."""
