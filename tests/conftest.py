"""What holds for all tests."""

import asyncio
import os

import hypothesis

from offhook.event_loop import HostLoop

# The machine may be busy with something else at any moment: how long one example took says nothing of the code.
# And what one change is told of must be of that change: other examples than last time are for who asks for them.
hypothesis.settings.register_profile(
    "offhook",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=not os.environ.get("OFFHOOK_SEARCH"),
)
hypothesis.settings.load_profile("offhook")


class _Hosts(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> HostLoop:
        return HostLoop()


# Tests run on the loop that hosts run on.
asyncio.set_event_loop_policy(_Hosts())
