-- Which events people had, for `make schema`.
-- reads: visitor_events
-- scans: the days asked for, of all sites; dt, name, flags: about 0.3 bytes an event.
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column name varchar: Event name
-- column n bigint: Events
SELECT name, count(*) AS n
FROM visitor_events
WHERE dt BETWEEN ? AND ? AND is_person
GROUP BY name
ORDER BY n DESC, name
LIMIT 10000
