"""The checks of an authorization request, one file each, in the order of `table.py`."""
