"""Prints what `muster bench --json` wrote as a table: table.py USERS FILE..."""

import json
import sys
from pathlib import Path

users, *files = sys.argv[1:]
texts = {Path(file).stem.removesuffix(f"-{users}"): Path(file).read_text() for file in files}
# A server of which `muster bench` got no figures has an empty file.
reports = {name: json.loads(text) if text else None for name, text in texts.items()}
phases = next(([phase["phase"] for phase in report["phases"]] for report in reports.values() if report), [])


def cell(figures: dict) -> str:
    """Requests per second and the 99th percentile; a phase in which anything failed says so."""
    if not figures["requests"]:
        return f"none, {figures['errors']} errors" if figures["errors"] else "-"
    text = f"{figures['per_second']:,.0f} ({figures['p99_ms']:.1f} ms)"
    return f"{text}, {figures['errors']} errors" if figures["errors"] else text


print(f"\nRequests per second (99th percentile), asked for {int(users):,} users\n")
print(f"| server | users | {' | '.join(phases)} |")
print(f"| --- | --- | {' | '.join('---' for _ in phases)} |")
for name, report in reports.items():
    if not report:
        print(f"| {name} | gave up | {' | '.join('-' for _ in phases)} |")
        continue
    cells = [cell(figures) for figures in report["phases"]]
    print(f"| {name} | {report['users']:,} | {' | '.join(cells)} |")
    for figures in report["phases"]:
        if figures["first_error"]:
            print(f"{name}, {figures['phase']}: {figures['first_error']}", file=sys.stderr)
