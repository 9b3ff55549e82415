"""What can be said of a person: catalogue, release, pairwise subjects."""
