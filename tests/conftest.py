"""What holds for all tests."""

import hypothesis

# The machine may be busy with something else at any moment: how long one example took says nothing of the code.
hypothesis.settings.register_profile("offhook", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("offhook")
