CREATE TABLE `mail_allowances` (
	`id` binary(32) NOT NULL,
	`full_at` datetime(3) NOT NULL,
	CONSTRAINT `mail_allowances_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `mail_links` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`user_id` bigint unsigned NOT NULL,
	`purpose` enum('verify_email','reset_password','change_email') NOT NULL,
	`email` varchar(254) NOT NULL,
	`token_hash` binary(32) NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	CONSTRAINT `mail_links_id` PRIMARY KEY(`id`),
	CONSTRAINT `mail_links_by_token` UNIQUE(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `mails` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`key` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`kind` varchar(40) NOT NULL,
	`user_id` bigint unsigned,
	`recipient` varchar(254) NOT NULL,
	`content` mediumtext NOT NULL,
	`state` enum('queued','sent','dead') NOT NULL DEFAULT 'queued',
	`created_at` datetime(3) NOT NULL,
	`next_attempt_at` datetime(3) NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	`attempts` tinyint unsigned NOT NULL DEFAULT 0,
	`lease` varchar(36),
	`ended_at` datetime(3),
	`error` varchar(300) NOT NULL DEFAULT '',
	CONSTRAINT `mails_id` PRIMARY KEY(`id`),
	CONSTRAINT `mails_by_key` UNIQUE(`key`)
);
--> statement-breakpoint
CREATE TABLE `reservation_mails` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`reservation_id` binary(16) NOT NULL,
	`returned` tinyint unsigned NOT NULL,
	`kept` tinyint unsigned NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `reservation_mails_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `reservations` ADD `language` enum('ko','en') DEFAULT 'ko' NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `terms_version` varchar(20);--> statement-breakpoint
ALTER TABLE `users` ADD `terms_accepted_at` datetime(3);--> statement-breakpoint
ALTER TABLE `users` ADD `deleted_at` datetime(3);--> statement-breakpoint
ALTER TABLE `mail_links` ADD CONSTRAINT `mail_links_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `mail_allowances_by_time` ON `mail_allowances` (`full_at`);--> statement-breakpoint
CREATE INDEX `mail_links_by_user` ON `mail_links` (`user_id`);--> statement-breakpoint
CREATE INDEX `mail_links_by_expiry` ON `mail_links` (`expires_at`);--> statement-breakpoint
CREATE INDEX `mails_by_attempt` ON `mails` (`state`,`next_attempt_at`);--> statement-breakpoint
CREATE INDEX `mails_by_lease` ON `mails` (`lease`);--> statement-breakpoint
CREATE INDEX `mails_by_user` ON `mails` (`user_id`);--> statement-breakpoint
CREATE INDEX `mails_by_end` ON `mails` (`ended_at`);