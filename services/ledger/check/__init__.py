"""Checking offline what an operator handed out; needs nothing but ``cryptography``."""
