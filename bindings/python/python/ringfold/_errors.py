"""Exceptions that the standard library has a kind of."""

import queue


class Full(queue.Full):
    """There is no room for the items. A kind of `queue.Full`."""


class Empty(queue.Empty):
    """There are fewer items than asked for. A kind of `queue.Empty`."""


class Lagged(Exception):
    """A lossy reader was too slow: `missed` events were overwritten before it came to them."""

    def __init__(self, missed: int) -> None:
        super().__init__(f"{missed} events were overwritten before they were read")
        self.missed = missed


for _error in (Full, Empty, Lagged):
    _error.__module__ = "ringfold"
