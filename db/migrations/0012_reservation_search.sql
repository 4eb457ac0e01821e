ALTER TABLE `reservation_changes` ADD `written_at` datetime(3) DEFAULT current_timestamp(3) NOT NULL;--> statement-breakpoint
ALTER TABLE `reservations` ADD `written_at` datetime(3) DEFAULT current_timestamp(3) NOT NULL;--> statement-breakpoint
CREATE INDEX `reservations_by_event` ON `reservations` (`event_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `reservations_by_time` ON `reservations` (`created_at`);