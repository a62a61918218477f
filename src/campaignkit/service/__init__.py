"""The use cases of campaigns over any store, sync and async."""

from campaignkit.service._async_service import AsyncCampaignService
from campaignkit.service._sync_service import CampaignService

__all__ = ["AsyncCampaignService", "CampaignService"]
