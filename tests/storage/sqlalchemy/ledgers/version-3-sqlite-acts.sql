-- read

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001' AND campaigns.deleted_at IS NULL;

-- find

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at 
FROM campaigns 
WHERE campaigns.client_id = '00000000000000000000000000000001' ORDER BY campaigns.id
 LIMIT 101 OFFSET 0;

-- progress

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = '2026-11-24' 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001';

-- assignments

SELECT campaign_leads.lead_id, campaign_leads.channel, campaign_leads.tier, campaign_leads.als_score, campaign_leads.day, campaign_leads.epoch, campaign_leads.campaign_id 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000002' AND (EXISTS (SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001')) ORDER BY campaign_leads.lead_id
 LIMIT 101 OFFSET 0;

-- history

SELECT campaign_events.campaign_id, campaign_events.number, campaign_events.kind, campaign_events.suggestion_id, campaign_events.event 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002' AND (EXISTS (SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001')) ORDER BY campaign_events.number
 LIMIT 101 OFFSET 0;

-- create

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000006' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

INSERT INTO campaigns (id, client_id, name, status, permission_mode, target_industries, target_titles, target_company_sizes, target_locations, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, daily_lead_limit, total_lead_limit, start_date, end_date, created_at, updated_at, deleted_at) VALUES ('00000000000000000000000000000006', '00000000000000000000000000000001', 'Darwin', 'draft', 'co_pilot', '[]', '[]', '[]', '[]', 40, 30, 20, 5, 5, 50, NULL, NULL, NULL, '2026-11-23 08:00:00.000000', '2026-11-23 08:00:00.000000', NULL);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at 
FROM campaigns 
WHERE campaigns.id IN ('00000000000000000000000000000006');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000006', 1, 'created', NULL, '{"action": null, "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:00+00:00", "before": {}, "after": {"id": "00000000-0000-0000-0000-000000000006", "client_id": "00000000-0000-0000-0000-000000000001", "name": "Darwin", "status": "draft", "permission_mode": "co_pilot", "targeting": {"industries": [], "titles": [], "company_sizes": [], "locations": []}, "allocation": {"email": 40, "linkedin": 30, "voice": 20, "sms": 5, "mail": 5}, "daily_lead_limit": 50, "total_lead_limit": null, "start_date": null, "end_date": null, "created_at": "2026-11-23T08:00:00+00:00", "deleted_at": null}, "updated_at": "2026-11-23T08:00:00+00:00", "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

-- activate

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000006' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = NULL 
WHERE campaigns.id = '00000000000000000000000000000006' AND campaigns.client_id = '00000000000000000000000000000001';

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000006', ((SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006') + 1), 'applied', NULL, '{"action": "activate", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:01+00:00", "before": {"status": "draft"}, "after": {"status": "active"}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}') RETURNING number;

UPDATE campaigns SET status='active', updated_at='2026-11-23 09:00:01.000000' WHERE campaigns.id = '00000000000000000000000000000006';

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000006' AND campaigns.client_id = '00000000000000000000000000000001';

-- intake

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000006' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = '2026-11-24' 
WHERE campaigns.id = '00000000000000000000000000000006' AND campaigns.client_id = '00000000000000000000000000000001';

SELECT campaign_leads.lead_id, campaign_leads.channel, campaign_leads.tier, campaign_leads.als_score, campaign_leads.day, campaign_leads.epoch 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000006' AND campaign_leads.lead_id IN (SELECT anon_1.value 
FROM json_each('["p", "q"]') AS anon_1);

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000006', 'q', 'email', 'warm', 84.5, '2026-11-24', 0);

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000006', 'p', 'linkedin', 'hot', 90.0, '2026-11-24', 0);

INSERT INTO campaign_days (campaign_id, day, admitted) VALUES ('00000000000000000000000000000006', '2026-11-24', 2) ON CONFLICT (campaign_id, day) DO UPDATE SET admitted = (campaign_days.admitted + excluded.admitted);

UPDATE campaign_progress SET admitted_total=2, email_carried=1, linkedin_carried=1, voice_carried=0, sms_carried=0, mail_carried=0, email_allocation=40, linkedin_allocation=30, voice_allocation=20, sms_allocation=5, mail_allocation=5, epoch=0 WHERE campaign_progress.campaign_id = '00000000000000000000000000000006';

DELETE FROM campaign_rejections WHERE campaign_rejections.campaign_id = '00000000000000000000000000000006' AND campaign_rejections.lead_id IN (SELECT anon_1.value 
FROM json_each('["q", "p"]') AS anon_1);

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000006', ((SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006') + 1), 'applied', NULL, '{"action": "assign", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:02+00:00", "before": {}, "after": {}, "updated_at": null, "day": "2026-11-24", "counts": {"email": 1, "linkedin": 1, "voice": 0, "sms": 0, "mail": 0}, "reason": null}') RETURNING number;

-- intake again

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = '2026-11-25' 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001';

SELECT campaign_leads.lead_id, campaign_leads.channel, campaign_leads.tier, campaign_leads.als_score, campaign_leads.day, campaign_leads.epoch 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000002' AND campaign_leads.lead_id IN (SELECT anon_1.value 
FROM json_each('["r"]') AS anon_1);

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000002', 'r', 'voice', 'hot', 90.0, '2026-11-25', 0);

INSERT INTO campaign_days (campaign_id, day, admitted) VALUES ('00000000000000000000000000000002', '2026-11-25', 1) ON CONFLICT (campaign_id, day) DO UPDATE SET admitted = (campaign_days.admitted + excluded.admitted);

UPDATE campaign_progress SET admitted_total=7, email_carried=3, linkedin_carried=2, voice_carried=2, sms_carried=0, mail_carried=0, email_allocation=40, linkedin_allocation=30, voice_allocation=20, sms_allocation=5, mail_allocation=5, epoch=0 WHERE campaign_progress.campaign_id = '00000000000000000000000000000002';

DELETE FROM campaign_rejections WHERE campaign_rejections.campaign_id = '00000000000000000000000000000002' AND campaign_rejections.lead_id IN (SELECT anon_1.value 
FROM json_each('["r"]') AS anon_1);

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', ((SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002') + 1), 'applied', NULL, '{"action": "assign", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:03+00:00", "before": {}, "after": {}, "updated_at": null, "day": "2026-11-25", "counts": {"email": 0, "linkedin": 0, "voice": 1, "sms": 0, "mail": 0}, "reason": null}') RETURNING number;

-- release

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = NULL 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001';

SELECT campaign_leads.lead_id, campaign_leads.channel, campaign_leads.tier, campaign_leads.als_score, campaign_leads.day, campaign_leads.epoch 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000002' AND campaign_leads.lead_id IN (SELECT anon_1.value 
FROM json_each('["c"]') AS anon_1);

-- edit

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000003' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = NULL 
WHERE campaigns.id = '00000000000000000000000000000003' AND campaigns.client_id = '00000000000000000000000000000001';

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000003', ((SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003') + 1), 'applied', NULL, '{"action": "edit", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:05+00:00", "before": {"name": "Hobart"}, "after": {"name": "Hobart, too"}, "updated_at": "2026-11-23T09:00:05.000001+00:00", "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}') RETURNING number;

UPDATE campaigns SET name='Hobart, too', updated_at='2026-11-23 09:00:05.000001' WHERE campaigns.id = '00000000000000000000000000000003';

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000003' AND campaigns.client_id = '00000000000000000000000000000001';

-- pause

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000006' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = NULL 
WHERE campaigns.id = '00000000000000000000000000000006' AND campaigns.client_id = '00000000000000000000000000000001';

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000006', ((SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006') + 1), 'applied', NULL, '{"action": "pause", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:06+00:00", "before": {"status": "active"}, "after": {"status": "paused"}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}') RETURNING number;

UPDATE campaigns SET status='paused', updated_at='2026-11-23 09:00:06.000000' WHERE campaigns.id = '00000000000000000000000000000006';

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000006' AND campaigns.client_id = '00000000000000000000000000000001';

-- list suggestions

SELECT campaign_suggestions.id, campaign_suggestions.campaign_id, campaign_suggestions.state, campaign_suggestions.digest, campaign_suggestions.suggestion, campaigns.client_id 
FROM campaign_suggestions JOIN campaigns ON campaign_suggestions.campaign_id = campaigns.id 
WHERE campaigns.client_id = '00000000000000000000000000000001' ORDER BY campaign_suggestions.id
 LIMIT 101 OFFSET 0;

-- suggest leads

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = '2026-11-24' 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001';

SELECT campaign_leads.lead_id, campaign_leads.channel, campaign_leads.tier, campaign_leads.als_score, campaign_leads.day, campaign_leads.epoch 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000002' AND campaign_leads.lead_id IN (SELECT anon_1.value 
FROM json_each('["t"]') AS anon_1);

SELECT met.kind, met.campaign_id, met.suggestion_id, met.lead_id, met.until 
FROM (SELECT 'equal' AS kind, campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.id AS suggestion_id, CAST(NULL AS TEXT) AS lead_id, CAST(NULL AS DATE) AS until 
FROM campaign_suggestions 
WHERE campaign_suggestions.campaign_id = '00000000000000000000000000000002' AND campaign_suggestions.digest = '203a6b3bb00f59a1368d10f96d52702662ef4e5a6cb124c244bad1ffedc887fa' AND (campaign_suggestions.state = 'pending' OR campaign_suggestions.state = 'rejected') UNION ALL SELECT 'last' AS kind, anon_1.campaign_id AS campaign_id, anon_1.id AS suggestion_id, CAST(NULL AS TEXT) AS lead_id, CAST(NULL AS DATE) AS until 
FROM (SELECT campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.id AS id 
FROM campaign_suggestions 
WHERE campaign_suggestions.campaign_id = '00000000000000000000000000000002' ORDER BY campaign_suggestions.id DESC
 LIMIT 1 OFFSET 0) AS anon_1 UNION ALL SELECT 'waiting' AS kind, anon_2.campaign_id AS campaign_id, anon_2.suggestion_id AS suggestion_id, anon_2.lead_id AS lead_id, CAST(NULL AS DATE) AS until 
FROM (SELECT campaign_suggested_leads.campaign_id AS campaign_id, campaign_suggested_leads.suggestion_id AS suggestion_id, campaign_suggested_leads.lead_id AS lead_id 
FROM campaign_suggested_leads JOIN campaign_suggestions ON campaign_suggestions.id = campaign_suggested_leads.suggestion_id 
WHERE campaign_suggested_leads.campaign_id = '00000000000000000000000000000002' AND campaign_suggested_leads.lead_id IN (SELECT anon_3.value 
FROM json_each('["t"]') AS anon_3) AND campaign_suggested_leads.reason IS NULL AND campaign_suggestions.state = 'pending') AS anon_2 UNION ALL SELECT 'rejected' AS kind, anon_4.campaign_id AS campaign_id, anon_4.suggestion_id AS suggestion_id, anon_4.lead_id AS lead_id, anon_4.until AS until 
FROM (SELECT campaign_rejections.campaign_id AS campaign_id, campaign_rejections.suggestion_id AS suggestion_id, campaign_rejections.lead_id AS lead_id, campaign_rejections.until AS until 
FROM campaign_rejections 
WHERE campaign_rejections.campaign_id = '00000000000000000000000000000002' AND campaign_rejections.lead_id IN (SELECT anon_5.value 
FROM json_each('["t"]') AS anon_5)) AS anon_4) AS met;

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a271007001a8eb4f492ac5ba73', '00000000000000000000000000000002', 'pending', '203a6b3bb00f59a1368d10f96d52702662ef4e5a6cb124c244bad1ffedc887fa', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:07+00:00", "reason": null, "expires_at": null, "before": {"allocation": {"email": 40, "linkedin": 30, "voice": 20, "sms": 5, "mail": 5}, "targeting": {"industries": ["SEO"], "titles": ["CEO"], "company_sizes": [], "locations": ["Sydney"]}}, "counts": {"email": 0, "linkedin": 1, "voice": 0, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": null, "decided_at": null, "why": null, "action": "assign", "day": "2026-11-24", "horizon": 1, "after": {}, "lead_count": 1}') ON CONFLICT DO NOTHING RETURNING id;

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a271007001a8eb4f492ac5ba73', 't', '00000000000000000000000000000002', 1, 90.0, NULL, NULL);

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', ((SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002') + 1), 'suggested', '01a207a271007001a8eb4f492ac5ba73', '{"action": "assign", "by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:07+00:00", "before": {}, "after": {}, "updated_at": null, "day": "2026-11-24", "counts": {"email": 0, "linkedin": 1, "voice": 0, "sms": 0, "mail": 0}, "reason": null}') RETURNING number;

-- suggest an edit

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000003' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = NULL 
WHERE campaigns.id = '00000000000000000000000000000003' AND campaigns.client_id = '00000000000000000000000000000001';

SELECT met.kind, met.campaign_id, met.suggestion_id, met.lead_id, met.until 
FROM (SELECT 'equal' AS kind, campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.id AS suggestion_id, CAST(NULL AS TEXT) AS lead_id, CAST(NULL AS DATE) AS until 
FROM campaign_suggestions 
WHERE campaign_suggestions.campaign_id = '00000000000000000000000000000003' AND campaign_suggestions.digest = '86116470eb34f023c7b8d3b46f3d6b6755562de80bf7d2697e263b13efa8f31a' AND (campaign_suggestions.state = 'pending' OR campaign_suggestions.state = 'rejected') UNION ALL SELECT 'last' AS kind, anon_1.campaign_id AS campaign_id, anon_1.id AS suggestion_id, CAST(NULL AS TEXT) AS lead_id, CAST(NULL AS DATE) AS until 
FROM (SELECT campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.id AS id 
FROM campaign_suggestions 
WHERE campaign_suggestions.campaign_id = '00000000000000000000000000000003' ORDER BY campaign_suggestions.id DESC
 LIMIT 1 OFFSET 0) AS anon_1) AS met;

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a274e87001983b8d23b8013425', '00000000000000000000000000000003', 'pending', '86116470eb34f023c7b8d3b46f3d6b6755562de80bf7d2697e263b13efa8f31a', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:08+00:00", "reason": null, "expires_at": null, "before": {"name": "Hobart, too"}, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": null, "decided_at": null, "why": null, "action": "edit", "day": null, "horizon": 1, "after": {"name": "Hobart, again"}, "lead_count": 0}') ON CONFLICT DO NOTHING RETURNING id;

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000003', ((SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003') + 1), 'suggested', '01a207a274e87001983b8d23b8013425', '{"action": "edit", "by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:08+00:00", "before": {"name": "Hobart, too"}, "after": {"name": "Hobart, again"}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}') RETURNING number;

-- approve leads

SELECT campaign_suggestions.id, campaign_suggestions.campaign_id, campaign_suggestions.state, campaign_suggestions.digest, campaign_suggestions.suggestion, campaigns.client_id 
FROM campaign_suggestions JOIN campaigns ON campaign_suggestions.campaign_id = campaigns.id 
WHERE campaigns.client_id = '00000000000000000000000000000001' AND campaign_suggestions.id = '01a207a26930700084000e8aadd0aba1';

SELECT campaign_suggested_leads.suggestion_id, campaign_suggested_leads.lead_id, campaign_suggested_leads.revision, campaign_suggested_leads.als_score, campaign_suggested_leads.reachable, campaign_suggested_leads.reason 
FROM campaign_suggested_leads 
WHERE campaign_suggested_leads.suggestion_id IN ('01a207a26930700084000e8aadd0aba1');

SELECT campaign_rejections.lead_id, campaign_rejections.suggestion_id, campaign_rejections.until 
FROM campaign_rejections 
WHERE campaign_rejections.suggestion_id IN ('01a207a26930700084000e8aadd0aba1');

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = '2026-11-24' 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001';

SELECT campaign_leads.lead_id, campaign_leads.channel, campaign_leads.tier, campaign_leads.als_score, campaign_leads.day, campaign_leads.epoch 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000002' AND campaign_leads.lead_id IN (SELECT anon_1.value 
FROM json_each('["l", "m"]') AS anon_1);

SELECT named.id, named.campaign_id, named.state, named.digest, named.suggestion 
FROM (SELECT campaign_suggestions.id AS id, campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.state AS state, campaign_suggestions.digest AS digest, campaign_suggestions.suggestion AS suggestion 
FROM campaign_suggestions 
WHERE campaign_suggestions.id IN ('01a207a26930700084000e8aadd0aba1')
 LIMIT -1 OFFSET 0) AS named 
WHERE named.campaign_id = '00000000000000000000000000000002';

SELECT campaign_suggested_leads.suggestion_id, campaign_suggested_leads.lead_id, campaign_suggested_leads.revision, campaign_suggested_leads.als_score, campaign_suggested_leads.reachable, campaign_suggested_leads.reason 
FROM campaign_suggested_leads 
WHERE campaign_suggested_leads.suggestion_id IN ('01a207a26930700084000e8aadd0aba1');

SELECT campaign_rejections.lead_id, campaign_rejections.suggestion_id, campaign_rejections.until 
FROM campaign_rejections 
WHERE campaign_rejections.suggestion_id IN ('01a207a26930700084000e8aadd0aba1');

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000002', 'm', 'email', 'warm', 84.5, '2026-11-24', 0);

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000002', 'l', 'linkedin', 'hot', 90.0, '2026-11-24', 0);

INSERT INTO campaign_days (campaign_id, day, admitted) VALUES ('00000000000000000000000000000002', '2026-11-24', 2) ON CONFLICT (campaign_id, day) DO UPDATE SET admitted = (campaign_days.admitted + excluded.admitted);

UPDATE campaign_progress SET admitted_total=9, email_carried=4, linkedin_carried=3, voice_carried=2, sms_carried=0, mail_carried=0, email_allocation=40, linkedin_allocation=30, voice_allocation=20, sms_allocation=5, mail_allocation=5, epoch=0 WHERE campaign_progress.campaign_id = '00000000000000000000000000000002';

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a26930700084000e8aadd0aba1', '00000000000000000000000000000002', 'approved', 'b1daeb0a3bcd079bc89e4ee45da9cc30dabb8acfd0706300f734663ccd4e0cf8', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:14+00:00", "reason": "replies came", "expires_at": null, "before": {"allocation": {"email": 40, "linkedin": 30, "voice": 20, "sms": 5, "mail": 5}, "targeting": {"industries": ["SEO"], "titles": ["CEO"], "company_sizes": [], "locations": ["Sydney"]}}, "counts": {"email": 0, "linkedin": 1, "voice": 1, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": {"kind": "user", "name": "ann"}, "decided_at": "2026-11-23T09:00:14+00:00", "why": null, "action": "assign", "day": "2026-11-24", "horizon": 1, "after": {}, "lead_count": 2}') ON CONFLICT (id) DO UPDATE SET state = excluded.state, digest = excluded.digest, suggestion = excluded.suggestion WHERE campaign_suggestions.campaign_id = excluded.campaign_id RETURNING id;

DELETE FROM campaign_rejections WHERE campaign_rejections.campaign_id = '00000000000000000000000000000002' AND campaign_rejections.lead_id IN (SELECT anon_1.value 
FROM json_each('["m", "l"]') AS anon_1);

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', ((SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002') + 1), 'approved', '01a207a26930700084000e8aadd0aba1', '{"action": "assign", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:14+00:00", "before": {}, "after": {}, "updated_at": null, "day": "2026-11-24", "counts": {"email": 1, "linkedin": 1, "voice": 0, "sms": 0, "mail": 0}, "reason": null}') RETURNING number;

-- approve an edit

SELECT campaign_suggestions.id, campaign_suggestions.campaign_id, campaign_suggestions.state, campaign_suggestions.digest, campaign_suggestions.suggestion, campaigns.client_id 
FROM campaign_suggestions JOIN campaigns ON campaign_suggestions.campaign_id = campaigns.id 
WHERE campaigns.client_id = '00000000000000000000000000000001' AND campaign_suggestions.id = '01a207a271007000a67aa139bb15c467';

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = NULL 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001';

SELECT named.id, named.campaign_id, named.state, named.digest, named.suggestion 
FROM (SELECT campaign_suggestions.id AS id, campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.state AS state, campaign_suggestions.digest AS digest, campaign_suggestions.suggestion AS suggestion 
FROM campaign_suggestions 
WHERE campaign_suggestions.id IN ('01a207a271007000a67aa139bb15c467')
 LIMIT -1 OFFSET 0) AS named 
WHERE named.campaign_id = '00000000000000000000000000000002';

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a271007000a67aa139bb15c467', '00000000000000000000000000000002', 'approved', '4686378ba1d646af2201187aa5d50c1ac8fbf70865c3694cae5c96b1df3e7dd7', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:16+00:00", "reason": null, "expires_at": null, "before": {"name": "Sydney agencies", "daily_lead_limit": 50}, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": {"kind": "user", "name": "ann"}, "decided_at": "2026-11-23T09:00:16+00:00", "why": null, "action": "edit", "day": null, "horizon": 1, "after": {"name": "Sydney agencies, again", "daily_lead_limit": 20}, "lead_count": 0}') ON CONFLICT (id) DO UPDATE SET state = excluded.state, digest = excluded.digest, suggestion = excluded.suggestion WHERE campaign_suggestions.campaign_id = excluded.campaign_id RETURNING id;

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', ((SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002') + 1), 'approved', '01a207a271007000a67aa139bb15c467', '{"action": "edit", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:16+00:00", "before": {"name": "Sydney agencies", "daily_lead_limit": 50}, "after": {"name": "Sydney agencies, again", "daily_lead_limit": 20}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}') RETURNING number;

UPDATE campaigns SET name='Sydney agencies, again', daily_lead_limit=20, updated_at='2026-11-23 09:00:16.000000' WHERE campaigns.id = '00000000000000000000000000000002';

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002' AND campaigns.client_id = '00000000000000000000000000000001';

-- reject a pause

SELECT campaign_suggestions.id, campaign_suggestions.campaign_id, campaign_suggestions.state, campaign_suggestions.digest, campaign_suggestions.suggestion, campaigns.client_id 
FROM campaign_suggestions JOIN campaigns ON campaign_suggestions.campaign_id = campaigns.id 
WHERE campaigns.client_id = '00000000000000000000000000000001' AND campaign_suggestions.id = '01a207a274e870009a19dc130d801964';

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000003' AND campaigns.client_id = '00000000000000000000000000000001' ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003') AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = NULL 
WHERE campaigns.id = '00000000000000000000000000000003' AND campaigns.client_id = '00000000000000000000000000000001';

SELECT named.id, named.campaign_id, named.state, named.digest, named.suggestion 
FROM (SELECT campaign_suggestions.id AS id, campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.state AS state, campaign_suggestions.digest AS digest, campaign_suggestions.suggestion AS suggestion 
FROM campaign_suggestions 
WHERE campaign_suggestions.id IN ('01a207a274e870009a19dc130d801964')
 LIMIT -1 OFFSET 0) AS named 
WHERE named.campaign_id = '00000000000000000000000000000003';

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a274e870009a19dc130d801964', '00000000000000000000000000000003', 'rejected', '7d743d2e5008013b1ab09e3731bdacdf146162519904a7ca1078f4759dfa2d95', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:17+00:00", "reason": "bounces", "expires_at": null, "before": {"status": "active"}, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": {"kind": "user", "name": "ann"}, "decided_at": "2026-11-23T09:00:17+00:00", "why": "not now", "action": "pause", "day": null, "horizon": 1, "after": {}, "lead_count": 0}') ON CONFLICT (id) DO UPDATE SET state = excluded.state, digest = excluded.digest, suggestion = excluded.suggestion WHERE campaign_suggestions.campaign_id = excluded.campaign_id RETURNING id;

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000003', ((SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003') + 1), 'rejected', '01a207a274e870009a19dc130d801964', '{"action": "pause", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:17+00:00", "before": {}, "after": {}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": "not now"}') RETURNING number;

