-- Exact counters of the clicks, leads and conversions that carry an attribution, kept by triggers as those of all events
-- are. Most events have neither a click nor a customer: for them a trigger ends at its first condition.
CREATE TRIGGER attributed_counted_insert AFTER INSERT ON events
WHEN (NEW.click_id IS NOT NULL OR NEW.customer_key IS NOT NULL) AND NEW.type IN ('click', 'lead', 'conversion') AND NEW.is_test = 0 AND NEW.deleted_at IS NULL
BEGIN
	INSERT INTO attributed_day_counts (site_id, type, day, n)
	VALUES (NEW.site_id, NEW.type, (NEW.occurred_at + 62135596800000) / 86400000 - 719162, 1)
	ON CONFLICT DO UPDATE SET n = n + 1;
END;
--> statement-breakpoint
CREATE TRIGGER attributed_counted_delete AFTER DELETE ON events
WHEN (OLD.click_id IS NOT NULL OR OLD.customer_key IS NOT NULL) AND OLD.type IN ('click', 'lead', 'conversion') AND OLD.is_test = 0 AND OLD.deleted_at IS NULL
BEGIN
	UPDATE attributed_day_counts SET n = n - 1
	WHERE site_id = OLD.site_id AND type = OLD.type AND day = (OLD.occurred_at + 62135596800000) / 86400000 - 719162;
	DELETE FROM attributed_day_counts
	WHERE site_id = OLD.site_id AND type = OLD.type AND day = (OLD.occurred_at + 62135596800000) / 86400000 - 719162 AND n = 0;
END;
--> statement-breakpoint
CREATE TRIGGER attributed_counted_mark AFTER UPDATE OF deleted_at ON events
WHEN (OLD.click_id IS NOT NULL OR OLD.customer_key IS NOT NULL) AND OLD.type IN ('click', 'lead', 'conversion') AND OLD.is_test = 0 AND OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
BEGIN
	UPDATE attributed_day_counts SET n = n - 1
	WHERE site_id = OLD.site_id AND type = OLD.type AND day = (OLD.occurred_at + 62135596800000) / 86400000 - 719162;
	DELETE FROM attributed_day_counts
	WHERE site_id = OLD.site_id AND type = OLD.type AND day = (OLD.occurred_at + 62135596800000) / 86400000 - 719162 AND n = 0;
END;
--> statement-breakpoint
CREATE TRIGGER attributed_counted_restore AFTER UPDATE OF deleted_at ON events
WHEN (NEW.click_id IS NOT NULL OR NEW.customer_key IS NOT NULL) AND NEW.type IN ('click', 'lead', 'conversion') AND NEW.is_test = 0 AND OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL
BEGIN
	INSERT INTO attributed_day_counts (site_id, type, day, n)
	VALUES (NEW.site_id, NEW.type, (NEW.occurred_at + 62135596800000) / 86400000 - 719162, 1)
	ON CONFLICT DO UPDATE SET n = n + 1;
END;
--> statement-breakpoint
INSERT INTO attributed_day_counts (site_id, type, day, n)
SELECT site_id, type, (occurred_at + 62135596800000) / 86400000 - 719162, count(*)
FROM events
WHERE (click_id IS NOT NULL OR customer_key IS NOT NULL) AND type IN ('click', 'lead', 'conversion') AND is_test = 0 AND deleted_at IS NULL
GROUP BY 1, 2, 3;
