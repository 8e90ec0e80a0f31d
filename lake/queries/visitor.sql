-- Everything one visitor did, in order.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, uid, sid, eid, name, ts, seq, page, props: about 40 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- parameter uid varchar: Visitor id
-- column time timestamp: When, UTC
-- column sid varchar: Session id
-- column seq bigint: The visitor's counter
-- column name varchar: Event name
-- column path varchar: Path of the page
-- column props varchar: What was sent, JSON text
SELECT time, sid, seq, name, path, props
FROM visitor_events
WHERE si = ? AND dt BETWEEN ? AND ? AND uid = ?
ORDER BY moment, eid
