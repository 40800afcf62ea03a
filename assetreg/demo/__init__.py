"""A fictitious fleet, made through the services so that its history reads as if it had happened."""

from assetreg.demo.build import RegisterNotEmpty, Summary, TooFewDevices, build
from assetreg.demo.logins import DemoLogin

__all__ = ["DemoLogin", "RegisterNotEmpty", "Summary", "TooFewDevices", "build"]
