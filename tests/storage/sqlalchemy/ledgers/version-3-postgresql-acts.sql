-- read

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID AND campaigns.deleted_at IS NULL;

-- find

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at 
FROM campaigns 
WHERE campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID ORDER BY campaigns.id 
 LIMIT 101;

-- progress

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) AS has_history, campaign_days.admitted 
FROM campaigns LEFT OUTER JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id LEFT OUTER JOIN campaign_days ON campaign_days.campaign_id = campaigns.id AND campaign_days.day = '2026-11-24'::date::DATE 
WHERE campaigns.id = '00000000000000000000000000000002'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID;

-- assignments

SELECT campaign_leads.lead_id, campaign_leads.channel, campaign_leads.tier, campaign_leads.als_score, campaign_leads.day, campaign_leads.epoch, campaign_leads.campaign_id 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND (EXISTS (SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID)) ORDER BY campaign_leads.lead_id 
 LIMIT 101;

-- history

SELECT campaign_events.campaign_id, campaign_events.number, campaign_events.kind, campaign_events.suggestion_id, campaign_events.event 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND (EXISTS (SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000002'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID)) ORDER BY campaign_events.number 
 LIMIT 101;

-- create

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

INSERT INTO campaigns (id, client_id, name, status, permission_mode, target_industries, target_titles, target_company_sizes, target_locations, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, daily_lead_limit, total_lead_limit, start_date, end_date, created_at, updated_at, deleted_at) VALUES ('00000000000000000000000000000006'::uuid::UUID, '00000000000000000000000000000001'::uuid::UUID, 'Darwin'::VARCHAR, 'draft', 'co_pilot', '{}'::TEXT[], '{}'::TEXT[], '{}'::TEXT[], '{}'::TEXT[], 40::INTEGER, 30::INTEGER, 20::INTEGER, 5::INTEGER, 5::INTEGER, 50::INTEGER, NULL::INTEGER, NULL::DATE, NULL::DATE, '2026-11-23 08:00:00+00:00'::timestamptz::TIMESTAMP WITH TIME ZONE, '2026-11-23 08:00:00+00:00'::timestamptz::TIMESTAMP WITH TIME ZONE, NULL::TIMESTAMP WITH TIME ZONE);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at 
FROM campaigns 
WHERE campaigns.id IN ('00000000000000000000000000000006'::uuid::UUID);

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000006'::uuid::UUID, 1::INTEGER, 'created'::VARCHAR, NULL::UUID, '{"action": null, "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:00+00:00", "before": {}, "after": {"id": "00000000-0000-0000-0000-000000000006", "client_id": "00000000-0000-0000-0000-000000000001", "name": "Darwin", "status": "draft", "permission_mode": "co_pilot", "targeting": {"industries": [], "titles": [], "company_sizes": [], "locations": []}, "allocation": {"email": 40, "linkedin": 30, "voice": 20, "sms": 5, "mail": 5}, "daily_lead_limit": 50, "total_lead_limit": null, "start_date": null, "end_date": null, "created_at": "2026-11-23T08:00:00+00:00", "deleted_at": null}, "updated_at": "2026-11-23T08:00:00+00:00", "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}'::jsonb::JSONB);

-- activate

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000006'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

INSERT INTO campaign_progress (campaign_id) SELECT campaigns.id 
FROM campaigns 
WHERE campaigns.id = '00000000000000000000000000000006'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID ON CONFLICT DO NOTHING;

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000006'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

WITH inserted_events AS 
(INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) SELECT '00000000000000000000000000000006'::uuid::UUID AS anon_1, (SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006'::uuid::UUID) + anon_3.place AS anon_2, anon_3.kind AS kind, anon_3.suggestion_id AS suggestion_id, CAST(anon_3.event AS JSONB) AS event 
FROM unnest('{1}'::int2[]::INTEGER[], '{applied}'::TEXT[], '{NULL}'::UUID[],  E'{"{\\"action\\": \\"activate\\", \\"by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"at\\": \\"2026-11-23T09:00:01+00:00\\", \\"before\\": {\\"status\\": \\"draft\\"}, \\"after\\": {\\"status\\": \\"active\\"}, \\"updated_at\\": null, \\"day\\": null, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 0, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"reason\\": null}"}'::TEXT[]) AS anon_3(place, kind, suggestion_id, event)), 
changed_campaign AS 
(UPDATE campaigns SET status='active', updated_at='2026-11-23 09:00:01+00:00'::timestamptz::TIMESTAMP WITH TIME ZONE WHERE campaigns.id = '00000000000000000000000000000006'::uuid::UUID RETURNING campaigns.id AS id, campaigns.client_id AS client_id, campaigns.name AS name, campaigns.status AS status, campaigns.permission_mode AS permission_mode, campaigns.target_industries AS target_industries, campaigns.target_titles AS target_titles, campaigns.target_company_sizes AS target_company_sizes, campaigns.target_locations AS target_locations, campaigns.email_allocation AS email_allocation, campaigns.linkedin_allocation AS linkedin_allocation, campaigns.voice_allocation AS voice_allocation, campaigns.sms_allocation AS sms_allocation, campaigns.mail_allocation AS mail_allocation, campaigns.daily_lead_limit AS daily_lead_limit, campaigns.total_lead_limit AS total_lead_limit, campaigns.start_date AS start_date, campaigns.end_date AS end_date, campaigns.created_at AS created_at, campaigns.updated_at AS updated_at, campaigns.deleted_at AS deleted_at)
 SELECT 0, 0, 0, changed_campaign.id, changed_campaign.client_id, changed_campaign.name, changed_campaign.status, changed_campaign.permission_mode, changed_campaign.target_industries, changed_campaign.target_titles, changed_campaign.target_company_sizes, changed_campaign.target_locations, changed_campaign.email_allocation, changed_campaign.linkedin_allocation, changed_campaign.voice_allocation, changed_campaign.sms_allocation, changed_campaign.mail_allocation, changed_campaign.daily_lead_limit, changed_campaign.total_lead_limit, changed_campaign.start_date, changed_campaign.end_date, changed_campaign.created_at, changed_campaign.updated_at, changed_campaign.deleted_at 
FROM changed_campaign;

-- intake

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000006'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

SELECT own.admitted, own.has_history, anon_1.lead_id, anon_1.channel, anon_1.tier, anon_1.als_score, anon_1.day, anon_1.epoch 
FROM (SELECT (SELECT campaign_days.admitted 
FROM campaign_days 
WHERE campaign_days.campaign_id = '00000000000000000000000000000006'::uuid::UUID AND campaign_days.day = '2026-11-24'::date::DATE) AS admitted, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006'::uuid::UUID) AS has_history) AS own LEFT OUTER JOIN (SELECT found.lead_id AS lead_id, found.channel AS channel, found.tier AS tier, found.als_score AS als_score, found.day AS day, found.epoch AS epoch 
FROM unnest('{p,q}'::TEXT[]) AS anon_2(lead_id) JOIN LATERAL (SELECT campaign_leads.lead_id AS lead_id, campaign_leads.channel AS channel, campaign_leads.tier AS tier, campaign_leads.als_score AS als_score, campaign_leads.day AS day, campaign_leads.epoch AS epoch 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000006'::uuid::UUID AND campaign_leads.lead_id = anon_2.lead_id
 LIMIT ALL OFFSET 0) AS found ON true) AS anon_1 ON true;

WITH raised_days AS 
(INSERT INTO campaign_days (campaign_id, day, admitted) SELECT '00000000000000000000000000000006'::uuid::UUID AS anon_1, anon_2.day AS day, anon_2.admitted AS admitted 
FROM unnest('{2026-11-24}'::date[]::DATE[], '{2}'::int2[]::INTEGER[]) AS anon_2(day, admitted) ON CONFLICT (campaign_id, day) DO UPDATE SET admitted = (campaign_days.admitted + excluded.admitted)), 
moved_progress AS 
(UPDATE campaign_progress SET admitted_total=2::INTEGER, email_carried=1::INTEGER, linkedin_carried=1::INTEGER, voice_carried=0::INTEGER, sms_carried=0::INTEGER, mail_carried=0::INTEGER, email_allocation=40::INTEGER, linkedin_allocation=30::INTEGER, voice_allocation=20::INTEGER, sms_allocation=5::INTEGER, mail_allocation=5::INTEGER, epoch=0::INTEGER WHERE campaign_progress.campaign_id = '00000000000000000000000000000006'::uuid::UUID), 
lifted_rejections AS 
(DELETE FROM campaign_rejections WHERE campaign_rejections.ctid = ANY (array((SELECT anon_3.place 
FROM (SELECT found.place AS place 
FROM unnest('{q,p}'::TEXT[]) AS anon_4(lead_id) JOIN LATERAL (SELECT campaign_rejections.ctid AS place 
FROM campaign_rejections 
WHERE campaign_rejections.campaign_id = '00000000000000000000000000000006'::uuid::UUID AND campaign_rejections.lead_id = anon_4.lead_id
 LIMIT ALL OFFSET 0) AS found ON true) AS anon_3)))), 
inserted_events AS 
(INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) SELECT '00000000000000000000000000000006'::uuid::UUID AS anon_1, (SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006'::uuid::UUID) + anon_6.place AS anon_5, anon_6.kind AS kind, anon_6.suggestion_id AS suggestion_id, CAST(anon_6.event AS JSONB) AS event 
FROM unnest('{1}'::int2[]::INTEGER[], '{applied}'::TEXT[], '{NULL}'::UUID[],  E'{"{\\"action\\": \\"assign\\", \\"by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"at\\": \\"2026-11-23T09:00:02+00:00\\", \\"before\\": {}, \\"after\\": {}, \\"updated_at\\": null, \\"day\\": \\"2026-11-24\\", \\"counts\\": {\\"email\\": 1, \\"linkedin\\": 1, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"reason\\": null}"}'::TEXT[]) AS anon_6(place, kind, suggestion_id, event)), 
inserted_leads AS 
(INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) SELECT '00000000000000000000000000000006'::uuid::UUID AS anon_1, anon_8.lead_id AS lead_id, anon_8.channel AS channel, anon_8.tier AS tier, anon_8.als_score AS als_score, anon_8.day AS day, anon_8.epoch AS epoch 
FROM unnest('{q,p}'::TEXT[], '{email,linkedin}'::TEXT[], '{warm,hot}'::TEXT[], '{84.5,90.0}'::float8[]::DOUBLE PRECISION[], '{2026-11-24,2026-11-24}'::date[]::DATE[], '{0,0}'::int2[]::INTEGER[]) AS anon_8(lead_id, channel, tier, als_score, day, epoch) ON CONFLICT DO NOTHING RETURNING campaign_leads.lead_id)
 SELECT (SELECT count(*) AS count_1 
FROM inserted_leads) AS anon_7, 0, 0;

-- intake again

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000002'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

SELECT own.admitted, own.has_history, anon_1.lead_id, anon_1.channel, anon_1.tier, anon_1.als_score, anon_1.day, anon_1.epoch 
FROM (SELECT (SELECT campaign_days.admitted 
FROM campaign_days 
WHERE campaign_days.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_days.day = '2026-11-25'::date::DATE) AS admitted, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) AS has_history) AS own LEFT OUTER JOIN (SELECT found.lead_id AS lead_id, found.channel AS channel, found.tier AS tier, found.als_score AS als_score, found.day AS day, found.epoch AS epoch 
FROM unnest('{r}'::TEXT[]) AS anon_2(lead_id) JOIN LATERAL (SELECT campaign_leads.lead_id AS lead_id, campaign_leads.channel AS channel, campaign_leads.tier AS tier, campaign_leads.als_score AS als_score, campaign_leads.day AS day, campaign_leads.epoch AS epoch 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_leads.lead_id = anon_2.lead_id
 LIMIT ALL OFFSET 0) AS found ON true) AS anon_1 ON true;

WITH raised_days AS 
(INSERT INTO campaign_days (campaign_id, day, admitted) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, anon_2.day AS day, anon_2.admitted AS admitted 
FROM unnest('{2026-11-25}'::date[]::DATE[], '{1}'::int2[]::INTEGER[]) AS anon_2(day, admitted) ON CONFLICT (campaign_id, day) DO UPDATE SET admitted = (campaign_days.admitted + excluded.admitted)), 
moved_progress AS 
(UPDATE campaign_progress SET admitted_total=7::INTEGER, email_carried=3::INTEGER, linkedin_carried=2::INTEGER, voice_carried=2::INTEGER, sms_carried=0::INTEGER, mail_carried=0::INTEGER, email_allocation=40::INTEGER, linkedin_allocation=30::INTEGER, voice_allocation=20::INTEGER, sms_allocation=5::INTEGER, mail_allocation=5::INTEGER, epoch=0::INTEGER WHERE campaign_progress.campaign_id = '00000000000000000000000000000002'::uuid::UUID), 
lifted_rejections AS 
(DELETE FROM campaign_rejections WHERE campaign_rejections.ctid = ANY (array((SELECT anon_3.place 
FROM (SELECT found.place AS place 
FROM unnest('{r}'::TEXT[]) AS anon_4(lead_id) JOIN LATERAL (SELECT campaign_rejections.ctid AS place 
FROM campaign_rejections 
WHERE campaign_rejections.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_rejections.lead_id = anon_4.lead_id
 LIMIT ALL OFFSET 0) AS found ON true) AS anon_3)))), 
inserted_events AS 
(INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, (SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) + anon_6.place AS anon_5, anon_6.kind AS kind, anon_6.suggestion_id AS suggestion_id, CAST(anon_6.event AS JSONB) AS event 
FROM unnest('{1}'::int2[]::INTEGER[], '{applied}'::TEXT[], '{NULL}'::UUID[],  E'{"{\\"action\\": \\"assign\\", \\"by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"at\\": \\"2026-11-23T09:00:03+00:00\\", \\"before\\": {}, \\"after\\": {}, \\"updated_at\\": null, \\"day\\": \\"2026-11-25\\", \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 0, \\"voice\\": 1, \\"sms\\": 0, \\"mail\\": 0}, \\"reason\\": null}"}'::TEXT[]) AS anon_6(place, kind, suggestion_id, event)), 
inserted_leads AS 
(INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, anon_8.lead_id AS lead_id, anon_8.channel AS channel, anon_8.tier AS tier, anon_8.als_score AS als_score, anon_8.day AS day, anon_8.epoch AS epoch 
FROM unnest('{r}'::TEXT[], '{voice}'::TEXT[], '{hot}'::TEXT[], '{90.0}'::float8[]::DOUBLE PRECISION[], '{2026-11-25}'::date[]::DATE[], '{0}'::int2[]::INTEGER[]) AS anon_8(lead_id, channel, tier, als_score, day, epoch) ON CONFLICT DO NOTHING RETURNING campaign_leads.lead_id)
 SELECT (SELECT count(*) AS count_1 
FROM inserted_leads) AS anon_7, 0, 0;

-- release

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000002'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

SELECT own.admitted, own.has_history, anon_1.lead_id, anon_1.channel, anon_1.tier, anon_1.als_score, anon_1.day, anon_1.epoch 
FROM (SELECT (SELECT campaign_days.admitted 
FROM campaign_days 
WHERE campaign_days.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_days.day = NULL::DATE) AS admitted, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) AS has_history) AS own LEFT OUTER JOIN (SELECT found.lead_id AS lead_id, found.channel AS channel, found.tier AS tier, found.als_score AS als_score, found.day AS day, found.epoch AS epoch 
FROM unnest('{c}'::TEXT[]) AS anon_2(lead_id) JOIN LATERAL (SELECT campaign_leads.lead_id AS lead_id, campaign_leads.channel AS channel, campaign_leads.tier AS tier, campaign_leads.als_score AS als_score, campaign_leads.day AS day, campaign_leads.epoch AS epoch 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_leads.lead_id = anon_2.lead_id
 LIMIT ALL OFFSET 0) AS found ON true) AS anon_1 ON true;

-- edit

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000003'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

WITH inserted_events AS 
(INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) SELECT '00000000000000000000000000000003'::uuid::UUID AS anon_1, (SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003'::uuid::UUID) + anon_3.place AS anon_2, anon_3.kind AS kind, anon_3.suggestion_id AS suggestion_id, CAST(anon_3.event AS JSONB) AS event 
FROM unnest('{1}'::int2[]::INTEGER[], '{applied}'::TEXT[], '{NULL}'::UUID[],  E'{"{\\"action\\": \\"edit\\", \\"by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"at\\": \\"2026-11-23T09:00:05+00:00\\", \\"before\\": {\\"name\\": \\"Hobart\\"}, \\"after\\": {\\"name\\": \\"Hobart, too\\"}, \\"updated_at\\": \\"2026-11-23T09:00:05.000001+00:00\\", \\"day\\": null, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 0, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"reason\\": null}"}'::TEXT[]) AS anon_3(place, kind, suggestion_id, event)), 
changed_campaign AS 
(UPDATE campaigns SET name='Hobart, too'::VARCHAR, updated_at='2026-11-23 09:00:05.000001+00:00'::timestamptz::TIMESTAMP WITH TIME ZONE WHERE campaigns.id = '00000000000000000000000000000003'::uuid::UUID RETURNING campaigns.id AS id, campaigns.client_id AS client_id, campaigns.name AS name, campaigns.status AS status, campaigns.permission_mode AS permission_mode, campaigns.target_industries AS target_industries, campaigns.target_titles AS target_titles, campaigns.target_company_sizes AS target_company_sizes, campaigns.target_locations AS target_locations, campaigns.email_allocation AS email_allocation, campaigns.linkedin_allocation AS linkedin_allocation, campaigns.voice_allocation AS voice_allocation, campaigns.sms_allocation AS sms_allocation, campaigns.mail_allocation AS mail_allocation, campaigns.daily_lead_limit AS daily_lead_limit, campaigns.total_lead_limit AS total_lead_limit, campaigns.start_date AS start_date, campaigns.end_date AS end_date, campaigns.created_at AS created_at, campaigns.updated_at AS updated_at, campaigns.deleted_at AS deleted_at)
 SELECT 0, 0, 0, changed_campaign.id, changed_campaign.client_id, changed_campaign.name, changed_campaign.status, changed_campaign.permission_mode, changed_campaign.target_industries, changed_campaign.target_titles, changed_campaign.target_company_sizes, changed_campaign.target_locations, changed_campaign.email_allocation, changed_campaign.linkedin_allocation, changed_campaign.voice_allocation, changed_campaign.sms_allocation, changed_campaign.mail_allocation, changed_campaign.daily_lead_limit, changed_campaign.total_lead_limit, changed_campaign.start_date, changed_campaign.end_date, changed_campaign.created_at, changed_campaign.updated_at, changed_campaign.deleted_at 
FROM changed_campaign;

-- pause

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000006'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

WITH inserted_events AS 
(INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) SELECT '00000000000000000000000000000006'::uuid::UUID AS anon_1, (SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000006'::uuid::UUID) + anon_3.place AS anon_2, anon_3.kind AS kind, anon_3.suggestion_id AS suggestion_id, CAST(anon_3.event AS JSONB) AS event 
FROM unnest('{1}'::int2[]::INTEGER[], '{applied}'::TEXT[], '{NULL}'::UUID[],  E'{"{\\"action\\": \\"pause\\", \\"by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"at\\": \\"2026-11-23T09:00:06+00:00\\", \\"before\\": {\\"status\\": \\"active\\"}, \\"after\\": {\\"status\\": \\"paused\\"}, \\"updated_at\\": null, \\"day\\": null, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 0, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"reason\\": null}"}'::TEXT[]) AS anon_3(place, kind, suggestion_id, event)), 
changed_campaign AS 
(UPDATE campaigns SET status='paused', updated_at='2026-11-23 09:00:06+00:00'::timestamptz::TIMESTAMP WITH TIME ZONE WHERE campaigns.id = '00000000000000000000000000000006'::uuid::UUID RETURNING campaigns.id AS id, campaigns.client_id AS client_id, campaigns.name AS name, campaigns.status AS status, campaigns.permission_mode AS permission_mode, campaigns.target_industries AS target_industries, campaigns.target_titles AS target_titles, campaigns.target_company_sizes AS target_company_sizes, campaigns.target_locations AS target_locations, campaigns.email_allocation AS email_allocation, campaigns.linkedin_allocation AS linkedin_allocation, campaigns.voice_allocation AS voice_allocation, campaigns.sms_allocation AS sms_allocation, campaigns.mail_allocation AS mail_allocation, campaigns.daily_lead_limit AS daily_lead_limit, campaigns.total_lead_limit AS total_lead_limit, campaigns.start_date AS start_date, campaigns.end_date AS end_date, campaigns.created_at AS created_at, campaigns.updated_at AS updated_at, campaigns.deleted_at AS deleted_at)
 SELECT 0, 0, 0, changed_campaign.id, changed_campaign.client_id, changed_campaign.name, changed_campaign.status, changed_campaign.permission_mode, changed_campaign.target_industries, changed_campaign.target_titles, changed_campaign.target_company_sizes, changed_campaign.target_locations, changed_campaign.email_allocation, changed_campaign.linkedin_allocation, changed_campaign.voice_allocation, changed_campaign.sms_allocation, changed_campaign.mail_allocation, changed_campaign.daily_lead_limit, changed_campaign.total_lead_limit, changed_campaign.start_date, changed_campaign.end_date, changed_campaign.created_at, changed_campaign.updated_at, changed_campaign.deleted_at 
FROM changed_campaign;

-- list suggestions

SELECT campaign_suggestions.id, campaign_suggestions.campaign_id, campaign_suggestions.state, campaign_suggestions.digest, campaign_suggestions.suggestion, campaigns.client_id 
FROM campaign_suggestions JOIN campaigns ON campaign_suggestions.campaign_id = campaigns.id 
WHERE campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID ORDER BY campaign_suggestions.id 
 LIMIT 101;

-- suggest leads

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000002'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

SELECT own.admitted, own.has_history, anon_1.lead_id, anon_1.channel, anon_1.tier, anon_1.als_score, anon_1.day, anon_1.epoch 
FROM (SELECT (SELECT campaign_days.admitted 
FROM campaign_days 
WHERE campaign_days.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_days.day = '2026-11-24'::date::DATE) AS admitted, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) AS has_history) AS own LEFT OUTER JOIN (SELECT found.lead_id AS lead_id, found.channel AS channel, found.tier AS tier, found.als_score AS als_score, found.day AS day, found.epoch AS epoch 
FROM unnest('{t}'::TEXT[]) AS anon_2(lead_id) JOIN LATERAL (SELECT campaign_leads.lead_id AS lead_id, campaign_leads.channel AS channel, campaign_leads.tier AS tier, campaign_leads.als_score AS als_score, campaign_leads.day AS day, campaign_leads.epoch AS epoch 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_leads.lead_id = anon_2.lead_id
 LIMIT ALL OFFSET 0) AS found ON true) AS anon_1 ON true;

SELECT met.kind, met.campaign_id, met.suggestion_id, met.lead_id, met.until 
FROM (SELECT 'equal' AS kind, campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.id AS suggestion_id, CAST(NULL AS TEXT) AS lead_id, CAST(NULL AS DATE) AS until 
FROM campaign_suggestions 
WHERE campaign_suggestions.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_suggestions.digest = '203a6b3bb00f59a1368d10f96d52702662ef4e5a6cb124c244bad1ffedc887fa'::VARCHAR AND (campaign_suggestions.state = 'pending'::VARCHAR OR campaign_suggestions.state = 'rejected'::VARCHAR) UNION ALL SELECT 'last' AS kind, anon_1.campaign_id AS campaign_id, anon_1.id AS suggestion_id, CAST(NULL AS TEXT) AS lead_id, CAST(NULL AS DATE) AS until 
FROM (SELECT campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.id AS id 
FROM campaign_suggestions 
WHERE campaign_suggestions.campaign_id = '00000000000000000000000000000002'::uuid::UUID ORDER BY campaign_suggestions.id DESC 
 LIMIT 1) AS anon_1 UNION ALL SELECT 'waiting' AS kind, anon_2.campaign_id AS campaign_id, anon_2.suggestion_id AS suggestion_id, anon_2.lead_id AS lead_id, CAST(NULL AS DATE) AS until 
FROM (SELECT found.campaign_id AS campaign_id, found.suggestion_id AS suggestion_id, found.lead_id AS lead_id 
FROM unnest('{t}'::TEXT[]) AS anon_3(lead_id) JOIN LATERAL (SELECT campaign_suggested_leads.campaign_id AS campaign_id, campaign_suggested_leads.suggestion_id AS suggestion_id, campaign_suggested_leads.lead_id AS lead_id 
FROM campaign_suggested_leads JOIN campaign_suggestions ON campaign_suggestions.id = campaign_suggested_leads.suggestion_id 
WHERE campaign_suggested_leads.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_suggested_leads.lead_id = anon_3.lead_id AND campaign_suggested_leads.reason IS NULL AND campaign_suggestions.state = 'pending'::VARCHAR
 LIMIT ALL OFFSET 0) AS found ON true) AS anon_2 UNION ALL SELECT 'rejected' AS kind, anon_4.campaign_id AS campaign_id, anon_4.suggestion_id AS suggestion_id, anon_4.lead_id AS lead_id, anon_4.until AS until 
FROM (SELECT found.campaign_id AS campaign_id, found.suggestion_id AS suggestion_id, found.lead_id AS lead_id, found.until AS until 
FROM unnest('{t}'::TEXT[]) AS anon_5(lead_id) JOIN LATERAL (SELECT campaign_rejections.campaign_id AS campaign_id, campaign_rejections.suggestion_id AS suggestion_id, campaign_rejections.lead_id AS lead_id, campaign_rejections.until AS until 
FROM campaign_rejections 
WHERE campaign_rejections.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_rejections.lead_id = anon_5.lead_id
 LIMIT ALL OFFSET 0) AS found ON true) AS anon_4) AS met;

WITH inserted_suggested_leads AS 
(INSERT INTO campaign_suggested_leads (campaign_id, suggestion_id, lead_id, revision, als_score, reachable, reason) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, anon_2.suggestion_id AS suggestion_id, anon_2.lead_id AS lead_id, anon_2.revision AS revision, anon_2.als_score AS als_score, anon_2.reachable AS reachable, anon_2.reason AS reason 
FROM unnest('{01a207a27100700196bb81233f56ebd9}'::uuid[]::UUID[], '{t}'::TEXT[], '{1}'::int2[]::INTEGER[], '{90.0}'::float8[]::DOUBLE PRECISION[], '{NULL}'::TEXT[], '{NULL}'::TEXT[]) AS anon_2(suggestion_id, lead_id, revision, als_score, reachable, reason)), 
inserted_events AS 
(INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, (SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) + anon_4.place AS anon_3, anon_4.kind AS kind, anon_4.suggestion_id AS suggestion_id, CAST(anon_4.event AS JSONB) AS event 
FROM unnest('{1}'::int2[]::INTEGER[], '{suggested}'::TEXT[], '{01a207a27100700196bb81233f56ebd9}'::uuid[]::UUID[],  E'{"{\\"action\\": \\"assign\\", \\"by\\": {\\"kind\\": \\"ai\\", \\"name\\": \\"scout\\"}, \\"at\\": \\"2026-11-23T09:00:07+00:00\\", \\"before\\": {}, \\"after\\": {}, \\"updated_at\\": null, \\"day\\": \\"2026-11-24\\", \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 1, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"reason\\": null}"}'::TEXT[]) AS anon_4(place, kind, suggestion_id, event)), 
written_new_suggestions AS 
(INSERT INTO campaign_suggestions (campaign_id, id, state, digest, suggestion) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, anon_6.id AS id, anon_6.state AS state, anon_6.digest AS digest, CAST(anon_6.suggestion AS JSONB) AS suggestion 
FROM unnest('{01a207a27100700196bb81233f56ebd9}'::uuid[]::UUID[], '{pending}'::TEXT[], '{203a6b3bb00f59a1368d10f96d52702662ef4e5a6cb124c244bad1ffedc887fa}'::TEXT[],  E'{"{\\"by\\": {\\"kind\\": \\"ai\\", \\"name\\": \\"scout\\"}, \\"at\\": \\"2026-11-23T09:00:07+00:00\\", \\"reason\\": null, \\"expires_at\\": null, \\"before\\": {\\"allocation\\": {\\"email\\": 40, \\"linkedin\\": 30, \\"voice\\": 20, \\"sms\\": 5, \\"mail\\": 5}, \\"targeting\\": {\\"industries\\": [\\"SEO\\"], \\"titles\\": [\\"CEO\\"], \\"company_sizes\\": [], \\"locations\\": [\\"Sydney\\"]}}, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 1, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"revision\\": 1, \\"day_passed\\": false, \\"decided_by\\": null, \\"decided_at\\": null, \\"why\\": null, \\"action\\": \\"assign\\", \\"day\\": \\"2026-11-24\\", \\"horizon\\": 1, \\"after\\": {}, \\"lead_count\\": 1}"}'::TEXT[]) AS anon_6(id, state, digest, suggestion) ON CONFLICT DO NOTHING RETURNING campaign_suggestions.id)
 SELECT 0, (SELECT count(*) AS count_1 
FROM written_new_suggestions) AS anon_5, 0;

-- suggest an edit

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000003'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

SELECT met.kind, met.campaign_id, met.suggestion_id, met.lead_id, met.until 
FROM (SELECT 'equal' AS kind, campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.id AS suggestion_id, CAST(NULL AS TEXT) AS lead_id, CAST(NULL AS DATE) AS until 
FROM campaign_suggestions 
WHERE campaign_suggestions.campaign_id = '00000000000000000000000000000003'::uuid::UUID AND campaign_suggestions.digest = '86116470eb34f023c7b8d3b46f3d6b6755562de80bf7d2697e263b13efa8f31a'::VARCHAR AND (campaign_suggestions.state = 'pending'::VARCHAR OR campaign_suggestions.state = 'rejected'::VARCHAR) UNION ALL SELECT 'last' AS kind, anon_1.campaign_id AS campaign_id, anon_1.id AS suggestion_id, CAST(NULL AS TEXT) AS lead_id, CAST(NULL AS DATE) AS until 
FROM (SELECT campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.id AS id 
FROM campaign_suggestions 
WHERE campaign_suggestions.campaign_id = '00000000000000000000000000000003'::uuid::UUID ORDER BY campaign_suggestions.id DESC 
 LIMIT 1) AS anon_1) AS met;

WITH inserted_events AS 
(INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) SELECT '00000000000000000000000000000003'::uuid::UUID AS anon_1, (SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003'::uuid::UUID) + anon_3.place AS anon_2, anon_3.kind AS kind, anon_3.suggestion_id AS suggestion_id, CAST(anon_3.event AS JSONB) AS event 
FROM unnest('{1}'::int2[]::INTEGER[], '{suggested}'::TEXT[], '{01a207a274e87001993998b7e44d0c76}'::uuid[]::UUID[],  E'{"{\\"action\\": \\"edit\\", \\"by\\": {\\"kind\\": \\"ai\\", \\"name\\": \\"scout\\"}, \\"at\\": \\"2026-11-23T09:00:08+00:00\\", \\"before\\": {\\"name\\": \\"Hobart, too\\"}, \\"after\\": {\\"name\\": \\"Hobart, again\\"}, \\"updated_at\\": null, \\"day\\": null, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 0, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"reason\\": null}"}'::TEXT[]) AS anon_3(place, kind, suggestion_id, event)), 
written_new_suggestions AS 
(INSERT INTO campaign_suggestions (campaign_id, id, state, digest, suggestion) SELECT '00000000000000000000000000000003'::uuid::UUID AS anon_1, anon_5.id AS id, anon_5.state AS state, anon_5.digest AS digest, CAST(anon_5.suggestion AS JSONB) AS suggestion 
FROM unnest('{01a207a274e87001993998b7e44d0c76}'::uuid[]::UUID[], '{pending}'::TEXT[], '{86116470eb34f023c7b8d3b46f3d6b6755562de80bf7d2697e263b13efa8f31a}'::TEXT[],  E'{"{\\"by\\": {\\"kind\\": \\"ai\\", \\"name\\": \\"scout\\"}, \\"at\\": \\"2026-11-23T09:00:08+00:00\\", \\"reason\\": null, \\"expires_at\\": null, \\"before\\": {\\"name\\": \\"Hobart, too\\"}, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 0, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"revision\\": 1, \\"day_passed\\": false, \\"decided_by\\": null, \\"decided_at\\": null, \\"why\\": null, \\"action\\": \\"edit\\", \\"day\\": null, \\"horizon\\": 1, \\"after\\": {\\"name\\": \\"Hobart, again\\"}, \\"lead_count\\": 0}"}'::TEXT[]) AS anon_5(id, state, digest, suggestion) ON CONFLICT DO NOTHING RETURNING campaign_suggestions.id)
 SELECT 0, (SELECT count(*) AS count_1 
FROM written_new_suggestions) AS anon_4, 0;

-- approve leads

SELECT campaign_suggestions.id, campaign_suggestions.campaign_id, campaign_suggestions.state, campaign_suggestions.digest, campaign_suggestions.suggestion, campaigns.client_id 
FROM campaign_suggestions JOIN campaigns ON campaign_suggestions.campaign_id = campaigns.id 
WHERE campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID AND campaign_suggestions.id = '01a207a269307000823e01a97bfe76e4'::uuid::UUID;

SELECT campaign_suggested_leads.suggestion_id, campaign_suggested_leads.lead_id, campaign_suggested_leads.revision, campaign_suggested_leads.als_score, campaign_suggested_leads.reachable, campaign_suggested_leads.reason 
FROM campaign_suggested_leads 
WHERE campaign_suggested_leads.suggestion_id IN ('01a207a269307000823e01a97bfe76e4'::uuid::UUID);

SELECT campaign_rejections.lead_id, campaign_rejections.suggestion_id, campaign_rejections.until 
FROM campaign_rejections 
WHERE campaign_rejections.suggestion_id IN ('01a207a269307000823e01a97bfe76e4'::uuid::UUID);

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000002'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

SELECT own.admitted, own.has_history, anon_1.lead_id, anon_1.channel, anon_1.tier, anon_1.als_score, anon_1.day, anon_1.epoch 
FROM (SELECT (SELECT campaign_days.admitted 
FROM campaign_days 
WHERE campaign_days.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_days.day = '2026-11-24'::date::DATE) AS admitted, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) AS has_history) AS own LEFT OUTER JOIN (SELECT found.lead_id AS lead_id, found.channel AS channel, found.tier AS tier, found.als_score AS als_score, found.day AS day, found.epoch AS epoch 
FROM unnest('{l,m}'::TEXT[]) AS anon_2(lead_id) JOIN LATERAL (SELECT campaign_leads.lead_id AS lead_id, campaign_leads.channel AS channel, campaign_leads.tier AS tier, campaign_leads.als_score AS als_score, campaign_leads.day AS day, campaign_leads.epoch AS epoch 
FROM campaign_leads 
WHERE campaign_leads.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_leads.lead_id = anon_2.lead_id
 LIMIT ALL OFFSET 0) AS found ON true) AS anon_1 ON true;

SELECT named.id, named.campaign_id, named.state, named.digest, named.suggestion 
FROM (SELECT campaign_suggestions.id AS id, campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.state AS state, campaign_suggestions.digest AS digest, campaign_suggestions.suggestion AS suggestion 
FROM campaign_suggestions 
WHERE campaign_suggestions.id IN ('01a207a269307000823e01a97bfe76e4'::uuid::UUID)
 LIMIT ALL OFFSET 0) AS named 
WHERE named.campaign_id = '00000000000000000000000000000002'::uuid::UUID;

SELECT campaign_suggested_leads.suggestion_id, campaign_suggested_leads.lead_id, campaign_suggested_leads.revision, campaign_suggested_leads.als_score, campaign_suggested_leads.reachable, campaign_suggested_leads.reason 
FROM campaign_suggested_leads 
WHERE campaign_suggested_leads.suggestion_id IN ('01a207a269307000823e01a97bfe76e4'::uuid::UUID);

SELECT campaign_rejections.lead_id, campaign_rejections.suggestion_id, campaign_rejections.until 
FROM campaign_rejections 
WHERE campaign_rejections.suggestion_id IN ('01a207a269307000823e01a97bfe76e4'::uuid::UUID);

WITH raised_days AS 
(INSERT INTO campaign_days (campaign_id, day, admitted) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, anon_2.day AS day, anon_2.admitted AS admitted 
FROM unnest('{2026-11-24}'::date[]::DATE[], '{2}'::int2[]::INTEGER[]) AS anon_2(day, admitted) ON CONFLICT (campaign_id, day) DO UPDATE SET admitted = (campaign_days.admitted + excluded.admitted)), 
moved_progress AS 
(UPDATE campaign_progress SET admitted_total=9::INTEGER, email_carried=4::INTEGER, linkedin_carried=3::INTEGER, voice_carried=2::INTEGER, sms_carried=0::INTEGER, mail_carried=0::INTEGER, email_allocation=40::INTEGER, linkedin_allocation=30::INTEGER, voice_allocation=20::INTEGER, sms_allocation=5::INTEGER, mail_allocation=5::INTEGER, epoch=0::INTEGER WHERE campaign_progress.campaign_id = '00000000000000000000000000000002'::uuid::UUID), 
lifted_rejections AS 
(DELETE FROM campaign_rejections WHERE campaign_rejections.ctid = ANY (array((SELECT anon_3.place 
FROM (SELECT found.place AS place 
FROM unnest('{m,l}'::TEXT[]) AS anon_4(lead_id) JOIN LATERAL (SELECT campaign_rejections.ctid AS place 
FROM campaign_rejections 
WHERE campaign_rejections.campaign_id = '00000000000000000000000000000002'::uuid::UUID AND campaign_rejections.lead_id = anon_4.lead_id
 LIMIT ALL OFFSET 0) AS found ON true) AS anon_3)))), 
inserted_events AS 
(INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, (SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) + anon_6.place AS anon_5, anon_6.kind AS kind, anon_6.suggestion_id AS suggestion_id, CAST(anon_6.event AS JSONB) AS event 
FROM unnest('{1}'::int2[]::INTEGER[], '{approved}'::TEXT[], '{01a207a269307000823e01a97bfe76e4}'::uuid[]::UUID[],  E'{"{\\"action\\": \\"assign\\", \\"by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"at\\": \\"2026-11-23T09:00:14+00:00\\", \\"before\\": {}, \\"after\\": {}, \\"updated_at\\": null, \\"day\\": \\"2026-11-24\\", \\"counts\\": {\\"email\\": 1, \\"linkedin\\": 1, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"reason\\": null}"}'::TEXT[]) AS anon_6(place, kind, suggestion_id, event)), 
inserted_leads AS 
(INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, anon_8.lead_id AS lead_id, anon_8.channel AS channel, anon_8.tier AS tier, anon_8.als_score AS als_score, anon_8.day AS day, anon_8.epoch AS epoch 
FROM unnest('{m,l}'::TEXT[], '{email,linkedin}'::TEXT[], '{warm,hot}'::TEXT[], '{84.5,90.0}'::float8[]::DOUBLE PRECISION[], '{2026-11-24,2026-11-24}'::date[]::DATE[], '{0,0}'::int2[]::INTEGER[]) AS anon_8(lead_id, channel, tier, als_score, day, epoch) ON CONFLICT DO NOTHING RETURNING campaign_leads.lead_id), 
written_known_suggestions AS 
(INSERT INTO campaign_suggestions (campaign_id, id, state, digest, suggestion) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, anon_10.id AS id, anon_10.state AS state, anon_10.digest AS digest, CAST(anon_10.suggestion AS JSONB) AS suggestion 
FROM unnest('{01a207a269307000823e01a97bfe76e4}'::uuid[]::UUID[], '{approved}'::TEXT[], '{b1daeb0a3bcd079bc89e4ee45da9cc30dabb8acfd0706300f734663ccd4e0cf8}'::TEXT[],  E'{"{\\"by\\": {\\"kind\\": \\"ai\\", \\"name\\": \\"scout\\"}, \\"at\\": \\"2026-11-23T09:00:14+00:00\\", \\"reason\\": \\"replies came\\", \\"expires_at\\": null, \\"before\\": {\\"targeting\\": {\\"industries\\": [\\"SEO\\"], \\"titles\\": [\\"CEO\\"], \\"company_sizes\\": [], \\"locations\\": [\\"Sydney\\"]}, \\"allocation\\": {\\"email\\": 40, \\"linkedin\\": 30, \\"voice\\": 20, \\"sms\\": 5, \\"mail\\": 5}}, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 1, \\"voice\\": 1, \\"sms\\": 0, \\"mail\\": 0}, \\"revision\\": 1, \\"day_passed\\": false, \\"decided_by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"decided_at\\": \\"2026-11-23T09:00:14+00:00\\", \\"why\\": null, \\"action\\": \\"assign\\", \\"day\\": \\"2026-11-24\\", \\"horizon\\": 1, \\"after\\": {}, \\"lead_count\\": 2}"}'::TEXT[]) AS anon_10(id, state, digest, suggestion) ON CONFLICT (id) DO UPDATE SET state = excluded.state, digest = excluded.digest, suggestion = excluded.suggestion WHERE campaign_suggestions.campaign_id = excluded.campaign_id RETURNING campaign_suggestions.id)
 SELECT (SELECT count(*) AS count_1 
FROM inserted_leads) AS anon_7, (SELECT count(*) AS count_2 
FROM written_known_suggestions) AS anon_9, 0;

-- approve an edit

SELECT campaign_suggestions.id, campaign_suggestions.campaign_id, campaign_suggestions.state, campaign_suggestions.digest, campaign_suggestions.suggestion, campaigns.client_id 
FROM campaign_suggestions JOIN campaigns ON campaign_suggestions.campaign_id = campaigns.id 
WHERE campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID AND campaign_suggestions.id = '01a207a2710070009688939d99b23149'::uuid::UUID;

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000002'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

SELECT named.id, named.campaign_id, named.state, named.digest, named.suggestion 
FROM (SELECT campaign_suggestions.id AS id, campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.state AS state, campaign_suggestions.digest AS digest, campaign_suggestions.suggestion AS suggestion 
FROM campaign_suggestions 
WHERE campaign_suggestions.id IN ('01a207a2710070009688939d99b23149'::uuid::UUID)
 LIMIT ALL OFFSET 0) AS named 
WHERE named.campaign_id = '00000000000000000000000000000002'::uuid::UUID;

WITH inserted_events AS 
(INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, (SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000002'::uuid::UUID) + anon_3.place AS anon_2, anon_3.kind AS kind, anon_3.suggestion_id AS suggestion_id, CAST(anon_3.event AS JSONB) AS event 
FROM unnest('{1}'::int2[]::INTEGER[], '{approved}'::TEXT[], '{01a207a2710070009688939d99b23149}'::uuid[]::UUID[],  E'{"{\\"action\\": \\"edit\\", \\"by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"at\\": \\"2026-11-23T09:00:16+00:00\\", \\"before\\": {\\"name\\": \\"Sydney agencies\\", \\"daily_lead_limit\\": 50}, \\"after\\": {\\"name\\": \\"Sydney agencies, again\\", \\"daily_lead_limit\\": 20}, \\"updated_at\\": null, \\"day\\": null, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 0, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"reason\\": null}"}'::TEXT[]) AS anon_3(place, kind, suggestion_id, event)), 
written_known_suggestions AS 
(INSERT INTO campaign_suggestions (campaign_id, id, state, digest, suggestion) SELECT '00000000000000000000000000000002'::uuid::UUID AS anon_1, anon_5.id AS id, anon_5.state AS state, anon_5.digest AS digest, CAST(anon_5.suggestion AS JSONB) AS suggestion 
FROM unnest('{01a207a2710070009688939d99b23149}'::uuid[]::UUID[], '{approved}'::TEXT[], '{4686378ba1d646af2201187aa5d50c1ac8fbf70865c3694cae5c96b1df3e7dd7}'::TEXT[],  E'{"{\\"by\\": {\\"kind\\": \\"ai\\", \\"name\\": \\"scout\\"}, \\"at\\": \\"2026-11-23T09:00:16+00:00\\", \\"reason\\": null, \\"expires_at\\": null, \\"before\\": {\\"name\\": \\"Sydney agencies\\", \\"daily_lead_limit\\": 50}, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 0, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"revision\\": 1, \\"day_passed\\": false, \\"decided_by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"decided_at\\": \\"2026-11-23T09:00:16+00:00\\", \\"why\\": null, \\"action\\": \\"edit\\", \\"day\\": null, \\"horizon\\": 1, \\"after\\": {\\"name\\": \\"Sydney agencies, again\\", \\"daily_lead_limit\\": 20}, \\"lead_count\\": 0}"}'::TEXT[]) AS anon_5(id, state, digest, suggestion) ON CONFLICT (id) DO UPDATE SET state = excluded.state, digest = excluded.digest, suggestion = excluded.suggestion WHERE campaign_suggestions.campaign_id = excluded.campaign_id RETURNING campaign_suggestions.id), 
changed_campaign AS 
(UPDATE campaigns SET name='Sydney agencies, again'::VARCHAR, daily_lead_limit=20::INTEGER, updated_at='2026-11-23 09:00:16+00:00'::timestamptz::TIMESTAMP WITH TIME ZONE WHERE campaigns.id = '00000000000000000000000000000002'::uuid::UUID RETURNING campaigns.id AS id, campaigns.client_id AS client_id, campaigns.name AS name, campaigns.status AS status, campaigns.permission_mode AS permission_mode, campaigns.target_industries AS target_industries, campaigns.target_titles AS target_titles, campaigns.target_company_sizes AS target_company_sizes, campaigns.target_locations AS target_locations, campaigns.email_allocation AS email_allocation, campaigns.linkedin_allocation AS linkedin_allocation, campaigns.voice_allocation AS voice_allocation, campaigns.sms_allocation AS sms_allocation, campaigns.mail_allocation AS mail_allocation, campaigns.daily_lead_limit AS daily_lead_limit, campaigns.total_lead_limit AS total_lead_limit, campaigns.start_date AS start_date, campaigns.end_date AS end_date, campaigns.created_at AS created_at, campaigns.updated_at AS updated_at, campaigns.deleted_at AS deleted_at)
 SELECT 0, (SELECT count(*) AS count_1 
FROM written_known_suggestions) AS anon_4, 0, changed_campaign.id, changed_campaign.client_id, changed_campaign.name, changed_campaign.status, changed_campaign.permission_mode, changed_campaign.target_industries, changed_campaign.target_titles, changed_campaign.target_company_sizes, changed_campaign.target_locations, changed_campaign.email_allocation, changed_campaign.linkedin_allocation, changed_campaign.voice_allocation, changed_campaign.sms_allocation, changed_campaign.mail_allocation, changed_campaign.daily_lead_limit, changed_campaign.total_lead_limit, changed_campaign.start_date, changed_campaign.end_date, changed_campaign.created_at, changed_campaign.updated_at, changed_campaign.deleted_at 
FROM changed_campaign;

-- reject a pause

SELECT campaign_suggestions.id, campaign_suggestions.campaign_id, campaign_suggestions.state, campaign_suggestions.digest, campaign_suggestions.suggestion, campaigns.client_id 
FROM campaign_suggestions JOIN campaigns ON campaign_suggestions.campaign_id = campaigns.id 
WHERE campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID AND campaign_suggestions.id = '01a207a274e87000841ab8f22f3b200b'::uuid::UUID;

SELECT set_config('lock_timeout', CASE WHEN current_setting('lock_timeout')::interval BETWEEN '1 ms' AND '10000 ms' THEN current_setting('lock_timeout') ELSE '10000' END, true);

SELECT campaigns.id, campaigns.client_id, campaigns.name, campaigns.status, campaigns.permission_mode, campaigns.target_industries, campaigns.target_titles, campaigns.target_company_sizes, campaigns.target_locations, campaigns.email_allocation, campaigns.linkedin_allocation, campaigns.voice_allocation, campaigns.sms_allocation, campaigns.mail_allocation, campaigns.daily_lead_limit, campaigns.total_lead_limit, campaigns.start_date, campaigns.end_date, campaigns.created_at, campaigns.updated_at, campaigns.deleted_at, campaign_progress.admitted_total, campaign_progress.email_carried, campaign_progress.linkedin_carried, campaign_progress.voice_carried, campaign_progress.sms_carried, campaign_progress.mail_carried, campaign_progress.email_allocation AS email_allocation_1, campaign_progress.linkedin_allocation AS linkedin_allocation_1, campaign_progress.voice_allocation AS voice_allocation_1, campaign_progress.sms_allocation AS sms_allocation_1, campaign_progress.mail_allocation AS mail_allocation_1, campaign_progress.epoch, EXISTS (SELECT * 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003'::uuid::UUID) AS has_history 
FROM campaigns JOIN campaign_progress ON campaign_progress.campaign_id = campaigns.id 
WHERE campaigns.id = '00000000000000000000000000000003'::uuid::UUID AND campaigns.client_id = '00000000000000000000000000000001'::uuid::UUID FOR NO KEY UPDATE OF campaigns FOR UPDATE OF campaign_progress ;

SELECT named.id, named.campaign_id, named.state, named.digest, named.suggestion 
FROM (SELECT campaign_suggestions.id AS id, campaign_suggestions.campaign_id AS campaign_id, campaign_suggestions.state AS state, campaign_suggestions.digest AS digest, campaign_suggestions.suggestion AS suggestion 
FROM campaign_suggestions 
WHERE campaign_suggestions.id IN ('01a207a274e87000841ab8f22f3b200b'::uuid::UUID)
 LIMIT ALL OFFSET 0) AS named 
WHERE named.campaign_id = '00000000000000000000000000000003'::uuid::UUID;

WITH inserted_events AS 
(INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) SELECT '00000000000000000000000000000003'::uuid::UUID AS anon_1, (SELECT coalesce(max(campaign_events.number), 0) AS coalesce_1 
FROM campaign_events 
WHERE campaign_events.campaign_id = '00000000000000000000000000000003'::uuid::UUID) + anon_3.place AS anon_2, anon_3.kind AS kind, anon_3.suggestion_id AS suggestion_id, CAST(anon_3.event AS JSONB) AS event 
FROM unnest('{1}'::int2[]::INTEGER[], '{rejected}'::TEXT[], '{01a207a274e87000841ab8f22f3b200b}'::uuid[]::UUID[],  E'{"{\\"action\\": \\"pause\\", \\"by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"at\\": \\"2026-11-23T09:00:17+00:00\\", \\"before\\": {}, \\"after\\": {}, \\"updated_at\\": null, \\"day\\": null, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 0, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"reason\\": \\"not now\\"}"}'::TEXT[]) AS anon_3(place, kind, suggestion_id, event)), 
written_known_suggestions AS 
(INSERT INTO campaign_suggestions (campaign_id, id, state, digest, suggestion) SELECT '00000000000000000000000000000003'::uuid::UUID AS anon_1, anon_5.id AS id, anon_5.state AS state, anon_5.digest AS digest, CAST(anon_5.suggestion AS JSONB) AS suggestion 
FROM unnest('{01a207a274e87000841ab8f22f3b200b}'::uuid[]::UUID[], '{rejected}'::TEXT[], '{7d743d2e5008013b1ab09e3731bdacdf146162519904a7ca1078f4759dfa2d95}'::TEXT[],  E'{"{\\"by\\": {\\"kind\\": \\"ai\\", \\"name\\": \\"scout\\"}, \\"at\\": \\"2026-11-23T09:00:17+00:00\\", \\"reason\\": \\"bounces\\", \\"expires_at\\": null, \\"before\\": {\\"status\\": \\"active\\"}, \\"counts\\": {\\"email\\": 0, \\"linkedin\\": 0, \\"voice\\": 0, \\"sms\\": 0, \\"mail\\": 0}, \\"revision\\": 1, \\"day_passed\\": false, \\"decided_by\\": {\\"kind\\": \\"user\\", \\"name\\": \\"ann\\"}, \\"decided_at\\": \\"2026-11-23T09:00:17+00:00\\", \\"why\\": \\"not now\\", \\"action\\": \\"pause\\", \\"day\\": null, \\"horizon\\": 1, \\"after\\": {}, \\"lead_count\\": 0}"}'::TEXT[]) AS anon_5(id, state, digest, suggestion) ON CONFLICT (id) DO UPDATE SET state = excluded.state, digest = excluded.digest, suggestion = excluded.suggestion WHERE campaign_suggestions.campaign_id = excluded.campaign_id RETURNING campaign_suggestions.id)
 SELECT 0, (SELECT count(*) AS count_1 
FROM written_known_suggestions) AS anon_4, 0;

