"""Writes of health: scores and spells of the day, the plays and alerts that begin with them, and what people do."""
