"""Tests of campaignkit."""
