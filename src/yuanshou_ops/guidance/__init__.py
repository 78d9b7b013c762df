"""Protocols in versions and languages: reviewed, published, superseded, read, and what they imply in goods and staff."""
