ALTER TABLE `images` ADD `alt` varchar(200) DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `images` ADD `alt_en` varchar(200) DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `images` ADD `width` smallint unsigned;--> statement-breakpoint
ALTER TABLE `images` ADD `height` smallint unsigned;--> statement-breakpoint
ALTER TABLE `images` ADD `color` varchar(7);--> statement-breakpoint
ALTER TABLE `images` ADD `variants` varchar(100);--> statement-breakpoint
ALTER TABLE `images` ADD `unused_since` datetime(3);--> statement-breakpoint
CREATE INDEX `images_by_disuse` ON `images` (`unused_since`);