"""A table for the terminal, and a plot as SVG."""

from __future__ import annotations

import html
import math
import statistics

from ringfold._bench.measure import Result


def table(result: Result) -> str:
    """Rates, and how many times faster ours is than each."""
    scenario = result.scenario
    notes = {contender.name: contender.note for contender in scenario.contenders}
    lines = [f"\n{scenario.title}", f"  {'':28}{scenario.unit:>18}   ringfold is .. times as fast"]
    for name, rates in result.rates.items():
        rate = statistics.median(rates)
        value = seconds(1 / rate) if scenario.shows_time else number(rate)
        if name == result.ours:
            ratio = ""
        else:
            middle, low, high = result.ratios(name)
            ratio = f"{number(middle):>8}  ({number(low)} to {number(high)})"
        lines.append(f"  {name:<28}{value:>18}   {ratio:<34}{notes[name]}".rstrip())
    lines += [f"  not here: {name}" for name in result.missing]
    return "\n".join(lines)


def seconds(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def number(value: float) -> str:
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g}"


ROW, LEFT, WIDTH, RIGHT = 22, 250, 520, 130


def plot(results: list[Result]) -> str:
    """One bar for each peer: how many times faster ringfold is, on a logarithmic scale; whiskers from lowest to highest."""
    bars = [(result, name) for result in results for name in result.rates if name != result.ours]
    values = [value for result, name in bars for value in result.ratios(name)] or [1.0]
    low, high = math.floor(math.log10(min(*values, 0.9))), math.ceil(math.log10(max(*values, 1.1)))

    def x(value: float) -> float:
        return LEFT + WIDTH * (math.log10(value) - low) / (high - low)

    body, y = [], 56
    for result in results:
        body.append(f'<text x="12" y="{y + 14}" class="title">{html.escape(result.scenario.title)}</text>')
        y += ROW
        for name in (name for name in result.rates if name != result.ours):
            middle, least, most = result.ratios(name)
            start, end = sorted((x(1), x(middle)))
            kind = "win" if middle >= 1 else "loss"
            body.append(f'<text x="{LEFT - 8}" y="{y + 14}" class="name">{html.escape(name)}</text>')
            body.append(f'<rect x="{start:.1f}" y="{y + 3}" width="{max(end - start, 1):.1f}" height="14" class="{kind}"/>')
            body.append(f'<path d="M{x(least):.1f} {y + 10}H{x(most):.1f}" class="spread"/>')
            label = f"{number(middle)}×"
            body.append(f'<text x="{max(x(most), x(1)) + 6:.1f}" y="{y + 14}">{label}</text>')
            y += ROW
        y += 10
    grid = []
    for power in range(low, high + 1):
        at, value = x(10.0**power), 10.0**power
        kind = "one" if power == 0 else "grid"
        grid.append(f'<path d="M{at:.1f} 48V{y}" class="{kind}"/><text x="{at:.1f}" y="42" class="scale">{number(value)}×</text>')
    width, height = LEFT + WIDTH + RIGHT, y + 12
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">
<style>
text {{ font: 12px system-ui, sans-serif; fill: #222 }}
.title {{ font-weight: 600 }} .name {{ text-anchor: end }} .scale {{ text-anchor: middle; fill: #666 }} .head {{ font-size: 15px; font-weight: 600 }}
.win {{ fill: #3a7ca5 }} .loss {{ fill: #d1603d }} .spread {{ stroke: #222; stroke-width: 1.5 }}
.grid {{ stroke: #ddd }} .one {{ stroke: #666; stroke-width: 1.5 }}
</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="22" class="head">How many times as fast as its peers ringfold is (median of interleaved rounds; line: lowest to highest)</text>
{chr(10).join(grid)}
{chr(10).join(body)}
</svg>
"""
