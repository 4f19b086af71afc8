"""Training as its readers see it: sessions, their lists, the record, and what would help."""
