"""Every training sample: its margin over steps, a histogram at the step shown, its weight in the loss."""
