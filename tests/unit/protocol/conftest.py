"""Random examples, with no limit on the time of one: machines under load would fail for nothing."""

from hypothesis import settings

settings.register_profile("protocol", deadline=None)
settings.load_profile("protocol")
