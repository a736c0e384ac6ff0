"""What the window knows, in parts: the document edited, the runs, the training, the verdicts, the file."""
