from renewals.actions.following import follow_terms
from renewals.actions.opening import open_renewals

__all__ = ["follow_terms", "open_renewals"]
