"""Monthly grants: worked out by a job, signed by two, issued as a batch, ended with a quarter."""
