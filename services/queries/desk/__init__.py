"""What the auditor's desk shows between a county and one account: streets, branches, figures."""
