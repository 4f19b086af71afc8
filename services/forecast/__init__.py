"""Can tomorrow be paid? A projection of coins, volunteers and elders over thirty years.

Cohorts by sex and age, not single persons, age and die by a life table, earn, draw, leave and
inherit at rates that are estimated from the ledger. Floats are used here and nowhere in the
ledger: a forecast is an estimate, and nothing is ever posted from it. docs/forecast.md tells the
model; every symbol of it is named in :mod:`services.forecast.rates` and
:mod:`services.forecast.projecting`.
"""
