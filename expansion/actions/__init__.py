from expansion.actions.closing import follow_assets, follow_chances, forget_looks
from expansion.actions.raising import raise_ages, raise_chances

__all__ = ["follow_assets", "follow_chances", "forget_looks", "raise_ages", "raise_chances"]
