"""The work queue: keys rather than messages, one worker an offering, retries with patience.

It knows nothing of Waldur, backends or events, and imports no other room.
"""
