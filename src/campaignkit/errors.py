"""Every error that campaignkit raises, in one tree.

::

    CampaignKitError
    ├── DomainError (also ValueError)
    │   ├── InvalidError            an invalid value; `faults` lists all that is wrong
    │   │   ├── AllocationError
    │   │   ├── CampaignError
    │   │   ├── CountsError
    │   │   ├── GateError
    │   │   ├── LeadError
    │   │   ├── PlanError
    │   │   ├── ScoreError
    │   │   ├── StructureError
    │   │   ├── TargetingError
    │   │   └── UnknownChannelError (also KeyError)
    │   └── RefusedError            an act refused by the rules; `decision` has every reason
    │       ├── TransitionError
    │       ├── NotEditableError
    │       ├── NotRunningError
    │       ├── PermissionDeniedError
    │       └── SuggestionError
    └── StorageError
        ├── NotFoundError (also LookupError)
        ├── AlreadyExistsError
        ├── ConflictError
        │   └── TransientConflictError
        ├── UnknownClientError
        ├── HostRefusedError        a write refused by the host's own rules
        ├── CorruptRowError
        └── StoreUnavailableError

Every error can be pickled. A storage error has the driver's error as its ``__cause__``. Neither
shows the content of a row.
"""

from __future__ import annotations

from campaignkit.core._errors import (
    AllocationError,
    AlreadyExistsError,
    CampaignError,
    CampaignKitError,
    ConflictError,
    CorruptRowError,
    CountsError,
    DomainError,
    GateError,
    HostRefusedError,
    InvalidError,
    LeadError,
    NotFoundError,
    PlanError,
    ScoreError,
    StorageError,
    StoreUnavailableError,
    StructureError,
    TargetingError,
    TransientConflictError,
    UnknownChannelError,
    UnknownClientError,
)
from campaignkit.core._refusals import (
    NotEditableError,
    NotRunningError,
    PermissionDeniedError,
    RefusedError,
    SuggestionError,
    TransitionError,
)

__all__ = [
    "AllocationError",
    "AlreadyExistsError",
    "CampaignError",
    "CampaignKitError",
    "ConflictError",
    "CorruptRowError",
    "CountsError",
    "DomainError",
    "GateError",
    "HostRefusedError",
    "InvalidError",
    "LeadError",
    "NotEditableError",
    "NotFoundError",
    "NotRunningError",
    "PermissionDeniedError",
    "PlanError",
    "RefusedError",
    "ScoreError",
    "StorageError",
    "StoreUnavailableError",
    "StructureError",
    "SuggestionError",
    "TargetingError",
    "TransientConflictError",
    "TransitionError",
    "UnknownChannelError",
    "UnknownClientError",
]

for _name in __all__:
    globals()[_name].__module__ = __name__  # where a traceback says that it is
