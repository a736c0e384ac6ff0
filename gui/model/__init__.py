"""What the window knows, in parts: the document being edited, the runs, the training, the verdicts, the session file."""
