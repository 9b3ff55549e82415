"""Every limit in one table, the counting, and the pause of a sign-in pairing."""
