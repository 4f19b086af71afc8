"""An invented district, lived through the services day by day: nothing here inserts a row."""
