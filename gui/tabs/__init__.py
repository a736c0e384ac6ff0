"""The tabs in the middle of the window: each joins a view to the session model, and is listed in one line."""
