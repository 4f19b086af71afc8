"""Measurements: ours beside a stated baseline, turn by turn in one run on one machine."""
