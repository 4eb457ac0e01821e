CREATE TABLE `opening_reminders` (
	`event_id` bigint unsigned NOT NULL,
	`user_id` bigint unsigned NOT NULL,
	`language` enum('ko','en') NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`reminded_of` datetime(3),
	CONSTRAINT `opening_reminders_event_id_user_id_pk` PRIMARY KEY(`event_id`,`user_id`)
);
--> statement-breakpoint
ALTER TABLE `opening_reminders` ADD CONSTRAINT `opening_reminders_event_id_events_id_fk` FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `opening_reminders` ADD CONSTRAINT `opening_reminders_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `opening_reminders_by_state` ON `opening_reminders` (`event_id`,`reminded_of`);--> statement-breakpoint
CREATE INDEX `opening_reminders_by_user` ON `opening_reminders` (`user_id`);--> statement-breakpoint
CREATE INDEX `events_by_opening` ON `events` (`opens_at`);