"""An offering at work: its settings, its Waldur, its backend, and what a pass has read of it."""
