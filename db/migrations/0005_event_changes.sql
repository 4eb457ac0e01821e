ALTER TABLE `events` ADD `highest_limit` tinyint unsigned;--> statement-breakpoint
ALTER TABLE `events` ADD `sale_state` enum('on_sale','stopped') DEFAULT 'on_sale' NOT NULL;--> statement-breakpoint
ALTER TABLE `events` ADD `stop_message` varchar(300) DEFAULT '' NOT NULL;