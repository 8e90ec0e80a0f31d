-- Visitors by day, and in the seven days up to each; a day before the first one asked for counts as empty.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, uid, flags: about 3 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column day date: Day
-- column of_day bigint: Visitors of the day
-- column of_week bigint: Visitors of the seven days that end with it
-- column stickiness double: of_day / of_week
WITH days AS (
  SELECT DISTINCT uid, date(dt) AS day
  FROM visitor_events
  WHERE si = ? AND dt BETWEEN ? AND ? AND is_person
),
spread AS (
  SELECT uid, cast(date_add('day', later, day) AS date) AS day, later
  FROM days
  CROSS JOIN UNNEST(ARRAY[0, 1, 2, 3, 4, 5, 6]) AS t (later)
)
SELECT
  day,
  count(DISTINCT CASE WHEN later = 0 THEN uid END) AS of_day,
  count(DISTINCT uid) AS of_week,
  cast(count(DISTINCT CASE WHEN later = 0 THEN uid END) AS double) / count(DISTINCT uid) AS stickiness
FROM spread
WHERE day <= (SELECT max(day) FROM days)
GROUP BY day
ORDER BY day
