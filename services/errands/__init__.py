"""Errand money: the elder's own money on its way to a shop and back, agreed by both sides."""
