"""Batches: many postings from one list, signed by two, worked off in chunks, resumable."""
