CREATE TABLE `attributed_day_counts` (
	`site_id` integer NOT NULL,
	`type` text NOT NULL,
	`day` integer NOT NULL,
	`n` integer NOT NULL,
	PRIMARY KEY(`site_id`, `type`, `day`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `events_attributed` ON `events` (`site_id`,`type`,`occurred_at`,`occurred_sub`) WHERE (click_id IS NOT NULL OR customer_key IS NOT NULL) AND type IN ('click', 'lead', 'conversion') AND is_test = 0 AND deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `events_by_click` ON `events` (`click_id`,`is_test`,`type`,`site_id`,`occurred_at`) WHERE click_id IS NOT NULL AND deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `events_by_customer` ON `events` (`customer_key`,`is_test`,`site_id`,`type`,`occurred_at`) WHERE customer_key IS NOT NULL AND deleted_at IS NULL;