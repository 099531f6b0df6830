"""`python -m ringfold`: what it measures, and what it runs on."""

from __future__ import annotations

import argparse
import platform
import sys
from pathlib import Path

import ringfold


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m ringfold",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="examples:\n"
        "  python -m ringfold bench            all scenarios; a table, and a plot in ringfold-bench.svg\n"
        "  python -m ringfold bench --quick    the same with less data, for a first look\n"
        "  python -m ringfold bench threads    one scenario\n"
        "  python -m ringfold info             versions, and which memory rings get here",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="bench | info")
    bench = commands.add_parser("bench", help="measure ringfold and its peers in one run")
    bench.add_argument("scenario", nargs="*", help="which; all without one")
    bench.add_argument("--rounds", type=int, default=7, help="interleaved rounds (default: 7)")
    bench.add_argument("--quick", action="store_true", help="a tenth of the data, three rounds")
    bench.add_argument("--plot", type=Path, default=Path("ringfold-bench.svg"), help="where the plot goes")
    commands.add_parser("info", help="versions, and which memory rings get here")
    chosen = parser.parse_args()
    if chosen.command == "info":
        return info()
    from ringfold._bench import run

    return run(chosen.scenario, 3 if chosen.quick else chosen.rounds, 10 if chosen.quick else 1, chosen.plot)


def info() -> int:
    print(f"ringfold {ringfold.__version__}, {platform.python_implementation()} {platform.python_version()}, {sys.platform}")
    with ringfold.Ring(1 << 20) as ring:
        print(f"a ring of 1 MiB: {ring.memory}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
