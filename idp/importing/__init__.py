"""What all imports share: reading tables from files, row by row."""
