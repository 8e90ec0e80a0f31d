-- Visitors, sessions and page views by day.
-- reads: sessions
-- scans: the days asked for of one site; si, dt, uid, sid, name, ts, seq, page, props, flags: about 19 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column dt varchar: Day
-- column visitors bigint: Visitors
-- column sessions bigint: Sessions
-- column page_views bigint: Pages seen
-- column bounce_rate double: Share of sessions with one page and nothing done
-- column duration_seconds double: Median time from first to last event of a session
-- column engaged_seconds double: Median time a session looked at pages
SELECT
  dt,
  count(DISTINCT uid) AS visitors,
  count(*) AS sessions,
  sum(page_views) AS page_views,
  avg(CASE WHEN bounce THEN 1e0 ELSE 0e0 END) AS bounce_rate,
  approx_percentile(duration_seconds, 0.5) AS duration_seconds,
  approx_percentile(engaged_seconds, 0.5) AS engaged_seconds
FROM sessions
WHERE si = ? AND dt BETWEEN ? AND ?
GROUP BY dt
ORDER BY dt
