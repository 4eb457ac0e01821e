ALTER TABLE `events` ADD `notice` mediumtext;--> statement-breakpoint
ALTER TABLE `events` ADD `cancelled_at` datetime(3);--> statement-breakpoint
ALTER TABLE `events` ADD `cancel_reason` varchar(300) DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `events_by_cancellation` ON `events` (`cancelled_at`);