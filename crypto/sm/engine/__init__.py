"""Who does the curve work of SM2: one port, one file for each library behind it."""
