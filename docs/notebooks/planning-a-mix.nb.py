# %% [markdown]
# # Planning a mix
#
# Before money is spent: what will a mix of channels do with the leads that there are? Which channel
# will fall short, why, and what would have to change?
#
# The leads are 400 of those that an education company published, without names: an id, a score, and
# whether the person may be mailed or called.

# %%
import csv
from collections import Counter
from pathlib import Path
from textwrap import fill

import campaignkit as ck

ALL = frozenset(ck.Channel)


def read(row: dict[str, str]) -> ck.Lead:
    """Read a lead: what it opted out of closes a channel to it."""
    closed = {ck.Channel.EMAIL} if row["do_not_email"] == "yes" else set()
    if row["do_not_call"] == "yes":
        closed |= {ck.Channel.VOICE, ck.Channel.SMS}
    score = int(row["als_score"]) if row["als_score"] else None
    return ck.Lead(row["lead_id"], als_score=score, reachable=ALL - closed)


with Path("../examples/education-leads.csv").open(encoding="utf-8") as file:
    leads = [read(row) for row in csv.DictReader(file)]
len(leads)

# %% [markdown]
# ## What was asked for

# %%
asked = ck.Allocation(email=40, linkedin=30, voice=20, sms=5, mail=5)
asked

# %% [markdown]
# A lead's score decides which channels are open to it at all.

# %%
ck.DEFAULT_GATE

# %% [markdown]
# ## What it will do

# %%
plan = ck.plan(asked, leads)
plan

# %% [markdown]
# Why did one lead get what it got? Of the leads by SMS, the first one:

# %%
by_sms = [lead_id for lead_id, by in plan.assignments.items() if by == "sms"]
print(fill(plan.explain(by_sms[0]), 80))

# %% [markdown]
# ## What would have to change
#
# Either the percentages, or the leads.

# %%
gate = ck.DEFAULT_GATE
eligible = Counter(gate.channels(lead.als_score) & lead.reachable for lead in leads)
ck.allocation_advice(asked, eligible)

# %% [markdown]
# ## Another gate
#
# If Warm leads may get SMS and mail too, nothing falls short.

# %%
wider = ck.ALSGate(
    bounds=ck.DEFAULT_GATE.bounds,
    channels={
        "hot": ck.Channel,
        "warm": ck.Channel,
        "cool": {"email", "linkedin"},
        "cold": {"email"},
    },
)
ck.plan(asked, leads, gate=wider)
