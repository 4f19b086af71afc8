"""Rolls of those entitled to help, as another office sends them each month."""
