DROP INDEX `events_by_start` ON `events`;--> statement-breakpoint
DROP INDEX `events_by_opening` ON `events`;--> statement-breakpoint
ALTER TABLE `events` ADD `changed_at` datetime(3) on update current_timestamp(3) DEFAULT current_timestamp(3) NOT NULL;--> statement-breakpoint
ALTER TABLE `ledgers` ADD `changed_at` datetime(3) on update current_timestamp(3) DEFAULT current_timestamp(3) NOT NULL;--> statement-breakpoint
CREATE INDEX `events_by_change` ON `events` (`changed_at`);--> statement-breakpoint
CREATE INDEX `ledgers_by_change` ON `ledgers` (`changed_at`);