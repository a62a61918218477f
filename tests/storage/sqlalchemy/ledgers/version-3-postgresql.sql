CREATE TYPE campaign_status AS ENUM ('draft', 'active', 'paused', 'completed');

CREATE TYPE permission_mode AS ENUM ('autopilot', 'co_pilot', 'manual');

CREATE TABLE campaigns (
	id UUID DEFAULT gen_random_uuid() NOT NULL,
	client_id UUID NOT NULL,
	name TEXT NOT NULL,
	status campaign_status DEFAULT 'draft' NOT NULL,
	permission_mode permission_mode DEFAULT 'co_pilot' NOT NULL,
	target_industries TEXT[],
	target_titles TEXT[],
	target_company_sizes TEXT[],
	target_locations TEXT[],
	email_allocation INTEGER DEFAULT 40 NOT NULL,
	linkedin_allocation INTEGER DEFAULT 30 NOT NULL,
	voice_allocation INTEGER DEFAULT 20 NOT NULL,
	sms_allocation INTEGER DEFAULT 5 NOT NULL,
	mail_allocation INTEGER DEFAULT 5 NOT NULL,
	daily_lead_limit INTEGER DEFAULT 50 NOT NULL,
	total_lead_limit INTEGER,
	start_date DATE,
	end_date DATE,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	deleted_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id),
	CONSTRAINT valid_allocation CHECK (email_allocation + linkedin_allocation + voice_allocation + sms_allocation + mail_allocation = 100),
	CONSTRAINT valid_shares CHECK (email_allocation BETWEEN 0 AND 100 AND linkedin_allocation BETWEEN 0 AND 100 AND voice_allocation BETWEEN 0 AND 100 AND sms_allocation BETWEEN 0 AND 100 AND mail_allocation BETWEEN 0 AND 100),
	CONSTRAINT valid_limits CHECK (daily_lead_limit > 0 AND total_lead_limit > 0),
	CONSTRAINT valid_dates CHECK (end_date >= start_date)
);

CREATE INDEX idx_campaigns_client ON campaigns (client_id);

CREATE INDEX idx_campaigns_client_page ON campaigns (client_id, id);

CREATE INDEX idx_campaigns_status ON campaigns (status);

CREATE INDEX idx_campaigns_status_page ON campaigns (status, id);

CREATE TABLE campaign_progress (
	campaign_id UUID NOT NULL,
	admitted_total INTEGER DEFAULT 0 NOT NULL,
	email_carried INTEGER DEFAULT 0 NOT NULL,
	linkedin_carried INTEGER DEFAULT 0 NOT NULL,
	voice_carried INTEGER DEFAULT 0 NOT NULL,
	sms_carried INTEGER DEFAULT 0 NOT NULL,
	mail_carried INTEGER DEFAULT 0 NOT NULL,
	email_allocation INTEGER,
	linkedin_allocation INTEGER,
	voice_allocation INTEGER,
	sms_allocation INTEGER,
	mail_allocation INTEGER,
	epoch INTEGER DEFAULT 0 NOT NULL,
	PRIMARY KEY (campaign_id),
	CONSTRAINT valid_counts CHECK (admitted_total >= 0 AND email_carried >= 0 AND linkedin_carried >= 0 AND voice_carried >= 0 AND sms_carried >= 0 AND mail_carried >= 0 AND epoch >= 0),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);

CREATE TABLE campaign_days (
	campaign_id UUID NOT NULL,
	day DATE NOT NULL,
	admitted INTEGER DEFAULT 0 NOT NULL,
	PRIMARY KEY (campaign_id, day),
	CONSTRAINT valid_counts CHECK (admitted >= 0),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);

CREATE TABLE campaign_leads (
	campaign_id UUID NOT NULL,
	lead_id TEXT COLLATE "C" NOT NULL,
	channel TEXT NOT NULL,
	tier TEXT NOT NULL,
	als_score DOUBLE PRECISION NOT NULL,
	day DATE NOT NULL,
	epoch INTEGER NOT NULL,
	PRIMARY KEY (campaign_id, lead_id),
	CONSTRAINT valid_score CHECK (als_score BETWEEN 0 AND 100),
	CONSTRAINT valid_epoch CHECK (epoch >= 0),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);

CREATE INDEX idx_campaign_leads_day ON campaign_leads (campaign_id, day, lead_id);

CREATE TABLE campaign_suggestions (
	id UUID NOT NULL,
	campaign_id UUID NOT NULL,
	state TEXT NOT NULL,
	digest TEXT NOT NULL,
	suggestion JSONB NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);

CREATE INDEX idx_campaign_suggestions_digest ON campaign_suggestions (campaign_id, digest);

CREATE INDEX idx_campaign_suggestions_page ON campaign_suggestions (campaign_id, id);

CREATE INDEX idx_campaign_suggestions_state ON campaign_suggestions (campaign_id, state, id);

CREATE TABLE campaign_suggested_leads (
	suggestion_id UUID NOT NULL,
	lead_id TEXT COLLATE "C" NOT NULL,
	campaign_id UUID NOT NULL,
	revision INTEGER NOT NULL,
	als_score DOUBLE PRECISION,
	reachable TEXT,
	reason TEXT,
	PRIMARY KEY (suggestion_id, lead_id),
	FOREIGN KEY(suggestion_id) REFERENCES campaign_suggestions (id) ON DELETE CASCADE,
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);

CREATE INDEX idx_campaign_suggested_leads_lead ON campaign_suggested_leads (campaign_id, lead_id);

CREATE TABLE campaign_rejections (
	campaign_id UUID NOT NULL,
	lead_id TEXT COLLATE "C" NOT NULL,
	suggestion_id UUID NOT NULL,
	until DATE,
	PRIMARY KEY (campaign_id, lead_id),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE,
	FOREIGN KEY(suggestion_id) REFERENCES campaign_suggestions (id) ON DELETE CASCADE
);

CREATE INDEX idx_campaign_rejections_suggestion ON campaign_rejections (suggestion_id);

CREATE TABLE campaign_ledger_version (
	version INTEGER NOT NULL,
	PRIMARY KEY (version)
);

CREATE TABLE campaign_events (
	campaign_id UUID NOT NULL,
	number INTEGER NOT NULL,
	kind TEXT NOT NULL,
	suggestion_id UUID,
	event JSONB NOT NULL,
	PRIMARY KEY (campaign_id, number),
	CONSTRAINT valid_number CHECK (number > 0),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE,
	FOREIGN KEY(suggestion_id) REFERENCES campaign_suggestions (id)
);

CREATE INDEX idx_campaign_events_suggestion ON campaign_events (suggestion_id);


INSERT INTO campaigns (id, client_id, name, status, permission_mode, target_industries, target_titles, target_company_sizes, target_locations, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, daily_lead_limit, total_lead_limit, start_date, end_date, created_at, updated_at, deleted_at) VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'Sydney agencies', 'active', 'co_pilot', '{SEO}', '{CEO}', '{}', '{Sydney}', '40', '30', '20', '5', '5', '50', '500', NULL, NULL, '2026-11-23 08:00:00+00', '2026-11-23 09:00:04+00', NULL);

INSERT INTO campaigns (id, client_id, name, status, permission_mode, target_industries, target_titles, target_company_sizes, target_locations, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, daily_lead_limit, total_lead_limit, start_date, end_date, created_at, updated_at, deleted_at) VALUES ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000001', 'Hobart', 'active', 'co_pilot', '{}', '{}', '{}', '{}', '40', '30', '20', '5', '5', '50', NULL, NULL, '2026-12-31', '2026-11-23 08:00:00+00', '2026-11-23 09:00:05+00', NULL);

INSERT INTO campaigns (id, client_id, name, status, permission_mode, target_industries, target_titles, target_company_sizes, target_locations, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, daily_lead_limit, total_lead_limit, start_date, end_date, created_at, updated_at, deleted_at) VALUES ('00000000-0000-0000-0000-000000000004', '00000000-0000-0000-0000-000000000001', 'Perth', 'completed', 'co_pilot', '{}', '{}', '{}', '{}', '100', '0', '0', '0', '0', '50', NULL, NULL, NULL, '2026-11-23 08:00:00+00', '2026-11-23 09:00:19+00', NULL);

INSERT INTO campaigns (id, client_id, name, status, permission_mode, target_industries, target_titles, target_company_sizes, target_locations, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, daily_lead_limit, total_lead_limit, start_date, end_date, created_at, updated_at, deleted_at) VALUES ('00000000-0000-0000-0000-000000000005', '00000000-0000-0000-0000-000000000001', 'Cairns', 'draft', 'co_pilot', '{}', '{}', '{}', '{}', '40', '30', '20', '5', '5', '50', NULL, NULL, NULL, '2026-11-23 08:00:00+00', '2026-11-23 09:00:20+00', '2026-11-23 09:00:20+00');

INSERT INTO campaign_progress (campaign_id, admitted_total, email_carried, linkedin_carried, voice_carried, sms_carried, mail_carried, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, epoch) VALUES ('00000000-0000-0000-0000-000000000003', '0', '0', '0', '0', '0', '0', NULL, NULL, NULL, NULL, NULL, '0');

INSERT INTO campaign_progress (campaign_id, admitted_total, email_carried, linkedin_carried, voice_carried, sms_carried, mail_carried, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, epoch) VALUES ('00000000-0000-0000-0000-000000000004', '0', '0', '0', '0', '0', '0', NULL, NULL, NULL, NULL, NULL, '0');

INSERT INTO campaign_progress (campaign_id, admitted_total, email_carried, linkedin_carried, voice_carried, sms_carried, mail_carried, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, epoch) VALUES ('00000000-0000-0000-0000-000000000002', '6', '3', '2', '1', '0', '0', '40', '30', '20', '5', '5', '0');

INSERT INTO campaign_progress (campaign_id, admitted_total, email_carried, linkedin_carried, voice_carried, sms_carried, mail_carried, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, epoch) VALUES ('00000000-0000-0000-0000-000000000005', '0', '0', '0', '0', '0', '0', NULL, NULL, NULL, NULL, NULL, '0');

INSERT INTO campaign_days (campaign_id, day, admitted) VALUES ('00000000-0000-0000-0000-000000000002', '2026-11-25', '1');

INSERT INTO campaign_days (campaign_id, day, admitted) VALUES ('00000000-0000-0000-0000-000000000002', '2026-11-24', '5');

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000-0000-0000-0000-000000000002', 'e', 'email', 'hot', '91', '2026-11-24', '0');

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000-0000-0000-0000-000000000002', 'b', 'voice', 'warm', '84.5', '2026-11-24', '0');

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000-0000-0000-0000-000000000002', 'a', 'linkedin', 'hot', '90', '2026-11-24', '0');

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000-0000-0000-0000-000000000002', 'g', 'email', 'warm', '84.5', '2026-11-25', '0');

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000-0000-0000-0000-000000000002', 'i', 'email', 'warm', '84.5', '2026-11-24', '0');

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000-0000-0000-0000-000000000002', 'h', 'linkedin', 'hot', '90', '2026-11-24', '0');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a2-5990-7000-b850-b36cb652caf3', '00000000-0000-0000-0000-000000000002', 'approved', '39c791cc1652f6dc018ad15d7b91e012d17988c0d4f1f28791d79c475c53bfbf', '{"at": "2026-11-23T09:00:10+00:00", "by": {"kind": "ai", "name": "scout"}, "day": "2026-11-24", "why": null, "after": {}, "action": "assign", "before": {"targeting": {"titles": ["CEO"], "locations": ["Sydney"], "industries": ["SEO"], "company_sizes": []}, "allocation": {"sms": 5, "mail": 5, "email": 40, "voice": 20, "linkedin": 30}}, "counts": {"sms": 0, "mail": 0, "email": 1, "voice": 0, "linkedin": 1}, "reason": null, "horizon": 1, "revision": 1, "day_passed": false, "decided_at": "2026-11-23T09:00:11+00:00", "decided_by": {"kind": "user", "name": "ann"}, "expires_at": null, "lead_count": 2}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a2-6160-7000-b3b6-1390b7f44ece', '00000000-0000-0000-0000-000000000002', 'rejected', 'c24727ae82741778f0baeffd393289f33eafa9349b3ecb2e08eeaad5878c5ccb', '{"at": "2026-11-23T09:00:12+00:00", "by": {"kind": "ai", "name": "scout"}, "day": "2026-11-24", "why": "not now", "after": {}, "action": "assign", "before": {"targeting": {"titles": ["CEO"], "locations": ["Sydney"], "industries": ["SEO"], "company_sizes": []}, "allocation": {"sms": 5, "mail": 5, "email": 40, "voice": 20, "linkedin": 30}}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 1, "linkedin": 1}, "reason": null, "horizon": 1, "revision": 1, "day_passed": false, "decided_at": "2026-11-23T09:00:13+00:00", "decided_by": {"kind": "user", "name": "ann"}, "expires_at": null, "lead_count": 2}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a2-6930-7000-823e-01a97bfe76e4', '00000000-0000-0000-0000-000000000002', 'pending', 'b1daeb0a3bcd079bc89e4ee45da9cc30dabb8acfd0706300f734663ccd4e0cf8', '{"at": "2026-11-23T09:00:14+00:00", "by": {"kind": "ai", "name": "scout"}, "day": "2026-11-24", "why": null, "after": {}, "action": "assign", "before": {"targeting": {"titles": ["CEO"], "locations": ["Sydney"], "industries": ["SEO"], "company_sizes": []}, "allocation": {"sms": 5, "mail": 5, "email": 40, "voice": 20, "linkedin": 30}}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 1, "linkedin": 1}, "reason": "replies came", "horizon": 1, "revision": 1, "day_passed": false, "decided_at": null, "decided_by": null, "expires_at": null, "lead_count": 2}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a2-6d18-7000-a00e-237351f3ed86', '00000000-0000-0000-0000-000000000002', 'pending', 'd97cc7039818cda2763bb84d34a333e3e93683079c3be391d150c3b284dc6d07', '{"at": "2026-11-23T09:00:15+00:00", "by": {"kind": "ai", "name": "scout"}, "day": null, "why": null, "after": {}, "action": "release", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 1, "linkedin": 1}, "reason": null, "horizon": 1, "revision": 1, "day_passed": false, "decided_at": null, "decided_by": null, "expires_at": null, "lead_count": 2}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a2-7100-7000-9688-939d99b23149', '00000000-0000-0000-0000-000000000002', 'pending', '4686378ba1d646af2201187aa5d50c1ac8fbf70865c3694cae5c96b1df3e7dd7', '{"at": "2026-11-23T09:00:16+00:00", "by": {"kind": "ai", "name": "scout"}, "day": null, "why": null, "after": {"name": "Sydney agencies, again", "daily_lead_limit": 20}, "action": "edit", "before": {"name": "Sydney agencies", "daily_lead_limit": 50}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": null, "horizon": 1, "revision": 1, "day_passed": false, "decided_at": null, "decided_by": null, "expires_at": null, "lead_count": 0}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a2-74e8-7000-841a-b8f22f3b200b', '00000000-0000-0000-0000-000000000003', 'pending', '7d743d2e5008013b1ab09e3731bdacdf146162519904a7ca1078f4759dfa2d95', '{"at": "2026-11-23T09:00:17+00:00", "by": {"kind": "ai", "name": "scout"}, "day": null, "why": null, "after": {}, "action": "pause", "before": {"status": "active"}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": "bounces", "horizon": 1, "revision": 1, "day_passed": false, "decided_at": null, "decided_by": null, "expires_at": null, "lead_count": 0}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a2-78d0-7000-9520-cda459a2dc6b', '00000000-0000-0000-0000-000000000004', 'closed', '7d743d2e5008013b1ab09e3731bdacdf146162519904a7ca1078f4759dfa2d95', '{"at": "2026-11-23T09:00:18+00:00", "by": {"kind": "ai", "name": "scout"}, "day": null, "why": null, "after": {}, "action": "pause", "before": {"status": "active"}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": null, "horizon": 1, "revision": 1, "day_passed": false, "decided_at": "2026-11-23T09:00:19+00:00", "decided_by": {"kind": "user", "name": "ann"}, "expires_at": null, "lead_count": 0}');

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a2-5990-7000-b850-b36cb652caf3', 'h', '00000000-0000-0000-0000-000000000002', '1', '90', NULL, NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a2-5990-7000-b850-b36cb652caf3', 'i', '00000000-0000-0000-0000-000000000002', '1', '84.5', 'email voice', NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a2-6160-7000-b3b6-1390b7f44ece', 'j', '00000000-0000-0000-0000-000000000002', '1', '90', NULL, NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a2-6160-7000-b3b6-1390b7f44ece', 'k', '00000000-0000-0000-0000-000000000002', '1', '84.5', 'email voice', NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a2-6930-7000-823e-01a97bfe76e4', 'l', '00000000-0000-0000-0000-000000000002', '1', '90', NULL, NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a2-6930-7000-823e-01a97bfe76e4', 'm', '00000000-0000-0000-0000-000000000002', '1', '84.5', 'email voice', NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a2-6930-7000-823e-01a97bfe76e4', 'n', '00000000-0000-0000-0000-000000000002', '1', NULL, NULL, 'unreachable');

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a2-6d18-7000-a00e-237351f3ed86', 'a', '00000000-0000-0000-0000-000000000002', '1', NULL, NULL, NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a2-6d18-7000-a00e-237351f3ed86', 'b', '00000000-0000-0000-0000-000000000002', '1', NULL, NULL, NULL);

INSERT INTO campaign_rejections (campaign_id, lead_id, suggestion_id, until) VALUES ('00000000-0000-0000-0000-000000000002', 'k', '01a207a2-6160-7000-b3b6-1390b7f44ece', NULL);

INSERT INTO campaign_rejections (campaign_id, lead_id, suggestion_id, until) VALUES ('00000000-0000-0000-0000-000000000002', 'j', '01a207a2-6160-7000-b3b6-1390b7f44ece', NULL);

INSERT INTO campaign_ledger_version (version) VALUES ('3');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '1', 'created', NULL, '{"at": "2026-11-23T09:00:00+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {"id": "00000000-0000-0000-0000-000000000002", "name": "Sydney agencies", "status": "draft", "end_date": null, "client_id": "00000000-0000-0000-0000-000000000001", "targeting": {"titles": ["CEO"], "locations": ["Sydney"], "industries": ["SEO"], "company_sizes": []}, "allocation": {"sms": 5, "mail": 5, "email": 40, "voice": 20, "linkedin": 30}, "created_at": "2026-11-23T08:00:00+00:00", "deleted_at": null, "start_date": null, "permission_mode": "co_pilot", "daily_lead_limit": 50, "total_lead_limit": 500}, "action": null, "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": "the client asked", "updated_at": "2026-11-23T08:00:00+00:00"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000003', '1', 'created', NULL, '{"at": "2026-11-23T09:00:01+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {"id": "00000000-0000-0000-0000-000000000003", "name": "Hobart", "status": "draft", "end_date": "2026-12-31", "client_id": "00000000-0000-0000-0000-000000000001", "targeting": {"titles": [], "locations": [], "industries": [], "company_sizes": []}, "allocation": {"sms": 5, "mail": 5, "email": 40, "voice": 20, "linkedin": 30}, "created_at": "2026-11-23T08:00:00+00:00", "deleted_at": null, "start_date": null, "permission_mode": "co_pilot", "daily_lead_limit": 50, "total_lead_limit": null}, "action": null, "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": "the client asked", "updated_at": "2026-11-23T08:00:00+00:00"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000004', '1', 'created', NULL, '{"at": "2026-11-23T09:00:02+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {"id": "00000000-0000-0000-0000-000000000004", "name": "Perth", "status": "draft", "end_date": null, "client_id": "00000000-0000-0000-0000-000000000001", "targeting": {"titles": [], "locations": [], "industries": [], "company_sizes": []}, "allocation": {"sms": 0, "mail": 0, "email": 100, "voice": 0, "linkedin": 0}, "created_at": "2026-11-23T08:00:00+00:00", "deleted_at": null, "start_date": null, "permission_mode": "co_pilot", "daily_lead_limit": 50, "total_lead_limit": null}, "action": null, "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": "the client asked", "updated_at": "2026-11-23T08:00:00+00:00"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000005', '1', 'created', NULL, '{"at": "2026-11-23T09:00:03+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {"id": "00000000-0000-0000-0000-000000000005", "name": "Cairns", "status": "draft", "end_date": null, "client_id": "00000000-0000-0000-0000-000000000001", "targeting": {"titles": [], "locations": [], "industries": [], "company_sizes": []}, "allocation": {"sms": 5, "mail": 5, "email": 40, "voice": 20, "linkedin": 30}, "created_at": "2026-11-23T08:00:00+00:00", "deleted_at": null, "start_date": null, "permission_mode": "co_pilot", "daily_lead_limit": 50, "total_lead_limit": null}, "action": null, "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": "the client asked", "updated_at": "2026-11-23T08:00:00+00:00"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '2', 'applied', NULL, '{"at": "2026-11-23T09:00:04+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {"status": "active"}, "action": "activate", "before": {"status": "draft"}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000003', '2', 'applied', NULL, '{"at": "2026-11-23T09:00:05+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {"status": "active"}, "action": "activate", "before": {"status": "draft"}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000004', '2', 'applied', NULL, '{"at": "2026-11-23T09:00:06+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {"status": "active"}, "action": "activate", "before": {"status": "draft"}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '3', 'applied', NULL, '{"at": "2026-11-23T09:00:07+00:00", "by": {"kind": "user", "name": "ann"}, "day": "2026-11-24", "after": {}, "action": "assign", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 1, "voice": 1, "linkedin": 1}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '4', 'applied', NULL, '{"at": "2026-11-23T09:00:08+00:00", "by": {"kind": "user", "name": "ann"}, "day": "2026-11-25", "after": {}, "action": "assign", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 1, "voice": 0, "linkedin": 1}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '5', 'applied', NULL, '{"at": "2026-11-23T09:00:09+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {}, "action": "release", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 1}, "reason": "asked not to be called", "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '6', 'suggested', '01a207a2-5990-7000-b850-b36cb652caf3', '{"at": "2026-11-23T09:00:10+00:00", "by": {"kind": "ai", "name": "scout"}, "day": "2026-11-24", "after": {}, "action": "assign", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 1, "voice": 0, "linkedin": 1}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '7', 'approved', '01a207a2-5990-7000-b850-b36cb652caf3', '{"at": "2026-11-23T09:00:11+00:00", "by": {"kind": "user", "name": "ann"}, "day": "2026-11-24", "after": {}, "action": "assign", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 1, "voice": 0, "linkedin": 1}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '8', 'suggested', '01a207a2-6160-7000-b3b6-1390b7f44ece', '{"at": "2026-11-23T09:00:12+00:00", "by": {"kind": "ai", "name": "scout"}, "day": "2026-11-24", "after": {}, "action": "assign", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 1, "linkedin": 1}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '9', 'rejected', '01a207a2-6160-7000-b3b6-1390b7f44ece', '{"at": "2026-11-23T09:00:13+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {}, "action": "assign", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": "not now", "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '10', 'suggested', '01a207a2-6930-7000-823e-01a97bfe76e4', '{"at": "2026-11-23T09:00:14+00:00", "by": {"kind": "ai", "name": "scout"}, "day": "2026-11-24", "after": {}, "action": "assign", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 1, "linkedin": 1}, "reason": "replies came", "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '11', 'suggested', '01a207a2-6d18-7000-a00e-237351f3ed86', '{"at": "2026-11-23T09:00:15+00:00", "by": {"kind": "ai", "name": "scout"}, "day": null, "after": {}, "action": "release", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 1, "linkedin": 1}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000002', '12', 'suggested', '01a207a2-7100-7000-9688-939d99b23149', '{"at": "2026-11-23T09:00:16+00:00", "by": {"kind": "ai", "name": "scout"}, "day": null, "after": {"name": "Sydney agencies, again", "daily_lead_limit": 20}, "action": "edit", "before": {"name": "Sydney agencies", "daily_lead_limit": 50}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000003', '3', 'suggested', '01a207a2-74e8-7000-841a-b8f22f3b200b', '{"at": "2026-11-23T09:00:17+00:00", "by": {"kind": "ai", "name": "scout"}, "day": null, "after": {"status": "paused"}, "action": "pause", "before": {"status": "active"}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": "bounces", "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000004', '3', 'suggested', '01a207a2-78d0-7000-9520-cda459a2dc6b', '{"at": "2026-11-23T09:00:18+00:00", "by": {"kind": "ai", "name": "scout"}, "day": null, "after": {"status": "paused"}, "action": "pause", "before": {"status": "active"}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000004', '4', 'applied', NULL, '{"at": "2026-11-23T09:00:19+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {"status": "completed"}, "action": "complete", "before": {"status": "active"}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000004', '5', 'closed', '01a207a2-78d0-7000-9520-cda459a2dc6b', '{"at": "2026-11-23T09:00:19+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {}, "action": "pause", "before": {}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": null, "updated_at": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000-0000-0000-0000-000000000005', '2', 'applied', NULL, '{"at": "2026-11-23T09:00:20+00:00", "by": {"kind": "user", "name": "ann"}, "day": null, "after": {"deleted_at": "2026-11-23T09:00:20+00:00"}, "action": "delete", "before": {"deleted_at": null}, "counts": {"sms": 0, "mail": 0, "email": 0, "voice": 0, "linkedin": 0}, "reason": null, "updated_at": null}');
