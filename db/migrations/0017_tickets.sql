CREATE TABLE `admissions` (
	`reservation_id` binary(16) NOT NULL,
	`ordinal` tinyint unsigned NOT NULL,
	`event_id` bigint unsigned NOT NULL,
	`ticket_type_id` bigint unsigned NOT NULL,
	`mark_id` binary(16) NOT NULL,
	`at` datetime(3) NOT NULL,
	`device` varchar(40) NOT NULL,
	`operator_id` bigint unsigned NOT NULL,
	`written_at` datetime(3) NOT NULL DEFAULT current_timestamp(3),
	CONSTRAINT `admissions_reservation_id_ordinal_pk` PRIMARY KEY(`reservation_id`,`ordinal`)
);
--> statement-breakpoint
ALTER TABLE `reservations` ADD `id_tail` binary(7) GENERATED ALWAYS AS (substr(id, 10)) VIRTUAL;--> statement-breakpoint
ALTER TABLE `admissions` ADD CONSTRAINT `admissions_reservation_id_reservations_id_fk` FOREIGN KEY (`reservation_id`) REFERENCES `reservations`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `admissions_by_event` ON `admissions` (`event_id`,`ticket_type_id`);--> statement-breakpoint
CREATE INDEX `reservations_by_number` ON `reservations` (`id_tail`);