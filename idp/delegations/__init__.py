"""Who may act for whom: grants on both sides' word, their matters and ends."""
