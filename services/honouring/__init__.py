"""Honours that volunteers were given, and what regions give to those with so many stars."""
