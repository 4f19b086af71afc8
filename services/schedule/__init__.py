"""The schedule: standing visits, their dates, and other times for what was promised."""
