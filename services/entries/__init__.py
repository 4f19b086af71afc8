"""Services without evidence of their own: one proposes, another signs, with papers."""
