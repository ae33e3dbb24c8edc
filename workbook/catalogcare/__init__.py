"""Care of the catalogue: what is stale or doubtful in it, prices from elsewhere, what an update changes."""
