-- Events lost by browser, of some days alone: as view loss, which reads all days, but blind to a gap that lies before a
-- visitor's first event of these days, and to one behind a number that two tabs used.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, uid, eid, seq, ts, device: about 29 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column browser varchar: Browser of the event after the gap
-- column visitors bigint: Visitors
-- column arrived bigint: Events with a counter that are there
-- column lost bigint: Numbers missing between two that are there
-- column share double: lost / (lost + arrived)
WITH steps AS (
  SELECT uid, browser, seq, lag(seq) OVER (PARTITION BY uid ORDER BY seq, ts, eid) AS previous
  FROM visitor_events
  WHERE si = ? AND dt BETWEEN ? AND ? AND seq > 0
),
gaps AS (
  SELECT uid, browser, greatest(coalesce(seq - previous - 1, 0), 0) AS missing
  FROM steps
)
SELECT
  browser,
  count(DISTINCT uid) AS visitors,
  count(*) AS arrived,
  sum(missing) AS lost,
  cast(sum(missing) AS double) / (sum(missing) + count(*)) AS share
FROM gaps
GROUP BY browser
ORDER BY arrived DESC, browser
