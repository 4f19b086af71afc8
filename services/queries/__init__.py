"""The read side: one file for each audience, frozen dataclasses out."""
