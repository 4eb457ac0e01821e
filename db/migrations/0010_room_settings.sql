CREATE TABLE `room_settings` (
	`room` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`settings` mediumtext NOT NULL,
	`paused` boolean NOT NULL DEFAULT false,
	`revision` bigint unsigned NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `room_settings_room` PRIMARY KEY(`room`)
);
