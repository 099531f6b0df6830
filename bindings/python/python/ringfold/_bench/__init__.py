"""ringfold and its peers, measured in one run.

Each round runs every contender once, in an order that rotates, so that what disturbs the machine disturbs all of them. What is
compared is the ratio of two contenders of the same round; the table has its median, lowest and highest.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ringfold._bench.measure import Result, measure
from ringfold._bench.report import plot, table
from ringfold._bench.scenarios import SCENARIOS

__all__ = ["run"]


def run(names: list[str], rounds: int, divisor: int, path: Path) -> int:
    """Measures the scenarios of these names (all for none); prints tables and saves a plot."""
    known = {scenario.name: scenario for scenario in SCENARIOS}
    if unknown := [name for name in names if name not in known]:
        print(f"there is no scenario {unknown[0]!r}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    if rounds < 1:
        print(f"--rounds must be at least 1, not {rounds}", file=sys.stderr)
        return 2
    results: list[Result] = []
    for name in names or known:
        result = measure(known[name], rounds, divisor)
        print(table(result), flush=True)
        results.append(result)
    path.write_text(plot(results), "utf-8")
    print(f"The plot is in {path}.")
    return 0
