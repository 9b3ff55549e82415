"""The door for people: pages, their words and their static files; and the guards around every request."""
