"""The books recomputed from their entries: what does not fit is named with its place."""
