"""A region's fund: recorded and signed, read against what is outstanding, and what it stops."""
