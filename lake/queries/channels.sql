-- What brought the sessions, and how many of them came to an event such as purchase.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, sid, uid, name, ts, seq, campaign, page, flags: about 15 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- parameter goal varchar: Name of the event that counts, such as purchase
-- column channel varchar: Marketing channel: the session's first that is not direct
-- column sessions bigint: Sessions
-- column visitors bigint: Visitors
-- column converted bigint: Sessions with the event
-- column rate double: converted / sessions
WITH events AS (
  SELECT sid, uid, name, moment, channel
  FROM visitor_events
  WHERE si = ? AND dt BETWEEN ? AND ? AND is_person
),
visits AS (
  SELECT
    sid,
    min_by(uid, moment) AS uid,
    coalesce(min_by(channel, moment) FILTER (WHERE channel <> 'direct'), 'direct') AS channel,
    count_if(name = ?) AS goals
  FROM events
  GROUP BY sid
)
SELECT
  channel,
  count(*) AS sessions,
  count(DISTINCT uid) AS visitors,
  count_if(goals > 0) AS converted,
  avg(CASE WHEN goals > 0 THEN 1e0 ELSE 0e0 END) AS rate
FROM visits
GROUP BY channel
ORDER BY sessions DESC, channel
