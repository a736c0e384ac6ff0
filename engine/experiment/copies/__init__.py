"""An experiment as others take it: a Python script, a command line, a citation. Text alone; nothing is run here."""
