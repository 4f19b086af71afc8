"""Clearing as administrators and auditors read it: positions, windows, statements by month."""
