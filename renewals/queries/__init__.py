"""Reads of the renewal rooms; each module is named after its subject."""
