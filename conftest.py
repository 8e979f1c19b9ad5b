"""How the project's own tests make up examples.

Deterministic, so that a run says the same twice, and without deadlines, so that a busy machine
fails nothing. ``HYPOTHESIS_PROFILE=explore`` looks for new examples, and for longer.
"""

import os

from hypothesis import HealthCheck, settings

COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("project", COMMON, derandomize=True)
settings.register_profile("explore", COMMON, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "project"))
