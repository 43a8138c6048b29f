from expansion.actions.raising import follow_assets, raise_signals

__all__ = ["follow_assets", "raise_signals"]
