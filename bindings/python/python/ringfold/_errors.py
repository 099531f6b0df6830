"""Exceptions that the standard library has a kind of."""

import queue


class Full(queue.Full):
    """There is no room for the items. A kind of `queue.Full`."""


class Empty(queue.Empty):
    """There are fewer items than asked for. A kind of `queue.Empty`."""


for _error in (Full, Empty):
    _error.__module__ = "ringfold"
