"""Taking back what was posted: somebody proposes, two administrators sign, nobody touched by it."""
