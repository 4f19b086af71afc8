"""Notices: the ways by which they reach people, and what a branch tells by hand."""
