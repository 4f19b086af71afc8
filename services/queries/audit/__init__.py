"""The auditor's read side: everything in scope, from the province down to one entry."""
