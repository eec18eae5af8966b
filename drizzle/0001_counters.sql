-- Exact counters of the undeleted events, kept by triggers: right by construction for retries, purges and the command line.
--
-- The first 200 types of a site are counted apart; further ones share '*other'. A type's row in event_totals is never
-- removed, also at n = 0, so that a type is always counted in the same place. Once '*other' is there, new types go to it
-- without counting the types again: that took as long as the insert itself.
--
-- Days are floored, also before 1970: 62135596800000 ms lie between 0001-01-01 and 1970-01-01, that is 719162 days.
CREATE TRIGGER events_counted_insert AFTER INSERT ON events
WHEN NEW.deleted_at IS NULL
BEGIN
	INSERT INTO event_totals (site_id, type, is_test, n) VALUES (
		NEW.site_id,
		CASE
			WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = NEW.site_id AND type = NEW.type) THEN NEW.type
			WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = NEW.site_id AND type = '*other') THEN '*other'
			WHEN (SELECT count(DISTINCT type) FROM event_totals WHERE site_id = NEW.site_id) < 200 THEN NEW.type
			ELSE '*other'
		END,
		NEW.is_test,
		1
	) ON CONFLICT DO UPDATE SET n = n + 1;
	INSERT INTO event_day_counts (site_id, type, is_test, day, n) VALUES (
		NEW.site_id,
		CASE WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = NEW.site_id AND type = NEW.type) THEN NEW.type ELSE '*other' END,
		NEW.is_test,
		(NEW.occurred_at + 62135596800000) / 86400000 - 719162,
		1
	) ON CONFLICT DO UPDATE SET n = n + 1;
END;
--> statement-breakpoint
CREATE TRIGGER events_counted_delete AFTER DELETE ON events
WHEN OLD.deleted_at IS NULL
BEGIN
	UPDATE event_totals SET n = n - 1
	WHERE site_id = OLD.site_id AND is_test = OLD.is_test
		AND type = CASE WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = OLD.site_id AND type = OLD.type) THEN OLD.type ELSE '*other' END;
	UPDATE event_day_counts SET n = n - 1
	WHERE site_id = OLD.site_id AND is_test = OLD.is_test AND day = (OLD.occurred_at + 62135596800000) / 86400000 - 719162
		AND type = CASE WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = OLD.site_id AND type = OLD.type) THEN OLD.type ELSE '*other' END;
	DELETE FROM event_day_counts
	WHERE site_id = OLD.site_id AND is_test = OLD.is_test AND day = (OLD.occurred_at + 62135596800000) / 86400000 - 719162
		AND type = CASE WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = OLD.site_id AND type = OLD.type) THEN OLD.type ELSE '*other' END AND n = 0;
END;
--> statement-breakpoint
CREATE TRIGGER events_counted_mark AFTER UPDATE OF deleted_at ON events
WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
BEGIN
	UPDATE event_totals SET n = n - 1
	WHERE site_id = OLD.site_id AND is_test = OLD.is_test
		AND type = CASE WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = OLD.site_id AND type = OLD.type) THEN OLD.type ELSE '*other' END;
	UPDATE event_day_counts SET n = n - 1
	WHERE site_id = OLD.site_id AND is_test = OLD.is_test AND day = (OLD.occurred_at + 62135596800000) / 86400000 - 719162
		AND type = CASE WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = OLD.site_id AND type = OLD.type) THEN OLD.type ELSE '*other' END;
	DELETE FROM event_day_counts
	WHERE site_id = OLD.site_id AND is_test = OLD.is_test AND day = (OLD.occurred_at + 62135596800000) / 86400000 - 719162
		AND type = CASE WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = OLD.site_id AND type = OLD.type) THEN OLD.type ELSE '*other' END AND n = 0;
END;
--> statement-breakpoint
CREATE TRIGGER events_counted_restore AFTER UPDATE OF deleted_at ON events
WHEN OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL
BEGIN
	INSERT INTO event_totals (site_id, type, is_test, n) VALUES (
		NEW.site_id,
		CASE
			WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = NEW.site_id AND type = NEW.type) THEN NEW.type
			WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = NEW.site_id AND type = '*other') THEN '*other'
			WHEN (SELECT count(DISTINCT type) FROM event_totals WHERE site_id = NEW.site_id) < 200 THEN NEW.type
			ELSE '*other'
		END,
		NEW.is_test,
		1
	) ON CONFLICT DO UPDATE SET n = n + 1;
	INSERT INTO event_day_counts (site_id, type, is_test, day, n) VALUES (
		NEW.site_id,
		CASE WHEN EXISTS (SELECT 1 FROM event_totals WHERE site_id = NEW.site_id AND type = NEW.type) THEN NEW.type ELSE '*other' END,
		NEW.is_test,
		(NEW.occurred_at + 62135596800000) / 86400000 - 719162,
		1
	) ON CONFLICT DO UPDATE SET n = n + 1;
END;
--> statement-breakpoint
-- Every change to sites and keys bumps a version, so that other processes know when to forget what they remember.
CREATE TRIGGER sites_version_insert AFTER INSERT ON sites
BEGIN
	INSERT INTO kv (key, value) VALUES ('config_version', '1') ON CONFLICT DO UPDATE SET value = value + 1;
END;
--> statement-breakpoint
CREATE TRIGGER sites_version_update AFTER UPDATE ON sites
BEGIN
	INSERT INTO kv (key, value) VALUES ('config_version', '1') ON CONFLICT DO UPDATE SET value = value + 1;
END;
--> statement-breakpoint
CREATE TRIGGER sites_version_delete AFTER DELETE ON sites
BEGIN
	INSERT INTO kv (key, value) VALUES ('config_version', '1') ON CONFLICT DO UPDATE SET value = value + 1;
END;
--> statement-breakpoint
CREATE TRIGGER api_keys_version_insert AFTER INSERT ON api_keys
BEGIN
	INSERT INTO kv (key, value) VALUES ('config_version', '1') ON CONFLICT DO UPDATE SET value = value + 1;
END;
--> statement-breakpoint
CREATE TRIGGER api_keys_version_update AFTER UPDATE ON api_keys
BEGIN
	INSERT INTO kv (key, value) VALUES ('config_version', '1') ON CONFLICT DO UPDATE SET value = value + 1;
END;
--> statement-breakpoint
CREATE TRIGGER api_keys_version_delete AFTER DELETE ON api_keys
BEGIN
	INSERT INTO kv (key, value) VALUES ('config_version', '1') ON CONFLICT DO UPDATE SET value = value + 1;
END;
