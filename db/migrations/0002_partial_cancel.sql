CREATE TABLE `reservation_changes` (
	`id` bigint unsigned AUTO_INCREMENT NOT NULL,
	`reservation_id` binary(16) NOT NULL,
	`at` datetime(3) NOT NULL,
	`kept` tinyint unsigned NOT NULL,
	CONSTRAINT `reservation_changes_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `reservations` DROP CONSTRAINT `reservations_quantity`;--> statement-breakpoint
ALTER TABLE `reservations` ADD `booked` tinyint unsigned NOT NULL;--> statement-breakpoint
UPDATE `reservations` SET `booked` = `quantity`;--> statement-breakpoint
ALTER TABLE `reservation_changes` ADD CONSTRAINT `reservation_changes_reservation_id_reservations_id_fk` FOREIGN KEY (`reservation_id`) REFERENCES `reservations`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `reservation_changes_by_reservation` ON `reservation_changes` (`reservation_id`,`at`);--> statement-breakpoint
ALTER TABLE `reservations` ADD CONSTRAINT `reservations_quantity` CHECK (quantity > 0 and quantity <= booked);