"""The durable store: engines, base of tables, labels, migrations, change stamps."""
