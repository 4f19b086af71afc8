"""Welfare visits (探访关爱): everybody at risk is seen each month, and it shows who was not."""
