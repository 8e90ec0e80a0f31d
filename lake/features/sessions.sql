-- One row for each session that had not come to the goal some minutes after its first event arrived, as known then, and
-- whether the goal came later in it.
-- What had not arrived at that moment has no part in the features, however old; label and label_events alone look at
-- what came after. A session over midnight is one.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, eid, uid, sid, name, ts, seq, received_at, page, campaign, device, geo, props, user, flags: about 47 bytes an event.
-- parameter goal varchar: Event name to predict, such as purchase
-- parameter minutes double: When the prediction is made: so long after the session's first event arrived
-- parameter si varchar: Site
-- parameter from varchar: First day to look at, UTC, YYYY-MM-DD
-- parameter to varchar: Last day
-- column si varchar: Site
-- column sid varchar: Session id
-- column uid varchar: Visitor id
-- column cutoff timestamp: Moment of the prediction, UTC
-- column label boolean: Whether the goal came later in this session
-- column label_events bigint: How often
-- column events bigint: Events
-- column page_views bigint: Pages seen
-- column pages bigint: Different paths seen
-- column active_seconds double: From the first event to the last
-- column idle_seconds double: From the last event to the cut-off
-- column engaged_seconds double: How long pages were looked at
-- column scroll double: Furthest a page was scrolled, percent
-- column item_views bigint: Events view_item
-- column cart_adds bigint: Events add_to_cart
-- column cart_value double: Sum of their values
-- column checkouts bigint: Events begin_checkout
-- column clicks bigint: Events click
-- column errors bigint: Events error
-- column entry_path varchar: Path of the first page
-- column channel varchar: The first channel that is not direct
-- column country varchar: Country, the last known
-- column lang varchar: Language, likewise
-- column browser varchar: Browser, likewise
-- column os varchar: Operating system, likewise
-- column device_type varchar: desktop, mobile or tablet, likewise
-- column hour bigint: Hour of the cut-off, UTC
-- column weekday bigint: Its day, 1 is Monday
-- column identified boolean: Whether it was known who it is
-- column earlier_sessions bigint: Sessions of the visitor that had begun before this one
-- column earlier_goals bigint: The visitor's events of the goal's name before this session
-- column days_since_session double: From the last of these sessions' beginning to this one's; null where there is none
WITH given AS (
  SELECT goal, cast(minutes * 60e3 AS bigint) AS wait
  FROM (SELECT ? AS goal, cast(? AS double) AS minutes) AS parameters
),
events AS (
  SELECT
    e.*,
    g.goal,
    min(e.received_at) OVER (PARTITION BY e.sid) AS began,
    min(e.received_at) OVER (PARTITION BY e.sid) + g.wait AS cutoff_ms,
    try_cast(json_extract_scalar(e.props, '$.seconds') AS double) AS seconds,
    try_cast(json_extract_scalar(e.props, '$.scroll') AS double) AS scroll,
    try_cast(json_extract_scalar(e.props, '$.value') AS double) AS value
  FROM visitor_events AS e
  CROSS JOIN given AS g
  WHERE e.si = ? AND e.dt BETWEEN ? AND ? AND e.is_person
),
told AS (
  SELECT *, received_at < cutoff_ms AS known
  FROM events
),
visits AS (
  SELECT
    si,
    sid,
    min_by(uid, received_at) AS uid,
    max(began) AS began,
    max(cutoff_ms) AS cutoff_ms,
    count_if(name = goal AND NOT known) AS label_events,
    count_if(known) AS events,
    count_if(known AND name IN ('page_view', 'screen_view')) AS page_views,
    count(DISTINCT CASE WHEN known AND name IN ('page_view', 'screen_view') THEN path END) AS pages,
    (max(ts) FILTER (WHERE known) - min(ts) FILTER (WHERE known)) / 1e3 AS active_seconds,
    (max(cutoff_ms) - max(ts) FILTER (WHERE known)) / 1e3 AS idle_seconds,
    coalesce(sum(seconds) FILTER (WHERE known AND name = 'engagement'), 0e0) AS engaged_seconds,
    coalesce(max(scroll) FILTER (WHERE known AND name = 'engagement'), 0e0) AS scroll,
    count_if(known AND name = 'view_item') AS item_views,
    count_if(known AND name = 'add_to_cart') AS cart_adds,
    coalesce(sum(value) FILTER (WHERE known AND name = 'add_to_cart'), 0e0) AS cart_value,
    count_if(known AND name = 'begin_checkout') AS checkouts,
    count_if(known AND name = 'click') AS clicks,
    count_if(known AND name = 'error') AS errors,
    min_by(path, moment) FILTER (WHERE known AND name IN ('page_view', 'screen_view')) AS entry_path,
    coalesce(min_by(channel, moment) FILTER (WHERE known AND channel <> 'direct'), 'direct') AS channel,
    max_by(country, moment) FILTER (WHERE known AND country IS NOT NULL) AS country,
    max_by(lang, moment) FILTER (WHERE known AND lang IS NOT NULL) AS lang,
    max_by(browser, moment) FILTER (WHERE known AND browser IS NOT NULL) AS browser,
    max_by(os, moment) FILTER (WHERE known AND os IS NOT NULL) AS os,
    max_by(device_type, moment) FILTER (WHERE known AND device_type IS NOT NULL) AS device_type,
    count_if(known AND user_id IS NOT NULL) > 0 AS identified
  FROM told
  GROUP BY si, sid
  HAVING count_if(told.known AND told.name = told.goal) = 0
),
-- Of the visitor before: counted by when it arrived, as what was known when the session began.
begun AS (
  SELECT uid, sid, min(received_at) AS began
  FROM events
  GROUP BY uid, sid
),
before_sessions AS (
  SELECT v.sid, count(*) AS earlier_sessions, max(b.began) AS last_began
  FROM visits AS v
  JOIN begun AS b ON b.uid = v.uid AND b.began < v.began
  WHERE b.sid <> v.sid
  GROUP BY v.sid
),
before_goals AS (
  SELECT v.sid, count(*) AS earlier_goals
  FROM visits AS v
  JOIN events AS e ON e.uid = v.uid AND e.received_at < v.began
  WHERE e.name = e.goal
  GROUP BY v.sid
)
SELECT
  v.si,
  v.sid,
  v.uid,
  cast(from_unixtime(v.cutoff_ms / 1e3) AS timestamp) AS cutoff,
  v.label_events > 0 AS label,
  v.label_events,
  v.events,
  v.page_views,
  v.pages,
  v.active_seconds,
  v.idle_seconds,
  v.engaged_seconds,
  v.scroll,
  v.item_views,
  v.cart_adds,
  v.cart_value,
  v.checkouts,
  v.clicks,
  v.errors,
  v.entry_path,
  v.channel,
  v.country,
  v.lang,
  v.browser,
  v.os,
  v.device_type,
  hour(cast(from_unixtime(v.cutoff_ms / 1e3) AS timestamp)) AS hour,
  day_of_week(cast(from_unixtime(v.cutoff_ms / 1e3) AS timestamp)) AS weekday,
  v.identified,
  coalesce(s.earlier_sessions, 0) AS earlier_sessions,
  coalesce(g.earlier_goals, 0) AS earlier_goals,
  (v.began - s.last_began) / 86400e3 AS days_since_session
FROM visits AS v
LEFT JOIN before_sessions AS s ON s.sid = v.sid
LEFT JOIN before_goals AS g ON g.sid = v.sid
