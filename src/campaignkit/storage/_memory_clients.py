"""What the campaigns of a client share, as the store in memory keeps it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from attrs import define, evolve, field, frozen

from campaignkit.core._immutable import FrozenMap
from campaignkit.domain._client_policy import ClientPolicy, Suppression, channel_order
from campaignkit.domain._clients import NO_POLICY, ClientEvent
from campaignkit.domain._commands import AssignLeads, Command, ReleaseLeads, lead_ids_of
from campaignkit.domain._erased_names import erased_name
from campaignkit.domain._ledger import Assignment, ReleasedLead
from campaignkit.domain._snapshot import ClientWrites
from campaignkit.domain._suggestions import Rejection, Suggestion
from campaignkit.storage._erasing_keys import make_key

ValueT = TypeVar("ValueT")

Suppressions = Mapping[str, tuple[Suppression, ...]]
"""The suppressions of each lead, by its id: at most one on each channel and one on all."""


@frozen
class ClientChange:
    """New values of a client's record. They are final, so applying them twice is harmless."""

    policy: ClientPolicy
    revision: int
    key: str | None
    suppressions: Suppressions
    first_event: int
    events: list[ClientEvent]


@define
class ClientRecord:
    """All that is stored of what the campaigns of a client share."""

    policy: ClientPolicy = NO_POLICY
    revision: int = 0
    key: str | None = None
    suppressions: dict[str, tuple[Suppression, ...]] = field(
        factory=dict[str, tuple[Suppression, ...]]
    )
    events: list[ClientEvent] = field(factory=list[ClientEvent])

    def find_suppressions(self, lead_ids: Collection[str]) -> Suppressions:
        """Return the suppressions of some leads, those of erased ones under the ids that asked."""
        found: dict[str, tuple[Suppression, ...]] = {}
        for lead_id in lead_ids:
            own = self.suppressions.get(self.stored_name(lead_id), ())
            if own:
                found[lead_id] = tuple([evolve(one, lead_id=lead_id) for one in own])
        return FrozenMap(found)

    def stored_name(self, lead_id: str) -> str:
        """Return the id under which the suppressions of a lead are kept: a hash if it is erased."""
        if self.key is None:
            return lead_id
        name = erased_name(self.key, lead_id)
        return name if name in self.suppressions else lead_id

    def change(self, writes: ClientWrites[Any]) -> ClientChange:
        """Return the change that an act makes."""
        suppressions = self._change_suppressions(writes)
        key, erased = self.key, writes.erased
        if erased is not None:
            key = make_key() if key is None else key
            name = erased_name(key, erased)
            if moved := suppressions.get(erased, self.suppressions.get(erased, ())):
                there = suppressions.get(name, self.suppressions.get(name, ()))
                suppressions[name] = merge_suppressions(there, rename_all(moved, erased, name))
                suppressions[erased] = ()
        return ClientChange(
            policy=self.policy if writes.policy is None else writes.policy,
            revision=self.revision + 1,
            key=key,
            suppressions=suppressions,
            first_event=len(self.events),
            events=[
                evolve(event, number=number)
                for number, event in enumerate(writes.events, len(self.events) + 1)
            ],
        )

    def _change_suppressions(self, writes: ClientWrites[Any]) -> dict[str, tuple[Suppression, ...]]:
        """Return what becomes of the suppressions of leads; none for a lead that has no more."""
        changed: dict[str, tuple[Suppression, ...]] = {}
        names = {
            one.lead_id: self.stored_name(one.lead_id)
            for one in (*writes.lifted, *writes.suppressions)
        }
        for one in writes.lifted:
            name = names[one.lead_id]
            there = changed.get(name, self.suppressions.get(name, ()))
            changed[name] = tuple(kept for kept in there if kept.channel is not one.channel)
        for one in writes.suppressions:
            name = names[one.lead_id]
            there = changed.get(name, self.suppressions.get(name, ()))
            changed[name] = merge_suppressions(there, (evolve(one, lead_id=name),))
        return changed

    def apply(self, change: ClientChange) -> None:
        self.policy, self.revision, self.key = change.policy, change.revision, change.key
        for lead_id, several in change.suppressions.items():
            if several:
                self.suppressions[lead_id] = several
            else:
                self.suppressions.pop(lead_id, None)
        self.events[change.first_event : change.first_event + len(change.events)] = change.events


def merge_suppressions(
    stored: Iterable[Suppression], added: Iterable[Suppression]
) -> tuple[Suppression, ...]:
    """Return the suppressions of a lead with others: on each channel, the one that holds longer."""
    by_channel = {one.channel: one for one in stored}
    for one in added:
        there = by_channel.get(one.channel)
        if there is None or one.is_later(there):
            by_channel[one.channel] = one
    return tuple(sorted(by_channel.values(), key=channel_order))


# -- Erasing --------------------------------------------------------------------------------------


def rename_key(values: Mapping[str, ValueT], old: str, new: str) -> dict[str, ValueT]:
    """Return a mapping with what a lead has under another id."""
    return {new if key == old else key: rename(value, old, new) for key, value in values.items()}


def rename_all(values: Iterable[ValueT], old: str, new: str) -> list[ValueT]:
    """Return values in which a lead has another id."""
    return [rename(value, old, new) for value in values]


def rename(value: ValueT, old: str, new: str) -> ValueT:
    """Return a value in which a lead has another id."""
    changed: Any = value
    match changed:
        case Assignment() | Suppression() | Rejection():
            if changed.lead_id == old:
                changed = evolve(changed, lead_id=new)
        case ReleasedLead():
            changed = evolve(changed, assignment=rename(changed.assignment, old, new))
        case Suggestion():
            if old in {*lead_ids_of(changed.command), *changed.unassigned}:
                changed = evolve(
                    changed,
                    command=_rename_in_command(changed.command, old, new),
                    unassigned=rename_key(changed.unassigned, old, new),
                    digest=new,  # for it is a hash of the ids that anyone can make
                )
        case _:
            pass
    return changed  # type: ignore[no-any-return]  # of the class that was given


def _rename_in_command(command: Command, old: str, new: str) -> Command:
    match command:
        case AssignLeads():
            leads = [evolve(one, id=new) if str(one.id) == old else one for one in command.leads]
            return evolve(command, leads=leads)
        case ReleaseLeads():
            ids = [new if lead_id == old else lead_id for lead_id in command.lead_ids]
            return evolve(command, lead_ids=ids)
        case _:
            return command
