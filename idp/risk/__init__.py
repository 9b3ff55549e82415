"""How unusual a sign-in is: signals and their weight, a table of regions, and what follows."""
