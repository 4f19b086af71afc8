"""Ratings: what the elder thought of a visit, in one tap and in words."""
