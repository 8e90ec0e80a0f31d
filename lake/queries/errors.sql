-- The hundred exceptions that most visitors met (module errors).
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, name, uid, device, props, flags: about 11 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column message varchar: Message
-- column source varchar: Script it came from
-- column events bigint: How often
-- column visitors bigint: Visitors
-- column browsers varchar: Browsers, with commas between
SELECT
  json_extract_scalar(props, '$.message') AS message,
  json_extract_scalar(props, '$.source') AS source,
  count(*) AS events,
  count(DISTINCT uid) AS visitors,
  array_join(array_sort(array_agg(DISTINCT browser) FILTER (WHERE browser IS NOT NULL)), ', ') AS browsers
FROM visitor_events
WHERE si = ? AND dt BETWEEN ? AND ? AND name = 'error' AND is_person
GROUP BY 1, 2
ORDER BY visitors DESC, events DESC, message
LIMIT 100
