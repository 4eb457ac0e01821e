CREATE TABLE `sale_timeline` (
	`event_id` bigint unsigned NOT NULL,
	`at` datetime(3) NOT NULL,
	`seconds` tinyint unsigned NOT NULL,
	`bookings` int unsigned NOT NULL,
	`seats` int unsigned NOT NULL,
	`cancellations` int unsigned NOT NULL,
	`refused` int unsigned NOT NULL,
	`errors` int unsigned NOT NULL,
	`joins` int unsigned NOT NULL,
	`passes` int unsigned NOT NULL,
	`waiting` int unsigned NOT NULL,
	`lobby` int unsigned NOT NULL,
	`active` int unsigned NOT NULL,
	`seats_left` int,
	`seats_total` int unsigned,
	`p50` int unsigned,
	`p95` int unsigned,
	`p99` int unsigned,
	`lag_ms` int unsigned,
	CONSTRAINT `sale_timeline_event_id_at_pk` PRIMARY KEY(`event_id`,`at`)
);
--> statement-breakpoint
ALTER TABLE `sale_timeline` ADD CONSTRAINT `sale_timeline_event_id_events_id_fk` FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON DELETE cascade ON UPDATE no action;