-- Which channel an event such as purchase is owed to: the first of the visitor's, and the last before the event that is
-- not direct, within the days asked for. What came after the event has no part in it.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, uid, eid, name, ts, seq, campaign, page, flags: about 32 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- parameter goal varchar: Name of the event that counts, such as purchase
-- column channel varchar: Marketing channel
-- column first_touch bigint: Events whose visitor it brought first
-- column last_touch bigint: Events it was the last to bring
WITH touched AS (
  SELECT
    name,
    first_value(channel) OVER (PARTITION BY uid ORDER BY moment, eid) AS first_channel,
    coalesce(
      last_value(nullif(channel, 'direct')) IGNORE NULLS OVER (
        PARTITION BY uid ORDER BY moment, eid ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ),
      'direct'
    ) AS last_channel
  FROM visitor_events
  WHERE si = ? AND dt BETWEEN ? AND ? AND is_person
),
owed AS (
  SELECT first_channel, last_channel
  FROM touched
  WHERE name = ?
),
both_ways AS (
  SELECT first_channel AS channel, 1 AS first_touch, 0 AS last_touch FROM owed
  UNION ALL
  SELECT last_channel AS channel, 0 AS first_touch, 1 AS last_touch FROM owed
)
SELECT channel, sum(first_touch) AS first_touch, sum(last_touch) AS last_touch
FROM both_ways
GROUP BY channel
ORDER BY last_touch DESC, first_touch DESC, channel
