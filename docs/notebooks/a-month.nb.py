# ---
# jupyter:
#   myst:
#     html_meta:
#       description: Forecast a month of a campaign, run it day by day, and compare the two.
# ---

# %% [markdown]
# # A month of a campaign
#
# This notebook forecasts a campaign, then runs it day by day. A forecast runs the same intakes,
# so the results match it as long as nobody changes the campaign.

# %%
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import campaignkit as ck
from campaignkit.notebook import chart
from campaignkit.storage import MemoryStore

pool = [ck.Lead(f"lead-{n}", als_score=37 * n % 100) for n in range(300)]  # all scores, mixed
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
# Leads are admitted on working days.

# %%
november = [date(2026, 11, 1) + timedelta(days=n) for n in range(30)]
working_days = [day for day in november if day.weekday() < 5]
forecast = ck.forecast(campaign, pool, days=working_days)
forecast

# %% [markdown]
# The chart is a picture in the page, in a light or a dark theme. It runs no script.

# %%
chart(forecast)

# %% [markdown]
# The same as text:

# %%
print(*forecast.sentences, sep="\n")

# %% [markdown]
# ## The month
#
# A service executes commands on a store: here in memory, in production in SQLite or PostgreSQL.

# %%
set_time = datetime(2026, 10, 30, 9, tzinfo=UTC)  # so that each run shows the same history
service = ck.CampaignService(MemoryStore(), clock=lambda: set_time)
ann = ck.Actor.user("ann")
campaign = service.create(campaign, by=ann)
key = campaign.client_id, campaign.id
campaign = service.activate(*key, by=ann)
campaign

# %%
intakes = [service.intake(*key, pool, day=day, by=ann) for day in working_days]
intakes[0]

# %% [markdown]
# Each day matched the forecast:

# %%
forecast_counts = [each.counts for each in forecast.days]
assert [day.plan.counts for day in intakes] == forecast_counts
service.store.progress(*key, working_days[-1])

# %% [markdown]
# ## The history

# %%
service.pause(*key, by=ann)
service.edit(*key, by=ann, allocation=ck.Allocation(email=50, linkedin=30, voice=20))
service.history(*key, limit=6)

# %% [markdown]
# What each channel got, against its share:

# %%
chart(service.history(*key, limit=100))
