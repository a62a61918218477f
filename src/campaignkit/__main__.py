"""The command `campaignkit`, and `python -m campaignkit`."""

from __future__ import annotations

import sys

_EXTRA = frozenset({"typer", "rich"})
_HINT = "campaignkit: the command line needs typer and rich: pip install 'campaignkit[cli]'"


def main() -> None:
    """Run the command line, or print what to install if typer or rich is missing."""
    try:
        from campaignkit import cli
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] not in _EXTRA:
            raise
        print(_HINT, file=sys.stderr)
        sys.exit(2)
    cli.main()


if __name__ == "__main__":
    main()
