CREATE TABLE `rehearsals` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`event_id` bigint unsigned NOT NULL,
	`copy_id` bigint unsigned,
	`state` enum('running','stopping','removing','done') NOT NULL DEFAULT 'running',
	`lease` varchar(36) NOT NULL,
	`operator_id` bigint unsigned NOT NULL,
	`buyers` int unsigned NOT NULL,
	`seconds` int unsigned NOT NULL,
	`expected` int unsigned NOT NULL,
	`started_at` datetime(3) NOT NULL,
	`ended_at` datetime(3),
	`removed_at` datetime(3),
	`progress` varchar(500),
	`sheet` varchar(8000),
	CONSTRAINT `rehearsals_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `events` ADD `rehearsal_of` bigint unsigned;--> statement-breakpoint
CREATE INDEX `rehearsals_by_event` ON `rehearsals` (`event_id`,`started_at`);--> statement-breakpoint
CREATE INDEX `rehearsals_by_removal` ON `rehearsals` (`removed_at`);--> statement-breakpoint
ALTER TABLE `events` ADD CONSTRAINT `events_rehearsal` CHECK (rehearsal_of is null or published = false);