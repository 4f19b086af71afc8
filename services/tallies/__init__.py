"""Figures of each month, kept as they come, so that no page adds up a whole ledger."""
