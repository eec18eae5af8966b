CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`secret_hash` text NOT NULL,
	`admin` integer DEFAULT false NOT NULL,
	`permissions` text NOT NULL,
	`site_ids` text,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE TABLE `event_day_counts` (
	`site_id` integer NOT NULL,
	`type` text NOT NULL,
	`is_test` integer NOT NULL,
	`day` integer NOT NULL,
	`n` integer NOT NULL,
	PRIMARY KEY(`site_id`, `type`, `is_test`, `day`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `event_totals` (
	`site_id` integer NOT NULL,
	`type` text NOT NULL,
	`is_test` integer NOT NULL,
	`n` integer NOT NULL,
	PRIMARY KEY(`site_id`, `type`, `is_test`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `events` (
	`id` integer PRIMARY KEY NOT NULL,
	`received_at` integer NOT NULL,
	`site_id` integer NOT NULL,
	`type` text NOT NULL,
	`name` text,
	`occurred_at` integer NOT NULL,
	`occurred_sub` integer DEFAULT 0 NOT NULL,
	`visitor_id` text,
	`session_id` text,
	`url` text,
	`path` text,
	`referrer` text,
	`device` text,
	`browser` text,
	`os` text,
	`country` text,
	`region` text,
	`city` text,
	`bot_name` text,
	`bot_company` text,
	`ai_source` text,
	`click_id` text,
	`customer_key` text,
	`value_micros` integer,
	`currency` text,
	`is_test` integer DEFAULT false NOT NULL,
	`dedupe_key` text,
	`data` text,
	`deleted_at` integer,
	`deletion_id` integer
);
--> statement-breakpoint
CREATE INDEX `events_list` ON `events` (`site_id`,`is_test`,`occurred_at`,`occurred_sub`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE INDEX `events_list_by_type` ON `events` (`site_id`,`type`,`is_test`,`occurred_at`,`occurred_sub`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `events_dedupe` ON `events` (`site_id`,`dedupe_key`) WHERE dedupe_key IS NOT NULL;--> statement-breakpoint
CREATE TABLE `kv` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`expires_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `sites` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`domain` text,
	`description` text,
	`tracking_code` text NOT NULL,
	`site_key` text NOT NULL,
	`scope` text NOT NULL,
	`public_read` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sites_tracking_code` ON `sites` (`tracking_code`);--> statement-breakpoint
CREATE UNIQUE INDEX `sites_site_key` ON `sites` (`site_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `sites_scope` ON `sites` (`scope`) WHERE deleted_at IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `sites_domain` ON `sites` (`domain`) WHERE deleted_at IS NULL AND domain IS NOT NULL;