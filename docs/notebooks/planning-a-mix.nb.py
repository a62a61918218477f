# %% [markdown]
# # Planning a mix
#
# What will a channel mix do with your leads? Which channel falls short, why, and what would have to
# change? This notebook answers these questions before any money is spent.
#
# The 400 leads are from a data set that an education company published, without names. Each has
# an id, a score, and opt-outs from email and from calls.

# %%
import csv
from collections import Counter
from pathlib import Path
from textwrap import fill

import campaignkit as ck

ALL = frozenset(ck.Channel)


def read(row: dict[str, str]) -> ck.Lead:
    """Return a row as a lead; an opt-out makes its channels unreachable."""
    closed = {ck.Channel.EMAIL} if row["do_not_email"] == "yes" else set()
    if row["do_not_call"] == "yes":
        closed |= {ck.Channel.VOICE, ck.Channel.SMS}
    score = int(row["als_score"]) if row["als_score"] else None
    return ck.Lead(row["lead_id"], als_score=score, reachable=ALL - closed)


with Path("../examples/education-leads.csv").open(encoding="utf-8") as file:
    leads = [read(row) for row in csv.DictReader(file)]
len(leads)

# %% [markdown]
# ## The allocation

# %%
asked = ck.Allocation(email=40, linkedin=30, voice=20, sms=5, mail=5)
asked

# %% [markdown]
# The gate decides by the score which channels are open to a lead.

# %%
ck.DEFAULT_GATE

# %% [markdown]
# ## The plan

# %%
plan = ck.plan(asked, leads)
plan

# %% [markdown]
# Why did a lead get its channel? For example the first lead with SMS:

# %%
by_sms = [lead_id for lead_id, by in plan.assignments.items() if by == "sms"]
print(fill(plan.explain(by_sms[0]), 80))

# %% [markdown]
# ## What would have to change
#
# Change the percentages, or find more leads.

# %%
gate = ck.DEFAULT_GATE
eligible = Counter(gate.channels(lead.als_score) & lead.reachable for lead in leads)
ck.allocation_advice(asked, eligible)

# %% [markdown]
# ## Another gate
#
# If Warm leads may also get SMS and mail, no channel falls short.

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
