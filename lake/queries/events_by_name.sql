-- What happens: events by name.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, name, sid, uid, flags: about 6 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column name varchar: Event name
-- column events bigint: Events
-- column sessions bigint: Sessions with one
-- column visitors bigint: Visitors with one
SELECT name, count(*) AS events, count(DISTINCT sid) AS sessions, count(DISTINCT uid) AS visitors
FROM visitor_events
WHERE si = ? AND dt BETWEEN ? AND ? AND is_person
GROUP BY name
ORDER BY events DESC, name
