"""Figures of people and teams against their targets: one's own, those of a team side by side, those of all teams."""
