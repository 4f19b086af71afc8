"""The record of volunteer service: people, activities, training, honours and evaluations."""
