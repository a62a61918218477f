"""The command `campaignkit`, and `python -m campaignkit`."""

from __future__ import annotations

import sys

from campaignkit import MissingExtraError


def main() -> None:
    """Run the command line, or print what to install if its extra is missing."""
    try:
        from campaignkit import cli
    except MissingExtraError as missing:
        print(f"campaignkit: {missing}", file=sys.stderr)
        sys.exit(2)
    cli.main()


if __name__ == "__main__":
    main()
