"""One file per migration, NNNN_<verb>_<noun>."""
