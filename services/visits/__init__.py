"""Visits: acceptance, presence, the elder's word, and the minutes that follow."""
