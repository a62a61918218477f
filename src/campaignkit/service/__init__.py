"""The use cases of campaigns over any store, sync and async."""

from campaignkit.service._services import AsyncCampaignService, CampaignService

__all__ = ["AsyncCampaignService", "CampaignService"]
