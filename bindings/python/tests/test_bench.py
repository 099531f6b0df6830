"""`python -m ringfold`."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

from ringfold._bench import run
from ringfold._bench.measure import Contender, Missing, Scenario, measure
from ringfold._bench.report import plot, table


def test_ratios_and_plot() -> None:
    def missing(divisor: int) -> None:
        raise Missing("pip install it")

    fast, slow = Contender("ours", lambda divisor: lambda: 0.5), Contender("<theirs>", lambda divisor: lambda: 2.0, "slow")
    scenario = Scenario("x", "a & b", "x/s", lambda divisor: 100 / divisor, [fast, slow, Contender("gone", missing)])  # type: ignore[arg-type]
    result = measure(scenario, 3, 10)
    assert result.rates == {"ours": [20.0] * 3, "<theirs>": [5.0] * 3} and result.ratios("<theirs>") == (4, 4, 4)
    text = table(result)
    assert "gone (pip install it)" in text and "4  (4 to 4)" in text and "slow" in text
    svg = xml.etree.ElementTree.fromstring(plot([result]))
    texts = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "a & b" in texts and "<theirs>" in texts and "4×" in texts


def test_a_scenario_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["numbers", "in-place"], 1, 50, tmp_path / "plot.svg") == 0
    assert (tmp_path / "plot.svg").read_text("utf-8").startswith("<svg") and "ringfold.Ring" in capsys.readouterr().out
    assert run(["nubmers"], 1, 1, tmp_path / "x") == 2 and "there are chunks, window" in capsys.readouterr().err
    assert run([], 0, 1, tmp_path / "x") == 2


def test_the_command_line() -> None:
    done = subprocess.run([sys.executable, "-m", "ringfold", "info"], capture_output=True, text=True, check=True)
    assert "a ring of 1 MiB: " in done.stdout
    helped = subprocess.run([sys.executable, "-m", "ringfold", "--help"], capture_output=True, text=True, check=True)
    assert "python -m ringfold bench --quick" in helped.stdout
