"""When and how people can come, what they wish, and who must not meet whom."""
