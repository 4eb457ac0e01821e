CREATE TABLE `audit_head` (
	`id` tinyint unsigned NOT NULL,
	`last_id` bigint unsigned NOT NULL,
	`hash` binary(32) NOT NULL,
	CONSTRAINT `audit_head_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `audit` DROP FOREIGN KEY `audit_actor_id_users_id_fk`;
--> statement-breakpoint
ALTER TABLE `audit` MODIFY COLUMN `detail` mediumtext;--> statement-breakpoint
ALTER TABLE `users` MODIFY COLUMN `role` enum('user','admin','viewer','support','manager','owner') NOT NULL DEFAULT 'user';--> statement-breakpoint
UPDATE `users` SET `role` = 'owner' WHERE `role` = 'admin';--> statement-breakpoint
ALTER TABLE `users` MODIFY COLUMN `role` enum('user','viewer','support','manager','owner') NOT NULL DEFAULT 'user';--> statement-breakpoint
ALTER TABLE `audit` ADD `reason` varchar(300) DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `audit` ADD `address` varchar(64);--> statement-breakpoint
ALTER TABLE `audit` ADD `request_id` varchar(64);--> statement-breakpoint
ALTER TABLE `audit` ADD `hash` binary(32);--> statement-breakpoint
CREATE INDEX `audit_by_action` ON `audit` (`action`,`at`);--> statement-breakpoint
INSERT INTO `audit_head` (`id`, `last_id`, `hash`) VALUES (1, 0, repeat(char(0), 32));
