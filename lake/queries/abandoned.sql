-- Of the linked events begun (such as begin_checkout), how many came to their end (such as purchase), by day.
-- reads: links
-- scans: the days asked for of one site for the beginnings, all its days for the ends; si, dt, name, eid, uid, sid, ts, seq, props, flags: about 35 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- parameter begin varchar: Name of the first event
-- parameter end varchar: Name of the last
-- column dt varchar: Day of the beginning
-- column begun bigint: Linking ids begun
-- column ended bigint: Of these, those with the last event after it
-- column abandoned double: Share without
-- column median_seconds double: Median time from the one to the other
WITH begun AS (
  SELECT dt, linking_id, from_name, to_name, seconds
  FROM links
  WHERE si = ? AND dt BETWEEN ? AND ? AND from_name = ?
),
pairs AS (
  SELECT linking_id, min(dt) AS dt, min(CASE WHEN to_name = ? THEN seconds END) AS seconds
  FROM begun
  GROUP BY linking_id
)
SELECT
  dt,
  count(*) AS begun,
  count(seconds) AS ended,
  1e0 - cast(count(seconds) AS double) / count(*) AS abandoned,
  approx_percentile(seconds, 0.5) AS median_seconds
FROM pairs
GROUP BY dt
ORDER BY dt
