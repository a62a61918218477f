"""Targets and prospects: values, the rules of matching, and an index of many targetings."""

from __future__ import annotations

import typing

from campaignkit.core._lazy_names import load_on_use
from campaignkit.targeting._company_size import CompanySize
from campaignkit.targeting._matching import DimensionMatch, TargetingMatch
from campaignkit.targeting._places import DEFAULT_REGIONS

if typing.TYPE_CHECKING:
    from campaignkit.targeting._index import TargetingIndex
else:
    __getattr__ = load_on_use(__name__, {"TargetingIndex": "_index"})

__all__ = ["DEFAULT_REGIONS", "CompanySize", "DimensionMatch", "TargetingIndex", "TargetingMatch"]


def __dir__() -> list[str]:
    return __all__
