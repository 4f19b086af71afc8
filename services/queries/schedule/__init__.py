"""The read side of standing visits and of other times, for each audience."""
