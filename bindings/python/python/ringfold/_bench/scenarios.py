"""What is measured, and how each contender does it in the way its documentation recommends.

Every contender is checked before it is timed: what comes out is what was put in.
"""

from __future__ import annotations

from ringfold._bench import chunks, lines, numbers, threads
from ringfold._bench.measure import Scenario

SCENARIOS: list[Scenario] = [*chunks.SCENARIOS, *numbers.SCENARIOS, *threads.SCENARIOS, *lines.SCENARIOS]
