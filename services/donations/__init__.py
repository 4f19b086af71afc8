"""Coins given to everybody's good: to the pool, or to a fund with a purpose."""
