# %% [markdown]
# # Comparing channels fairly
#
# Which channel brings more replies? That can only be told if the channels got leads of the same
# quality. Here 600 leads have scores that are known, and reply the more often the better they are,
# whatever the channel: so a fair comparison must find no difference.

# %%
import hashlib
from statistics import mean

import campaignkit as ck

leads = [ck.Lead(n, als_score=60 + n % 25) for n in range(600)]  # Warm: email, linkedin, voice
asked = ck.Allocation(email=50, linkedin=30, voice=20)


def chance(lead: ck.Lead) -> float:
    """Return how probably a lead replies, by its score alone."""
    return (lead.als_score or 0) / 200


# %% [markdown]
# ## Best leads first
#
# Many fill one channel after the other from a list that is sorted by score. Then email got the best
# leads, and seems to be the best channel.

# %%
ranked = sorted(leads, key=lambda lead: (-(lead.als_score or 0), lead.id))
filled: dict[ck.Channel, list[ck.Lead]] = {}
begin = 0
for channel, count in asked.apportion(len(leads)).items():
    filled[channel] = ranked[begin : begin + count]
    begin += count


def replies(groups: dict[ck.Channel, list[ck.Lead]]) -> dict[str, str]:
    """Return the share of replies to be expected on each channel."""
    return {c.value: f"{mean(map(chance, some)):.1%}" for c, some in groups.items() if some}


replies(filled)

# %% [markdown]
# ## A hash
#
# A hash of the id is fair in the long run, but not to the lead: the counts miss the shares, and the
# channels get leads of different quality by chance.


# %%
def hashed(lead: ck.Lead) -> ck.Channel:
    """Draw a channel by the shares, from the lead's id."""
    drawn = int(hashlib.sha256(str(lead.id).encode()).hexdigest(), 16) % 100
    edges = [("email", 50), ("linkedin", 80), ("voice", 100)]
    return ck.Channel(next(name for name, edge in edges if drawn < edge))


by_hash: dict[ck.Channel, list[ck.Lead]] = {channel: [] for channel in ck.Channel}
for lead in leads:
    by_hash[hashed(lead)].append(lead)
{channel.value: len(some) for channel, some in by_hash.items()}, replies(by_hash)

# %% [markdown]
# ## The plan
#
# The plan's counts are exact, and it deals the leads of each set so that every channel gets them
# evenly from the top of the list to its end.

# %%
plan = ck.plan(asked, leads)
dealt: dict[ck.Channel, list[ck.Lead]] = {channel: [] for channel in ck.Channel}
for lead in leads:
    dealt[plan.assignments[lead.id]].append(lead)
replies(dealt)

# %%
plan

# %% [markdown]
# How far the average score of a channel lies from that of all leads:

# %%
middle = mean(lead.als_score or 0 for lead in leads)


def farthest(groups: dict[ck.Channel, list[ck.Lead]]) -> float:
    """Return the largest distance of a channel's average score from that of all leads."""
    averages = [mean(lead.als_score or 0 for lead in some) for some in groups.values() if some]
    return max(abs(average - middle) for average in averages)


for name, groups in {"best first": filled, "hash": by_hash, "plan": dealt}.items():
    print(f"{name:12} {farthest(groups):6.3f}")
