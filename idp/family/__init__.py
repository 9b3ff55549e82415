"""Guardianship and family (C23): who acts for whom among persons, and the pages of it."""
