"""For officers: duties, approvals, operations and their faces. It sees protocols only through `idp/plugins.py`."""
