"""The mathematics of a plan: counts to totals, totals to leads, and a day's intake; all pure.

What plans, briefs, forecasts, comparisons and advice consist of.
"""

from __future__ import annotations

import typing

from campaignkit.core._lazy_names import load_on_use
from campaignkit.domain._brief import Need
from campaignkit.planning._explanations import Explanation
from campaignkit.planning._totals import Bottleneck, BottleneckLimit

if typing.TYPE_CHECKING:
    from campaignkit.planning._advice import Advice
    from campaignkit.planning._comparison import ComparedMix, Comparison, ComparisonRow
    from campaignkit.planning._forecast import ForecastDay, ForecastRow
    from campaignkit.planning._horizon_comparison import HorizonComparison
    from campaignkit.planning._share_out import PoolBottleneck, ShareOut
else:
    __getattr__ = load_on_use(
        __name__,
        {
            "Advice": "_advice",
            **dict.fromkeys(("ComparedMix", "Comparison", "ComparisonRow"), "_comparison"),
            **dict.fromkeys(("ForecastDay", "ForecastRow"), "_forecast"),
            "HorizonComparison": "_horizon_comparison",
            **dict.fromkeys(("PoolBottleneck", "ShareOut"), "_share_out"),
        },
    )

__all__ = [
    "Advice",
    "Bottleneck",
    "BottleneckLimit",
    "ComparedMix",
    "Comparison",
    "ComparisonRow",
    "Explanation",
    "ForecastDay",
    "ForecastRow",
    "HorizonComparison",
    "Need",
    "PoolBottleneck",
    "ShareOut",
]


def __dir__() -> list[str]:
    return __all__
