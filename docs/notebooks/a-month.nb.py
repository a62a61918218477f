# %% [markdown]
# # A month of a campaign
#
# A campaign is forecast before it begins, then run day by day. Because a forecast runs the same
# intakes, what comes about is what was told, as long as nobody changes anything.

# %%
import csv
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import altair as alt

import campaignkit as ck
from campaignkit.notebook import chart
from campaignkit.storage import MemoryStore

with Path("../examples/leads.csv").open(encoding="utf-8") as file:
    scores = {row["lead_id"]: row["als_score"] for row in csv.DictReader(file)}
pool = [ck.Lead(n, als_score=float(s) if s else None) for n, s in scores.items()]

campaign = ck.Campaign.draft(
    id=UUID("5f0f3d5c-43f5-4c1b-9a37-0d1f6a1c7e52"),
    client_id=UUID("7a1c2f5e-0d8b-4c55-9a53-0f2d7f1f3a10"),
    name="Sydney agencies",
    daily_lead_limit=12,
    total_lead_limit=220,
    start_date=date(2026, 11, 2),
)

# %% [markdown]
# ## The forecast
#
# Leads are taken on working days.

# %%
november = [date(2026, 11, 1) + timedelta(days=n) for n in range(30)]
working_days = [day for day in november if day.weekday() < 5]
forecast = ck.forecast(campaign, pool, days=working_days)
forecast

# %% [markdown]
# The chart is drawn here, as SVG, so that the page needs no script.

# %%
alt.renderers.enable("svg")
chart(forecast)

# %% [markdown]
# The same in words, for those who do not see the chart:

# %%
print(*forecast.sentences, sep="\n")

# %% [markdown]
# ## The month
#
# A service keeps the campaign; here in memory, elsewhere in SQLite or PostgreSQL.

# %%
service, ann = ck.CampaignService(MemoryStore()), ck.Actor.user("ann")
campaign = service.create(campaign, by=ann)
who = campaign.client_id, campaign.id
campaign = service.activate(*who, by=ann)
campaign

# %%
taken = [service.intake(*who, pool, day=day, by=ann) for day in working_days]
taken[0]

# %% [markdown]
# Each day went as it was told:

# %%
told = [each.counts for each in forecast.days]
assert [day.plan.counts for day in taken] == told
service.store.progress(*who, working_days[-1])

# %% [markdown]
# ## What was done, and by whom

# %%
service.pause(*who, by=ann)
service.edit(*who, by=ann, allocation=ck.Allocation(email=50, linkedin=30, voice=20))
service.history(*who, limit=6)
