"""The experiments that ship with the lab: data only, one TOML file a preset."""
