ALTER TABLE `api_keys` ADD `tier` text DEFAULT 'free' NOT NULL;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `requests_per_minute` integer;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `previous_hash` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `previous_until` integer;--> statement-breakpoint
ALTER TABLE `sites` ADD `purge_at` integer;--> statement-breakpoint
ALTER TABLE `sites` ADD `allowed_origins` text;--> statement-breakpoint
ALTER TABLE `sites` ADD `honor_gpc` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `sites` ADD `honor_dnt` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `sites` ADD `retention_days` integer;--> statement-breakpoint
ALTER TABLE `sites` ADD `attribution_window_days` integer DEFAULT 60 NOT NULL;--> statement-breakpoint
ALTER TABLE `sites` ADD `events_per_minute` integer;