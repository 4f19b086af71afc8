"""Rules: pure functions over published data, without a session or a clock."""
