-- How many events each deletion has marked, and how many events wait for each purge: right by construction, whoever
-- marks, restores or removes them.
CREATE TRIGGER deletions_counted_mark AFTER UPDATE OF deleted_at ON events
WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
BEGIN
	UPDATE deletions SET events = events + 1 WHERE id = NEW.deletion_id;
END;
--> statement-breakpoint
CREATE TRIGGER deletions_counted_restore AFTER UPDATE OF deleted_at ON events
WHEN OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL
BEGIN
	UPDATE deletions SET restored = restored + 1 WHERE id = OLD.deletion_id;
END;
--> statement-breakpoint
CREATE TRIGGER deletions_counted_purge AFTER DELETE ON events
WHEN OLD.deleted_at IS NOT NULL
BEGIN
	UPDATE deletions SET purged = purged + 1 WHERE id = OLD.deletion_id;
END;
--> statement-breakpoint
CREATE TRIGGER pending_deletions_insert AFTER INSERT ON deletions
WHEN NEW.reserved <> 0
BEGIN
	INSERT INTO pending_deletions (purge_at, n) VALUES (NEW.purge_at, NEW.reserved)
	ON CONFLICT DO UPDATE SET n = n + NEW.reserved;
END;
--> statement-breakpoint
CREATE TRIGGER pending_deletions_update AFTER UPDATE OF events, restored, purged, reserved ON deletions
WHEN NEW.events - NEW.restored - NEW.purged + NEW.reserved <> OLD.events - OLD.restored - OLD.purged + OLD.reserved
BEGIN
	INSERT INTO pending_deletions (purge_at, n) VALUES (
		NEW.purge_at,
		NEW.events - NEW.restored - NEW.purged + NEW.reserved - (OLD.events - OLD.restored - OLD.purged + OLD.reserved)
	) ON CONFLICT DO UPDATE SET n = n + excluded.n;
END;
--> statement-breakpoint
CREATE TRIGGER pending_deletions_delete AFTER DELETE ON deletions
WHEN OLD.events - OLD.restored - OLD.purged + OLD.reserved <> 0
BEGIN
	UPDATE pending_deletions SET n = n - (OLD.events - OLD.restored - OLD.purged + OLD.reserved)
	WHERE purge_at = OLD.purge_at;
END;
--> statement-breakpoint
-- What is on record is never changed.
CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit
BEGIN
	SELECT RAISE(ABORT, 'the audit list is append-only');
END;
--> statement-breakpoint
-- Other processes learn what is being carried out, so that their readers do not show it, as they learn of sites and keys.
CREATE TRIGGER deletions_version_insert AFTER INSERT ON deletions
WHEN NEW.state IN ('deleting', 'restoring', 'erasing')
BEGIN
	INSERT INTO kv (key, value) VALUES ('config_version', '1') ON CONFLICT DO UPDATE SET value = value + 1;
END;
--> statement-breakpoint
CREATE TRIGGER deletions_version_update AFTER UPDATE OF state ON deletions
WHEN NEW.state <> OLD.state AND (NEW.state IN ('deleting', 'restoring', 'erasing') OR OLD.state IN ('deleting', 'restoring', 'erasing'))
BEGIN
	INSERT INTO kv (key, value) VALUES ('config_version', '1') ON CONFLICT DO UPDATE SET value = value + 1;
END;
