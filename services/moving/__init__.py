"""Moving home: one act takes a member's coins, bookings and promises to another book."""
