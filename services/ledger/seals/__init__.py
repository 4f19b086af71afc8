"""Seals: leaves, trees, signed heads, keys and proofs over what has been posted and recorded."""
