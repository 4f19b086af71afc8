"""Forms at the page edge; the business limits behind them live in the services."""
