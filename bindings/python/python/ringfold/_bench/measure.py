"""Interleaved rounds.

What one thread does alone is measured in its processor time, so that the turns of other programs are not counted; what several threads or
a socket have a part in, by the clock.
"""

from __future__ import annotations

import contextlib
import gc
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field


class Missing(Exception):
    """A peer that is not installed."""


@dataclass
class Contender:
    """`make(divisor)` sets it up and checks once that it delivers what was put in; it gives what is timed: a call that does `work`
    units and returns how many seconds they took."""

    name: str
    make: Callable[[int], Callable[[], float]]
    note: str = ""


@dataclass
class Scenario:
    name: str
    title: str
    unit: str
    """What one unit of work is."""
    work: Callable[[int], float]
    """How many units one call does, with so much less data."""
    contenders: list[Contender]
    shows_time: bool = False
    """Whether people ask how long one unit takes, and not how many fit a second."""


@dataclass
class Result:
    scenario: Scenario
    rates: dict[str, list[float]] = field(default_factory=dict)
    """Units per second, of each round."""
    missing: list[str] = field(default_factory=list)

    @property
    def ours(self) -> str:
        return self.scenario.contenders[0].name

    def ratios(self, name: str) -> tuple[float, float, float]:
        """How many times faster ours is than this: median, lowest, highest of the rounds."""
        ratios = [ours / theirs for ours, theirs in zip(self.rates[self.ours], self.rates[name], strict=True)]
        return statistics.median(ratios), min(ratios), max(ratios)


def measure(scenario: Scenario, rounds: int, divisor: int) -> Result:
    """Runs every contender once a round, in an order that rotates."""
    result, ready = Result(scenario), []
    for contender in scenario.contenders:
        try:
            ready.append((contender.name, contender.make(divisor)))
        except Missing as missing:
            result.missing.append(f"{contender.name} ({missing})")
    work = scenario.work(divisor)
    with contextlib.suppress(BlockingIOError):
        for turn in range(rounds):
            first = turn % len(ready)
            for name, run in ready[first:] + ready[:first]:
                progress(f"{scenario.name}: round {turn + 1} of {rounds}, {name}")
                gc.collect()
                result.rates.setdefault(name, []).append(work / run())
    progress("")
    return result


def progress(text: str) -> None:
    """One line that is written over, where somebody looks."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
