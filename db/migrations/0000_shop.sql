CREATE TABLE `audit` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`at` datetime(3) NOT NULL,
	`actor_id` bigint unsigned,
	`action` varchar(60) NOT NULL,
	`subject` varchar(120) NOT NULL,
	`detail` json,
	CONSTRAINT `audit_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `events` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`title` varchar(100) NOT NULL,
	`title_en` varchar(100) NOT NULL,
	`place` varchar(100) NOT NULL,
	`place_en` varchar(100) NOT NULL,
	`search_text` varchar(410) GENERATED ALWAYS AS (concat_ws(' ', title, title_en, place, place_en)) STORED,
	`zone` varchar(40) NOT NULL DEFAULT 'Asia/Seoul',
	`starts_at` datetime(3) NOT NULL,
	`opens_at` datetime(3) NOT NULL,
	`closes_at` datetime(3) NOT NULL,
	`limit_per_person` tinyint unsigned NOT NULL DEFAULT 4,
	`image_id` bigint unsigned,
	`published` boolean NOT NULL DEFAULT false,
	`version` int unsigned NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `events_id` PRIMARY KEY(`id`),
	CONSTRAINT `events_window` CHECK(opens_at < closes_at and closes_at <= starts_at),
	CONSTRAINT `events_limit` CHECK(limit_per_person between 1 and 100)
);
--> statement-breakpoint
CREATE TABLE `images` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`key` varchar(120) NOT NULL,
	`content_type` varchar(40) NOT NULL,
	`bytes` int unsigned NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `images_id` PRIMARY KEY(`id`),
	CONSTRAINT `images_by_key` UNIQUE(`key`)
);
--> statement-breakpoint
CREATE TABLE `ledgers` (
	`event_id` bigint unsigned NOT NULL,
	`live` boolean NOT NULL DEFAULT false,
	`epoch` int unsigned NOT NULL DEFAULT 0,
	`seq` bigint unsigned NOT NULL DEFAULT 0,
	`drained_at` datetime(3),
	CONSTRAINT `ledgers_event_id_pk` PRIMARY KEY(`event_id`)
);
--> statement-breakpoint
CREATE TABLE `refresh_tokens` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`user_id` bigint unsigned NOT NULL,
	`family` binary(16) NOT NULL,
	`token_hash` binary(32) NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	`replaced_at` datetime(3),
	CONSTRAINT `refresh_tokens_id` PRIMARY KEY(`id`),
	CONSTRAINT `refresh_tokens_by_hash` UNIQUE(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `reservations` (
	`id` binary(16) NOT NULL,
	`event_id` bigint unsigned NOT NULL,
	`ticket_type_id` bigint unsigned NOT NULL,
	`user_id` bigint unsigned NOT NULL,
	`quantity` tinyint unsigned NOT NULL,
	`unit_price` int unsigned NOT NULL,
	`status` enum('confirmed','cancelled') NOT NULL DEFAULT 'confirmed',
	`idempotency_key` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`cancelled_at` datetime(3),
	CONSTRAINT `reservations_id` PRIMARY KEY(`id`),
	CONSTRAINT `reservations_by_key` UNIQUE(`event_id`,`user_id`,`idempotency_key`),
	CONSTRAINT `reservations_quantity` CHECK(quantity > 0),
	CONSTRAINT `reservations_status` CHECK((status = 'cancelled') = (cancelled_at is not null))
);
--> statement-breakpoint
CREATE TABLE `ticket_types` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`event_id` bigint unsigned NOT NULL,
	`position` tinyint unsigned NOT NULL,
	`name` varchar(40) NOT NULL,
	`name_en` varchar(40) NOT NULL,
	`price` int unsigned NOT NULL,
	`seats` int unsigned NOT NULL,
	`sold` int unsigned NOT NULL DEFAULT 0,
	CONSTRAINT `ticket_types_id` PRIMARY KEY(`id`),
	CONSTRAINT `ticket_types_by_event` UNIQUE(`event_id`,`position`),
	CONSTRAINT `ticket_types_sold` CHECK(sold <= seats)
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`email` varchar(254) NOT NULL,
	`password_hash` varchar(255) NOT NULL,
	`nickname` varchar(10) NOT NULL,
	`role` enum('user','admin') NOT NULL DEFAULT 'user',
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `users_id` PRIMARY KEY(`id`),
	CONSTRAINT `users_by_email` UNIQUE(`email`),
	CONSTRAINT `users_by_nickname` UNIQUE(`nickname`)
);
--> statement-breakpoint
ALTER TABLE `audit` ADD CONSTRAINT `audit_actor_id_users_id_fk` FOREIGN KEY (`actor_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `events` ADD CONSTRAINT `events_image_id_images_id_fk` FOREIGN KEY (`image_id`) REFERENCES `images`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `ledgers` ADD CONSTRAINT `ledgers_event_id_events_id_fk` FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `refresh_tokens` ADD CONSTRAINT `refresh_tokens_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `reservations` ADD CONSTRAINT `reservations_event_id_events_id_fk` FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `reservations` ADD CONSTRAINT `reservations_ticket_type_id_ticket_types_id_fk` FOREIGN KEY (`ticket_type_id`) REFERENCES `ticket_types`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `reservations` ADD CONSTRAINT `reservations_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `ticket_types` ADD CONSTRAINT `ticket_types_event_id_events_id_fk` FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `audit_by_subject` ON `audit` (`subject`,`at`);--> statement-breakpoint
CREATE INDEX `audit_by_actor` ON `audit` (`actor_id`,`at`);--> statement-breakpoint
CREATE INDEX `events_by_start` ON `events` (`published`,`starts_at`);--> statement-breakpoint
CREATE INDEX `events_by_opening` ON `events` (`published`,`opens_at`);--> statement-breakpoint
CREATE INDEX `ledgers_live` ON `ledgers` (`live`);--> statement-breakpoint
CREATE INDEX `refresh_tokens_by_family` ON `refresh_tokens` (`family`);--> statement-breakpoint
CREATE INDEX `refresh_tokens_by_user` ON `refresh_tokens` (`user_id`);--> statement-breakpoint
CREATE INDEX `reservations_by_user` ON `reservations` (`user_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `reservations_by_type` ON `reservations` (`ticket_type_id`,`status`,`quantity`);