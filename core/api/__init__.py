"""The API: what every room's `api.py` is made of."""
