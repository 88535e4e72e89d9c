"""`python -m tools.fuzz`: hostile arguments, headers and messages to the server, over both transports. Exit code 1 on a finding."""

import argparse
import asyncio
import sys
import time

from tests.fuzz.campaign import Told, campaign


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="how many in all")
    parser.add_argument("--seed", type=int, default=1, help="the same number makes the same ones")
    parser.add_argument(
        "--patience", type=float, default=60.0, metavar="SECONDS", help="after which no answer is a hang"
    )
    given = parser.parse_args()
    began = time.monotonic()
    told = asyncio.run(campaign(given.count, given.seed, patience_s=given.patience))
    return report(told, time.monotonic() - began)


def report(told: Told, seconds: float) -> int:
    for kind, number in sorted(told.counts.items()):
        print(f"{number:7} {kind}")
    print(f"in {seconds:.0f} s; what came of them:")
    for outcome, number in sorted(told.outcomes.items()):
        print(f"{number:7} {outcome}")
    print("slowest:")
    for spent, sent in told.slowest:
        print(f"  {spent:.2f} s  {sent}")
    for what, example in told.problems.items():
        print(f"PROBLEM {what}\n    {example}")
    return 1 if told.problems else 0


if __name__ == "__main__":
    sys.exit(main())
