"""The mathematics of a plan: counts to totals, totals to leads, and a day's intake; all pure."""
