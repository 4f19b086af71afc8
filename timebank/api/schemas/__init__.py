"""Wire formats: what programs send and read. Limits of the business are the services' own."""
