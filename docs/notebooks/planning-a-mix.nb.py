# ---
# jupyter:
#   myst:
#     html_meta:
#       description: Plan a channel mix for a batch of leads, and find the mix it can meet.
# ---

# %% [markdown]
# # Planning a mix
#
# What will a channel mix do with your leads? Which channel falls short, why, and what would have to
# change? This notebook answers these questions before any money is spent.
#
# The 400 leads are those of a data set that an education company published, counted by score. Some
# opted out of email.

# %%
from textwrap import fill

import campaignkit as ck
from campaignkit.notebook import chart

EVERY = frozenset(ck.Channel)

# For each score: how many leads have it, and how many of these opted out of email.
COUNTS = {
    None: (179, 17),
    35: (2, 0),
    40: (4, 0),
    45: (8, 1),
    50: (16, 1),
    55: (32, 1),
    60: (35, 4),
    65: (38, 5),
    70: (41, 4),
    75: (19, 0),
    80: (19, 0),
    85: (4, 1),
    90: (3, 0),
}
people = [(score, n < out) for score, (count, out) in COUNTS.items() for n in range(count)]
leads = [
    ck.Lead(f"lead-{n}", als_score=score, reachable=EVERY - {"email"} if is_out else EVERY)
    for n, (score, is_out) in enumerate(people)
]
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
# The same as a chart, which can be saved for a report (`chart(plan).save("plan.png")`):

# %%
chart(plan)

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
advice = ck.allocation_advice(asked, leads)
advice

# %% [markdown]
# ## Other mixes
#
# What would other mixes do with the same leads?

# %%
mixes = {"asked": asked, "calls": ck.Allocation(email=60, linkedin=10, voice=30)}
if advice.nearest is not None:
    mixes["nearest"] = advice.nearest
comparison = ck.compare(mixes, leads)
comparison

# %% [markdown]
# The same as a chart: a row for each mix, and a mark at each target.

# %%
chart(comparison)

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
