"""Older time banks come in: read, foreseen row by row, published, signed, posted, undone."""
