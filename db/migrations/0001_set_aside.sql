CREATE TABLE `set_aside` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`event_id` bigint unsigned NOT NULL,
	`epoch` int unsigned NOT NULL,
	`seq` bigint unsigned NOT NULL,
	`entry` varchar(1000) NOT NULL,
	`reason` varchar(500) NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `set_aside_id` PRIMARY KEY(`id`),
	CONSTRAINT `set_aside_by_position` UNIQUE(`event_id`,`epoch`,`seq`)
);
--> statement-breakpoint
ALTER TABLE `set_aside` ADD CONSTRAINT `set_aside_event_id_events_id_fk` FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON DELETE no action ON UPDATE no action;