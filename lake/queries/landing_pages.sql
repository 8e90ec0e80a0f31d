-- The hundred pages that most sessions began on, and how many left at once.
-- reads: sessions
-- scans: the days asked for of one site; si, dt, sid, name, ts, seq, page, flags: about 11 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column entry_path varchar: Path of the first page
-- column sessions bigint: Sessions
-- column bounce_rate double: Share of them with one page and nothing done
-- column page_views double: Pages seen in a session, on average
WITH visits AS (
  SELECT
    sid,
    min_by(entry_path, started) FILTER (WHERE entry_path IS NOT NULL) AS entry_path,
    bool_and(bounce) AND sum(page_views) <= 1 AS bounce,
    sum(page_views) AS page_views
  FROM sessions
  WHERE si = ? AND dt BETWEEN ? AND ?
  GROUP BY sid
)
SELECT
  entry_path,
  count(*) AS sessions,
  avg(CASE WHEN bounce THEN 1e0 ELSE 0e0 END) AS bounce_rate,
  avg(cast(page_views AS double)) AS page_views
FROM visits
WHERE entry_path IS NOT NULL
GROUP BY entry_path
ORDER BY sessions DESC, entry_path
LIMIT 100
