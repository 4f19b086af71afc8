"""Acts, rules, the ledger and the read side, free of any web framework."""
