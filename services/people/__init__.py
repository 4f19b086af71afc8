"""People: who they are, what they may do, and who may act for them."""
