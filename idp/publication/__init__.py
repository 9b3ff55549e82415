"""The daily publication of new and changed codes (增量公示): signed JSON lines, and pages for people."""
