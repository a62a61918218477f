"""`python -m tests.benchmarks [NAME…]`."""

from __future__ import annotations

import sys

from tests.benchmarks.run import main

sys.exit(main(sys.argv[1:]))
