-- What stood in every row as text is said by a number, and computed when it is read: see src/store/shorthand.ts. No row is
-- written anew. Those that are there have no shorthand, and mean what they meant.
ALTER TABLE `events` RENAME COLUMN `received_at` TO `received_offset`;
--> statement-breakpoint
ALTER TABLE `events` RENAME COLUMN `path` TO `path_text`;
--> statement-breakpoint
ALTER TABLE `events` RENAME COLUMN `device` TO `device_text`;
--> statement-breakpoint
ALTER TABLE `events` RENAME COLUMN `browser` TO `browser_text`;
--> statement-breakpoint
ALTER TABLE `events` RENAME COLUMN `os` TO `os_text`;
--> statement-breakpoint
ALTER TABLE `events` ADD `shorthand` integer;
--> statement-breakpoint
ALTER TABLE `events` ADD `received_at` integer GENERATED ALWAYS AS (received_offset + CASE WHEN shorthand IS NULL THEN 0 ELSE (id >> 12) + 1577836800000 END) VIRTUAL;
--> statement-breakpoint
ALTER TABLE `events` ADD `path` text GENERATED ALWAYS AS (CASE shorthand >> 13 & 3 WHEN 0 THEN substr(url, 8 + instr(substr(url, 9), '/')) WHEN 1 THEN substr(url, 8 + instr(substr(url, 9), '/'), shorthand >> 15) WHEN 2 THEN '/' ELSE path_text END) VIRTUAL;
--> statement-breakpoint
ALTER TABLE `events` ADD `device` text GENERATED ALWAYS AS (CASE shorthand >> 10 & 7 WHEN 0 THEN 'desktop' WHEN 1 THEN 'mobile' WHEN 2 THEN 'tablet' WHEN 3 THEN 'tv' WHEN 4 THEN 'console' WHEN 5 THEN 'wearable' ELSE device_text END) VIRTUAL;
--> statement-breakpoint
ALTER TABLE `events` ADD `browser` text GENERATED ALWAYS AS (CASE shorthand >> 0 & 31 WHEN 0 THEN 'Chrome' WHEN 1 THEN 'Safari' WHEN 2 THEN 'Edge' WHEN 3 THEN 'Firefox' WHEN 4 THEN 'Samsung Internet' WHEN 5 THEN 'Opera' WHEN 6 THEN 'Chrome WebView' WHEN 7 THEN 'Facebook' WHEN 8 THEN 'Instagram' WHEN 9 THEN 'Google App' WHEN 10 THEN 'Opera Mobile' WHEN 11 THEN 'UC Browser' WHEN 12 THEN 'Yandex Browser' WHEN 13 THEN 'Amazon Silk' WHEN 14 THEN 'Android Browser' ELSE browser_text END) VIRTUAL;
--> statement-breakpoint
ALTER TABLE `events` ADD `os` text GENERATED ALWAYS AS (CASE shorthand >> 5 & 31 WHEN 0 THEN 'Windows' WHEN 1 THEN 'macOS' WHEN 2 THEN 'Linux' WHEN 3 THEN 'ChromeOS' WHEN 4 THEN 'Android' WHEN 5 THEN 'iOS' WHEN 6 THEN 'HarmonyOS' WHEN 7 THEN 'Tizen' WHEN 8 THEN 'webOS' ELSE os_text END) VIRTUAL;
