"""What keeps a process from running, told in a sentence."""

from __future__ import annotations


class CannotListenError(Exception):
    """An address cannot be listened on; the message says why and what to do."""
