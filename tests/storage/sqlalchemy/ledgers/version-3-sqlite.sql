CREATE TABLE campaigns (
	id CHAR(32) DEFAULT (lower(hex(randomblob(16)))) NOT NULL,
	client_id CHAR(32) NOT NULL,
	name TEXT NOT NULL,
	status VARCHAR(9) DEFAULT 'draft' NOT NULL,
	permission_mode VARCHAR(9) DEFAULT 'co_pilot' NOT NULL,
	target_industries JSON,
	target_titles JSON,
	target_company_sizes JSON,
	target_locations JSON,
	email_allocation INTEGER DEFAULT 40 NOT NULL,
	linkedin_allocation INTEGER DEFAULT 30 NOT NULL,
	voice_allocation INTEGER DEFAULT 20 NOT NULL,
	sms_allocation INTEGER DEFAULT 5 NOT NULL,
	mail_allocation INTEGER DEFAULT 5 NOT NULL,
	daily_lead_limit INTEGER DEFAULT 50 NOT NULL,
	total_lead_limit INTEGER,
	start_date DATE,
	end_date DATE,
	created_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
	updated_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
	deleted_at DATETIME,
	PRIMARY KEY (id),
	CONSTRAINT valid_allocation CHECK (email_allocation + linkedin_allocation + voice_allocation + sms_allocation + mail_allocation = 100),
	CONSTRAINT valid_shares CHECK (email_allocation BETWEEN 0 AND 100 AND linkedin_allocation BETWEEN 0 AND 100 AND voice_allocation BETWEEN 0 AND 100 AND sms_allocation BETWEEN 0 AND 100 AND mail_allocation BETWEEN 0 AND 100),
	CONSTRAINT valid_limits CHECK (daily_lead_limit > 0 AND total_lead_limit > 0),
	CONSTRAINT valid_dates CHECK (end_date >= start_date),
	CONSTRAINT valid_targets CHECK (CASE WHEN json_valid(target_industries) THEN json_type(target_industries) = 'array' ELSE target_industries IS NULL END AND CASE WHEN json_valid(target_titles) THEN json_type(target_titles) = 'array' ELSE target_titles IS NULL END AND CASE WHEN json_valid(target_company_sizes) THEN json_type(target_company_sizes) = 'array' ELSE target_company_sizes IS NULL END AND CASE WHEN json_valid(target_locations) THEN json_type(target_locations) = 'array' ELSE target_locations IS NULL END),
	CONSTRAINT valid_ids CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*' AND length(client_id) = 32 AND client_id NOT GLOB '*[^0-9a-f]*'),
	CONSTRAINT valid_integers CHECK (typeof(email_allocation) IN ('integer', 'null') AND typeof(linkedin_allocation) IN ('integer', 'null') AND typeof(voice_allocation) IN ('integer', 'null') AND typeof(sms_allocation) IN ('integer', 'null') AND typeof(mail_allocation) IN ('integer', 'null') AND typeof(daily_lead_limit) IN ('integer', 'null') AND typeof(total_lead_limit) IN ('integer', 'null')),
	CONSTRAINT valid_days CHECK (date(start_date, '+0 days') IS start_date AND date(end_date, '+0 days') IS end_date),
	CONSTRAINT valid_times CHECK (datetime(substr(created_at, 1, 19), '+0 days') IS substr(created_at, 1, 19) AND datetime(substr(updated_at, 1, 19), '+0 days') IS substr(updated_at, 1, 19) AND datetime(substr(deleted_at, 1, 19), '+0 days') IS substr(deleted_at, 1, 19)),
	CONSTRAINT campaign_status CHECK (status IN ('draft', 'active', 'paused', 'completed')),
	CONSTRAINT permission_mode CHECK (permission_mode IN ('autopilot', 'co_pilot', 'manual'))
);

CREATE INDEX idx_campaigns_client ON campaigns (client_id);

CREATE INDEX idx_campaigns_client_page ON campaigns (client_id, id);

CREATE INDEX idx_campaigns_status ON campaigns (status);

CREATE INDEX idx_campaigns_status_page ON campaigns (status, id);

CREATE TABLE campaign_progress (
	campaign_id CHAR(32) NOT NULL,
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
)
 WITHOUT ROWID;

CREATE TABLE campaign_days (
	campaign_id CHAR(32) NOT NULL,
	day DATE NOT NULL,
	admitted INTEGER DEFAULT 0 NOT NULL,
	PRIMARY KEY (campaign_id, day),
	CONSTRAINT valid_counts CHECK (admitted >= 0),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE TABLE campaign_leads (
	campaign_id CHAR(32) NOT NULL,
	lead_id TEXT NOT NULL,
	channel TEXT NOT NULL,
	tier TEXT NOT NULL,
	als_score DOUBLE NOT NULL,
	day DATE NOT NULL,
	epoch INTEGER NOT NULL,
	PRIMARY KEY (campaign_id, lead_id),
	CONSTRAINT valid_score CHECK (als_score BETWEEN 0 AND 100),
	CONSTRAINT valid_epoch CHECK (epoch >= 0),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX idx_campaign_leads_day ON campaign_leads (campaign_id, day, lead_id);

CREATE TABLE campaign_suggestions (
	id CHAR(32) NOT NULL,
	campaign_id CHAR(32) NOT NULL,
	state TEXT NOT NULL,
	digest TEXT NOT NULL,
	suggestion JSON NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT valid_id CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
	CONSTRAINT valid_suggestion CHECK (CASE WHEN json_valid(suggestion) THEN json_type(suggestion) = 'object' ELSE FALSE END),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX idx_campaign_suggestions_digest ON campaign_suggestions (campaign_id, digest);

CREATE INDEX idx_campaign_suggestions_page ON campaign_suggestions (campaign_id, id);

CREATE INDEX idx_campaign_suggestions_state ON campaign_suggestions (campaign_id, state, id);

CREATE TABLE campaign_suggested_leads (
	suggestion_id CHAR(32) NOT NULL,
	lead_id TEXT NOT NULL,
	campaign_id CHAR(32) NOT NULL,
	revision INTEGER NOT NULL,
	als_score DOUBLE,
	reachable TEXT,
	reason TEXT,
	PRIMARY KEY (suggestion_id, lead_id),
	FOREIGN KEY(suggestion_id) REFERENCES campaign_suggestions (id) ON DELETE CASCADE,
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX idx_campaign_suggested_leads_lead ON campaign_suggested_leads (campaign_id, lead_id);

CREATE TABLE campaign_rejections (
	campaign_id CHAR(32) NOT NULL,
	lead_id TEXT NOT NULL,
	suggestion_id CHAR(32) NOT NULL,
	until DATE,
	PRIMARY KEY (campaign_id, lead_id),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE,
	FOREIGN KEY(suggestion_id) REFERENCES campaign_suggestions (id) ON DELETE CASCADE
)
 WITHOUT ROWID;

CREATE INDEX idx_campaign_rejections_suggestion ON campaign_rejections (suggestion_id);

CREATE TABLE campaign_ledger_version (
	version INTEGER NOT NULL,
	PRIMARY KEY (version)
)
 WITHOUT ROWID;

CREATE TABLE campaign_events (
	campaign_id CHAR(32) NOT NULL,
	number INTEGER NOT NULL,
	kind TEXT NOT NULL,
	suggestion_id CHAR(32),
	event JSON NOT NULL,
	PRIMARY KEY (campaign_id, number),
	CONSTRAINT valid_number CHECK (number > 0),
	CONSTRAINT valid_event CHECK (CASE WHEN json_valid(event) THEN json_type(event) = 'object' ELSE FALSE END),
	FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE,
	FOREIGN KEY(suggestion_id) REFERENCES campaign_suggestions (id)
)
 WITHOUT ROWID;

CREATE INDEX idx_campaign_events_suggestion ON campaign_events (suggestion_id);


INSERT INTO campaigns (id, client_id, name, status, permission_mode, target_industries, target_titles, target_company_sizes, target_locations, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, daily_lead_limit, total_lead_limit, start_date, end_date, created_at, updated_at, deleted_at) VALUES ('00000000000000000000000000000002', '00000000000000000000000000000001', 'Sydney agencies', 'active', 'co_pilot', '["SEO"]', '["CEO"]', '[]', '["Sydney"]', 40, 30, 20, 5, 5, 50, 500, NULL, NULL, '2026-11-23 08:00:00.000000', '2026-11-23 09:00:04.000000', NULL);

INSERT INTO campaigns (id, client_id, name, status, permission_mode, target_industries, target_titles, target_company_sizes, target_locations, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, daily_lead_limit, total_lead_limit, start_date, end_date, created_at, updated_at, deleted_at) VALUES ('00000000000000000000000000000003', '00000000000000000000000000000001', 'Hobart', 'active', 'co_pilot', '[]', '[]', '[]', '[]', 40, 30, 20, 5, 5, 50, NULL, NULL, '2026-12-31', '2026-11-23 08:00:00.000000', '2026-11-23 09:00:05.000000', NULL);

INSERT INTO campaigns (id, client_id, name, status, permission_mode, target_industries, target_titles, target_company_sizes, target_locations, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, daily_lead_limit, total_lead_limit, start_date, end_date, created_at, updated_at, deleted_at) VALUES ('00000000000000000000000000000004', '00000000000000000000000000000001', 'Perth', 'completed', 'co_pilot', '[]', '[]', '[]', '[]', 100, 0, 0, 0, 0, 50, NULL, NULL, NULL, '2026-11-23 08:00:00.000000', '2026-11-23 09:00:19.000000', NULL);

INSERT INTO campaigns (id, client_id, name, status, permission_mode, target_industries, target_titles, target_company_sizes, target_locations, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, daily_lead_limit, total_lead_limit, start_date, end_date, created_at, updated_at, deleted_at) VALUES ('00000000000000000000000000000005', '00000000000000000000000000000001', 'Cairns', 'draft', 'co_pilot', '[]', '[]', '[]', '[]', 40, 30, 20, 5, 5, 50, NULL, NULL, NULL, '2026-11-23 08:00:00.000000', '2026-11-23 09:00:20.000000', '2026-11-23 09:00:20.000000');

INSERT INTO campaign_progress (campaign_id, admitted_total, email_carried, linkedin_carried, voice_carried, sms_carried, mail_carried, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, epoch) VALUES ('00000000000000000000000000000002', 6, 3, 2, 1, 0, 0, 40, 30, 20, 5, 5, 0);

INSERT INTO campaign_progress (campaign_id, admitted_total, email_carried, linkedin_carried, voice_carried, sms_carried, mail_carried, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, epoch) VALUES ('00000000000000000000000000000003', 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, 0);

INSERT INTO campaign_progress (campaign_id, admitted_total, email_carried, linkedin_carried, voice_carried, sms_carried, mail_carried, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, epoch) VALUES ('00000000000000000000000000000004', 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, 0);

INSERT INTO campaign_progress (campaign_id, admitted_total, email_carried, linkedin_carried, voice_carried, sms_carried, mail_carried, email_allocation, linkedin_allocation, voice_allocation, sms_allocation, mail_allocation, epoch) VALUES ('00000000000000000000000000000005', 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, 0);

INSERT INTO campaign_days (campaign_id, day, admitted) VALUES ('00000000000000000000000000000002', '2026-11-24', 5);

INSERT INTO campaign_days (campaign_id, day, admitted) VALUES ('00000000000000000000000000000002', '2026-11-25', 1);

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000002', 'a', 'linkedin', 'hot', 90.0, '2026-11-24', 0);

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000002', 'b', 'voice', 'warm', 84.5, '2026-11-24', 0);

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000002', 'e', 'email', 'hot', 91.0, '2026-11-24', 0);

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000002', 'g', 'email', 'warm', 84.5, '2026-11-25', 0);

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000002', 'h', 'linkedin', 'hot', 90.0, '2026-11-24', 0);

INSERT INTO campaign_leads (campaign_id, lead_id, channel, tier, als_score, day, epoch) VALUES ('00000000000000000000000000000002', 'i', 'email', 'warm', 84.5, '2026-11-24', 0);

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a259907000b12354a9bb4a81da', '00000000000000000000000000000002', 'approved', '39c791cc1652f6dc018ad15d7b91e012d17988c0d4f1f28791d79c475c53bfbf', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:10+00:00", "reason": null, "expires_at": null, "before": {"allocation": {"email": 40, "linkedin": 30, "voice": 20, "sms": 5, "mail": 5}, "targeting": {"industries": ["SEO"], "titles": ["CEO"], "company_sizes": [], "locations": ["Sydney"]}}, "counts": {"email": 1, "linkedin": 1, "voice": 0, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": {"kind": "user", "name": "ann"}, "decided_at": "2026-11-23T09:00:11+00:00", "why": null, "action": "assign", "day": "2026-11-24", "horizon": 1, "after": {}, "lead_count": 2}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a261607000bc446e0547dc2a7a', '00000000000000000000000000000002', 'rejected', 'c24727ae82741778f0baeffd393289f33eafa9349b3ecb2e08eeaad5878c5ccb', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:12+00:00", "reason": null, "expires_at": null, "before": {"allocation": {"email": 40, "linkedin": 30, "voice": 20, "sms": 5, "mail": 5}, "targeting": {"industries": ["SEO"], "titles": ["CEO"], "company_sizes": [], "locations": ["Sydney"]}}, "counts": {"email": 0, "linkedin": 1, "voice": 1, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": {"kind": "user", "name": "ann"}, "decided_at": "2026-11-23T09:00:13+00:00", "why": "not now", "action": "assign", "day": "2026-11-24", "horizon": 1, "after": {}, "lead_count": 2}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a26930700084000e8aadd0aba1', '00000000000000000000000000000002', 'pending', 'b1daeb0a3bcd079bc89e4ee45da9cc30dabb8acfd0706300f734663ccd4e0cf8', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:14+00:00", "reason": "replies came", "expires_at": null, "before": {"allocation": {"email": 40, "linkedin": 30, "voice": 20, "sms": 5, "mail": 5}, "targeting": {"industries": ["SEO"], "titles": ["CEO"], "company_sizes": [], "locations": ["Sydney"]}}, "counts": {"email": 0, "linkedin": 1, "voice": 1, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": null, "decided_at": null, "why": null, "action": "assign", "day": "2026-11-24", "horizon": 1, "after": {}, "lead_count": 2}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a26d187000b93ffda8c26daefc', '00000000000000000000000000000002', 'pending', 'd97cc7039818cda2763bb84d34a333e3e93683079c3be391d150c3b284dc6d07', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:15+00:00", "reason": null, "expires_at": null, "before": {}, "counts": {"email": 0, "linkedin": 1, "voice": 1, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": null, "decided_at": null, "why": null, "action": "release", "day": null, "horizon": 1, "after": {}, "lead_count": 2}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a271007000a67aa139bb15c467', '00000000000000000000000000000002', 'pending', '4686378ba1d646af2201187aa5d50c1ac8fbf70865c3694cae5c96b1df3e7dd7', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:16+00:00", "reason": null, "expires_at": null, "before": {"name": "Sydney agencies", "daily_lead_limit": 50}, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": null, "decided_at": null, "why": null, "action": "edit", "day": null, "horizon": 1, "after": {"name": "Sydney agencies, again", "daily_lead_limit": 20}, "lead_count": 0}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a274e870009a19dc130d801964', '00000000000000000000000000000003', 'pending', '7d743d2e5008013b1ab09e3731bdacdf146162519904a7ca1078f4759dfa2d95', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:17+00:00", "reason": "bounces", "expires_at": null, "before": {"status": "active"}, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": null, "decided_at": null, "why": null, "action": "pause", "day": null, "horizon": 1, "after": {}, "lead_count": 0}');

INSERT INTO campaign_suggestions (id, campaign_id, state, digest, suggestion) VALUES ('01a207a278d070008d1e9f8e7a304a15', '00000000000000000000000000000004', 'closed', '7d743d2e5008013b1ab09e3731bdacdf146162519904a7ca1078f4759dfa2d95', '{"by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:18+00:00", "reason": null, "expires_at": null, "before": {"status": "active"}, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "revision": 1, "day_passed": false, "decided_by": {"kind": "user", "name": "ann"}, "decided_at": "2026-11-23T09:00:19+00:00", "why": null, "action": "pause", "day": null, "horizon": 1, "after": {}, "lead_count": 0}');

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a259907000b12354a9bb4a81da', 'h', '00000000000000000000000000000002', 1, 90.0, NULL, NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a259907000b12354a9bb4a81da', 'i', '00000000000000000000000000000002', 1, 84.5, 'email voice', NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a261607000bc446e0547dc2a7a', 'j', '00000000000000000000000000000002', 1, 90.0, NULL, NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a261607000bc446e0547dc2a7a', 'k', '00000000000000000000000000000002', 1, 84.5, 'email voice', NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a26930700084000e8aadd0aba1', 'l', '00000000000000000000000000000002', 1, 90.0, NULL, NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a26930700084000e8aadd0aba1', 'm', '00000000000000000000000000000002', 1, 84.5, 'email voice', NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a26930700084000e8aadd0aba1', 'n', '00000000000000000000000000000002', 1, NULL, NULL, 'unreachable');

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a26d187000b93ffda8c26daefc', 'a', '00000000000000000000000000000002', 1, NULL, NULL, NULL);

INSERT INTO campaign_suggested_leads (suggestion_id, lead_id, campaign_id, revision, als_score, reachable, reason) VALUES ('01a207a26d187000b93ffda8c26daefc', 'b', '00000000000000000000000000000002', 1, NULL, NULL, NULL);

INSERT INTO campaign_rejections (campaign_id, lead_id, suggestion_id, until) VALUES ('00000000000000000000000000000002', 'j', '01a207a261607000bc446e0547dc2a7a', NULL);

INSERT INTO campaign_rejections (campaign_id, lead_id, suggestion_id, until) VALUES ('00000000000000000000000000000002', 'k', '01a207a261607000bc446e0547dc2a7a', NULL);

INSERT INTO campaign_ledger_version (version) VALUES (3);

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 1, 'created', NULL, '{"action": null, "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:00+00:00", "before": {}, "after": {"id": "00000000-0000-0000-0000-000000000002", "client_id": "00000000-0000-0000-0000-000000000001", "name": "Sydney agencies", "status": "draft", "permission_mode": "co_pilot", "targeting": {"industries": ["SEO"], "titles": ["CEO"], "company_sizes": [], "locations": ["Sydney"]}, "allocation": {"email": 40, "linkedin": 30, "voice": 20, "sms": 5, "mail": 5}, "daily_lead_limit": 50, "total_lead_limit": 500, "start_date": null, "end_date": null, "created_at": "2026-11-23T08:00:00+00:00", "deleted_at": null}, "updated_at": "2026-11-23T08:00:00+00:00", "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": "the client asked"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 2, 'applied', NULL, '{"action": "activate", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:04+00:00", "before": {"status": "draft"}, "after": {"status": "active"}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 3, 'applied', NULL, '{"action": "assign", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:07+00:00", "before": {}, "after": {}, "updated_at": null, "day": "2026-11-24", "counts": {"email": 1, "linkedin": 1, "voice": 1, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 4, 'applied', NULL, '{"action": "assign", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:08+00:00", "before": {}, "after": {}, "updated_at": null, "day": "2026-11-25", "counts": {"email": 1, "linkedin": 1, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 5, 'applied', NULL, '{"action": "release", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:09+00:00", "before": {}, "after": {}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 1, "voice": 0, "sms": 0, "mail": 0}, "reason": "asked not to be called"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 6, 'suggested', '01a207a259907000b12354a9bb4a81da', '{"action": "assign", "by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:10+00:00", "before": {}, "after": {}, "updated_at": null, "day": "2026-11-24", "counts": {"email": 1, "linkedin": 1, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 7, 'approved', '01a207a259907000b12354a9bb4a81da', '{"action": "assign", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:11+00:00", "before": {}, "after": {}, "updated_at": null, "day": "2026-11-24", "counts": {"email": 1, "linkedin": 1, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 8, 'suggested', '01a207a261607000bc446e0547dc2a7a', '{"action": "assign", "by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:12+00:00", "before": {}, "after": {}, "updated_at": null, "day": "2026-11-24", "counts": {"email": 0, "linkedin": 1, "voice": 1, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 9, 'rejected', '01a207a261607000bc446e0547dc2a7a', '{"action": "assign", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:13+00:00", "before": {}, "after": {}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": "not now"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 10, 'suggested', '01a207a26930700084000e8aadd0aba1', '{"action": "assign", "by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:14+00:00", "before": {}, "after": {}, "updated_at": null, "day": "2026-11-24", "counts": {"email": 0, "linkedin": 1, "voice": 1, "sms": 0, "mail": 0}, "reason": "replies came"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 11, 'suggested', '01a207a26d187000b93ffda8c26daefc', '{"action": "release", "by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:15+00:00", "before": {}, "after": {}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 1, "voice": 1, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000002', 12, 'suggested', '01a207a271007000a67aa139bb15c467', '{"action": "edit", "by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:16+00:00", "before": {"name": "Sydney agencies", "daily_lead_limit": 50}, "after": {"name": "Sydney agencies, again", "daily_lead_limit": 20}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000003', 1, 'created', NULL, '{"action": null, "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:01+00:00", "before": {}, "after": {"id": "00000000-0000-0000-0000-000000000003", "client_id": "00000000-0000-0000-0000-000000000001", "name": "Hobart", "status": "draft", "permission_mode": "co_pilot", "targeting": {"industries": [], "titles": [], "company_sizes": [], "locations": []}, "allocation": {"email": 40, "linkedin": 30, "voice": 20, "sms": 5, "mail": 5}, "daily_lead_limit": 50, "total_lead_limit": null, "start_date": null, "end_date": "2026-12-31", "created_at": "2026-11-23T08:00:00+00:00", "deleted_at": null}, "updated_at": "2026-11-23T08:00:00+00:00", "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": "the client asked"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000003', 2, 'applied', NULL, '{"action": "activate", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:05+00:00", "before": {"status": "draft"}, "after": {"status": "active"}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000003', 3, 'suggested', '01a207a274e870009a19dc130d801964', '{"action": "pause", "by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:17+00:00", "before": {"status": "active"}, "after": {"status": "paused"}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": "bounces"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000004', 1, 'created', NULL, '{"action": null, "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:02+00:00", "before": {}, "after": {"id": "00000000-0000-0000-0000-000000000004", "client_id": "00000000-0000-0000-0000-000000000001", "name": "Perth", "status": "draft", "permission_mode": "co_pilot", "targeting": {"industries": [], "titles": [], "company_sizes": [], "locations": []}, "allocation": {"email": 100, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "daily_lead_limit": 50, "total_lead_limit": null, "start_date": null, "end_date": null, "created_at": "2026-11-23T08:00:00+00:00", "deleted_at": null}, "updated_at": "2026-11-23T08:00:00+00:00", "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": "the client asked"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000004', 2, 'applied', NULL, '{"action": "activate", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:06+00:00", "before": {"status": "draft"}, "after": {"status": "active"}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000004', 3, 'suggested', '01a207a278d070008d1e9f8e7a304a15', '{"action": "pause", "by": {"kind": "ai", "name": "scout"}, "at": "2026-11-23T09:00:18+00:00", "before": {"status": "active"}, "after": {"status": "paused"}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000004', 4, 'applied', NULL, '{"action": "complete", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:19+00:00", "before": {"status": "active"}, "after": {"status": "completed"}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000004', 5, 'closed', '01a207a278d070008d1e9f8e7a304a15', '{"action": "pause", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:19+00:00", "before": {}, "after": {}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000005', 1, 'created', NULL, '{"action": null, "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:03+00:00", "before": {}, "after": {"id": "00000000-0000-0000-0000-000000000005", "client_id": "00000000-0000-0000-0000-000000000001", "name": "Cairns", "status": "draft", "permission_mode": "co_pilot", "targeting": {"industries": [], "titles": [], "company_sizes": [], "locations": []}, "allocation": {"email": 40, "linkedin": 30, "voice": 20, "sms": 5, "mail": 5}, "daily_lead_limit": 50, "total_lead_limit": null, "start_date": null, "end_date": null, "created_at": "2026-11-23T08:00:00+00:00", "deleted_at": null}, "updated_at": "2026-11-23T08:00:00+00:00", "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": "the client asked"}');

INSERT INTO campaign_events (campaign_id, number, kind, suggestion_id, event) VALUES ('00000000000000000000000000000005', 2, 'applied', NULL, '{"action": "delete", "by": {"kind": "user", "name": "ann"}, "at": "2026-11-23T09:00:20+00:00", "before": {"deleted_at": null}, "after": {"deleted_at": "2026-11-23T09:00:20+00:00"}, "updated_at": null, "day": null, "counts": {"email": 0, "linkedin": 0, "voice": 0, "sms": 0, "mail": 0}, "reason": null}');
