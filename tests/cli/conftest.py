"""Fixtures for tests that run the command line as a process."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Processes that a test starts take SIGINT. A shell without job control lets jobs in the background ignore it, and what they
    start inherits that: run so, a test that interrupts a process would wait for ever.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
