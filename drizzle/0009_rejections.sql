CREATE TABLE `rejections` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`site_id` integer,
	`dialect` text NOT NULL,
	`reason` text NOT NULL,
	`message` text NOT NULL,
	`fields` text,
	`event` text,
	`is_truncated` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `rejections_by_site` ON `rejections` (`site_id`,`id`);--> statement-breakpoint
CREATE INDEX `rejections_at` ON `rejections` (`at`);