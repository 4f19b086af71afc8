"""Group sessions: one service given to several recipients at once, at a branch."""
