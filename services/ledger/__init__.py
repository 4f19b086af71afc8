"""The ledger: posting, holds, reversal, statements and verification."""
