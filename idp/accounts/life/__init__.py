"""A person's life here: documents, changes, holds, closing, coming back, becoming one."""
