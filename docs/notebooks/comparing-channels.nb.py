# ---
# jupyter:
#   myst:
#     html_meta:
#       description: Compare channels fairly, with random leads, equal quality and measured replies.
# ---

# %% [markdown]
# # Comparing channels fairly
#
# Which channel brings more replies? A comparison is fair only if all channels get leads of the same
# quality. In this example, the probability of a reply depends only on the lead's score, not on the
# channel. A fair comparison of the 600 leads must therefore find no difference.

# %%
import hashlib
from statistics import mean

import campaignkit as ck

leads = [ck.Lead(n, als_score=60 + n % 25) for n in range(600)]  # Warm: email, linkedin, voice
asked = ck.Allocation(email=50, linkedin=30, voice=20)


def chance(lead: ck.Lead) -> float:
    """Return the probability that a lead replies, from its score alone."""
    return (lead.als_score or 0) / 200


# %% [markdown]
# ## Best leads first
#
# A common method fills one channel after the other from a list that is sorted by score. Email
# then gets the best leads, and seems to be the best channel.

# %%
ranked = sorted(leads, key=lambda lead: (-(lead.als_score or 0), lead.id))
filled: dict[ck.Channel, list[ck.Lead]] = {}
begin = 0
for channel, count in asked.apportion(len(leads)).items():
    filled[channel] = ranked[begin : begin + count]
    begin += count


def replies(groups: dict[ck.Channel, list[ck.Lead]]) -> dict[str, str]:
    """Return the expected reply rate of each channel."""
    return {c.value: f"{mean(map(chance, some)):.1%}" for c, some in groups.items() if some}


replies(filled)

# %% [markdown]
# ## A hash
#
# A hash of the id is fair on average, but not for a given batch: the counts differ from the
# shares, and by chance the channels get leads of different quality.


# %%
def draw_channel(lead: ck.Lead) -> ck.Channel:
    """Return a channel drawn by the shares, from a hash of the lead's id."""
    drawn = int(hashlib.sha256(str(lead.id).encode()).hexdigest(), 16) % 100
    edges = [("email", 50), ("linkedin", 80), ("voice", 100)]
    return ck.Channel(next(name for name, edge in edges if drawn < edge))


by_hash: dict[ck.Channel, list[ck.Lead]] = {channel: [] for channel in ck.Channel}
for lead in leads:
    by_hash[draw_channel(lead)].append(lead)
{channel.value: len(some) for channel, some in by_hash.items()}, replies(by_hash)

# %% [markdown]
# ## The plan
#
# The plan's counts are exact. The plan distributes leads with the same choice of channels so that
# every channel gets an even spread from the top of the list to the end.

# %%
plan = ck.plan(asked, leads)
dealt: dict[ck.Channel, list[ck.Lead]] = {channel: [] for channel in ck.Channel}
for lead in leads:
    dealt[plan.assignments[lead.id]].append(lead)
replies(dealt)

# %%
plan

# %% [markdown]
# The largest difference between a channel's average score and the average of all leads:

# %%
middle = mean(lead.als_score or 0 for lead in leads)


def farthest(groups: dict[ck.Channel, list[ck.Lead]]) -> float:
    """Return the largest difference of a channel's average score from the overall average."""
    averages = [mean(lead.als_score or 0 for lead in some) for some in groups.values() if some]
    return max(abs(average - middle) for average in averages)


for name, groups in {"best first": filled, "hash": by_hash, "plan": dealt}.items():
    print(f"{name:12} {farthest(groups):6.3f}")
