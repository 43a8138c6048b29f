"""How an action on a meeting says no."""


class QbrRefused(ValueError):
    """Why it cannot be done, as a sentence for the person who asked."""
