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
    ├── MissingExtraError (also ModuleNotFoundError)
    └── StorageError
        ├── NotFoundError (also LookupError)
        ├── AlreadyExistsError
        ├── ConflictError
        │   └── TransientConflictError
        ├── UnknownClientError
        ├── HostRefusedError        a write refused by the host's own rules
        ├── CorruptRowError
        └── StoreUnavailableError

``PlanWarning`` is a warning, which is no error: a ``UserWarning`` outside of the tree.

Every error can be pickled. A storage error has the driver's error as its ``__cause__``. Neither
shows the content of a row. ``HTTP_STATUSES`` has the status of each class.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    MissingExtraError,
    NotFoundError,
    PlanError,
    PlanWarning,
    ScoreError,
    StorageError,
    StoreUnavailableError,
    StructureError,
    TargetingError,
    TransientConflictError,
    UnknownChannelError,
    UnknownClientError,
)
from campaignkit.core._immutable import FrozenMap
from campaignkit.core._refusals import (
    NotEditableError,
    NotRunningError,
    PermissionDeniedError,
    RefusedError,
    SuggestionError,
    TransitionError,
)

__all__ = [
    "HTTP_STATUSES",
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
    "MissingExtraError",
    "NotEditableError",
    "NotFoundError",
    "NotRunningError",
    "PermissionDeniedError",
    "PlanError",
    "PlanWarning",
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

HTTP_STATUSES: Mapping[type[CampaignKitError], int] = FrozenMap(
    {
        CampaignKitError: 500,
        DomainError: 422,
        InvalidError: 422,
        AllocationError: 422,
        CampaignError: 422,
        CountsError: 422,
        GateError: 422,
        LeadError: 422,
        PlanError: 422,
        ScoreError: 422,
        StructureError: 422,
        TargetingError: 422,
        UnknownChannelError: 422,
        RefusedError: 409,
        TransitionError: 409,
        NotEditableError: 409,
        NotRunningError: 409,
        PermissionDeniedError: 403,
        SuggestionError: 409,
        MissingExtraError: 500,
        StorageError: 500,
        NotFoundError: 404,
        AlreadyExistsError: 409,
        ConflictError: 409,
        TransientConflictError: 503,
        UnknownClientError: 422,
        HostRefusedError: 409,
        CorruptRowError: 500,
        StoreUnavailableError: 503,
    }
)
"""The HTTP status that fits each class of error. 503 means that repeating the call may help."""

for _kind in (*HTTP_STATUSES, PlanWarning):
    _kind.__module__ = __name__  # where a traceback says that it is
