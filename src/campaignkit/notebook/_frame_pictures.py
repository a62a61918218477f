"""The pictures of plans of frames; it is imported when frames are in use."""

from __future__ import annotations

from typing import Any

from campaignkit.core._channels import NO_COUNTS, ChannelCounts
from campaignkit.errors import PlanError
from campaignkit.frames import FramePlan
from campaignkit.frames._documents import frame_plan_title
from campaignkit.notebook._pictures import NamedResult, Picture
from campaignkit.notebook._value_pictures import (
    TierFlow,
    describe_counts,
    draw_counts,
    draw_results,
    make_picture,
    sum_counts,
)


@make_picture.register(FramePlan)
def _(value: FramePlan[Any]) -> Picture:
    title, plans = frame_plan_title(value), dict(value.plans.items())
    counts, target = sum_counts(value)
    flow, sentences = _read_flow(value)
    without_channel = sum(n for (_, channel), n in flow.items() if channel is None)
    panel = draw_counts(counts, target, without_channel, flow)
    if len(plans) == 1:
        sentences += describe_counts(counts, target, value.plan.bottlenecks)
        return Picture(title, sentences, [panel])
    results = [NamedResult(str(key), one.counts, one.target) for key, one in plans.items()]
    many = draw_results(title, results)
    sentences += [*describe_counts(counts, target), *many.sentences]
    return Picture(many.title, sentences, [panel, *many.panels] if plans else [])


def _read_flow(value: FramePlan[Any]) -> tuple[TierFlow, list[str]]:
    """Return the flow of a plan, or why its lazy frame cannot be read any more."""
    try:
        return value.flow(), []
    except PlanError as error:
        return {}, [str(error)]


@sum_counts.register(FramePlan)
def _(value: FramePlan[Any]) -> tuple[ChannelCounts, ChannelCounts]:
    plans = [*value.plans.values()]
    counts, targets = (one.counts for one in plans), (one.target for one in plans)
    return sum(counts, NO_COUNTS), sum(targets, NO_COUNTS)
