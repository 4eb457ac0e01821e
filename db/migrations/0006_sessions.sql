ALTER TABLE `refresh_tokens` ADD `parent_id` bigint unsigned;--> statement-breakpoint
ALTER TABLE `users` ADD `email_verified_at` datetime(3);--> statement-breakpoint
CREATE INDEX `refresh_tokens_by_parent` ON `refresh_tokens` (`parent_id`,`replaced_at`);--> statement-breakpoint
CREATE INDEX `refresh_tokens_by_expiry` ON `refresh_tokens` (`expires_at`);