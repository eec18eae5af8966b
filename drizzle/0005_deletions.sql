CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`action` text NOT NULL,
	`actor` text NOT NULL,
	`site_id` integer,
	`subject` text,
	`events` integer
);
--> statement-breakpoint
CREATE INDEX `audit_at` ON `audit` (`at`);--> statement-breakpoint
CREATE TABLE `deletions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`site_id` integer NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`filter` text,
	`last_event_id` integer,
	`reason` text,
	`actor` text NOT NULL,
	`created_at` integer NOT NULL,
	`purge_at` integer NOT NULL,
	`ended_at` integer,
	`expected` integer NOT NULL,
	`reserved` integer DEFAULT 0 NOT NULL,
	`events` integer DEFAULT 0 NOT NULL,
	`restored` integer DEFAULT 0 NOT NULL,
	`purged` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `deletions_under_way` ON `deletions` (`id`) WHERE state IN ('deleting', 'restoring', 'erasing');--> statement-breakpoint
CREATE INDEX `deletions_due` ON `deletions` (`purge_at`) WHERE state IN ('deleted', 'purging');--> statement-breakpoint
CREATE INDEX `deletions_by_site` ON `deletions` (`site_id`);--> statement-breakpoint
CREATE INDEX `deletions_ended` ON `deletions` (`ended_at`) WHERE ended_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `pending_deletions` (
	`purge_at` integer PRIMARY KEY NOT NULL,
	`n` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `events_by_deletion` ON `events` (`deletion_id`) WHERE deleted_at IS NOT NULL;