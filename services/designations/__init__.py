"""Whom a member wants the coins to go to: a designation made here, or a will staff have seen."""
