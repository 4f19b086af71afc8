"""Service standards: how each service of the catalogue is done, published, and ticked off."""
