"""Service days: a team goes out together on a recurring day, to several elders."""
