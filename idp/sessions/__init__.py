"""Sign-in sessions and the applications that took part in them."""
