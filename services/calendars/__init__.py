"""Calendars: the secret link of a member's own feed, and what stands in it."""
