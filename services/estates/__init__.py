"""What a member leaves: the death verified, the account frozen, the coins divided."""
