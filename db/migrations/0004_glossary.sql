RENAME TABLE `set_aside` TO `dead_letters`;--> statement-breakpoint
ALTER TABLE `dead_letters` RENAME INDEX `set_aside_by_position` TO `dead_letters_by_log_position`;--> statement-breakpoint
ALTER TABLE `dead_letters` DROP FOREIGN KEY `set_aside_event_id_events_id_fk`;--> statement-breakpoint
ALTER TABLE `dead_letters` ADD CONSTRAINT `dead_letters_event_id_events_id_fk` FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `events` DROP COLUMN `search_text`;--> statement-breakpoint
ALTER TABLE `events` RENAME COLUMN `place` TO `venue`, RENAME COLUMN `place_en` TO `venue_en`;--> statement-breakpoint
ALTER TABLE `events` ADD `search_text` varchar(410) GENERATED ALWAYS AS (concat_ws(' ', title, title_en, venue, venue_en)) STORED;--> statement-breakpoint
ALTER TABLE `ledgers` RENAME COLUMN `drained_at` TO `written_back_at`;--> statement-breakpoint
ALTER TABLE `ticket_types` RENAME COLUMN `position` TO `sort_order`;
