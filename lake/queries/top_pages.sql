-- The hundred pages seen most.
-- reads: page_views
-- scans: the days asked for of one site; si, dt, name, uid, sid, page, flags: about 11 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column path varchar: Path
-- column page_views bigint: How often it was seen
-- column sessions bigint: In how many sessions
-- column visitors bigint: By how many visitors
SELECT
  path,
  count(*) AS page_views,
  count(DISTINCT sid) AS sessions,
  count(DISTINCT uid) AS visitors
FROM page_views
WHERE si = ? AND dt BETWEEN ? AND ?
GROUP BY path
ORDER BY page_views DESC, path
LIMIT 100
