"""Orders: what was ordered in Waldur becomes so on the backend.

``observe`` reads, ``plan`` decides (pure), ``apply`` carries out one step at a time. Whatever
interrupts it, the next pass observes again and finds the rest to do.
"""
