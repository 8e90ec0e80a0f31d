-- One row for each visitor who came before the cut-off, as known at that moment, and whether the goal came after it.
-- What had not arrived at the cut-off has no part in the features, however old: a model trained on this table sees what
-- it will see when it is asked. label and label_events alone look at the days after.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, eid, uid, sid, name, ts, seq, received_at, page, campaign, device, geo, props, user, flags: about 47 bytes an event.
-- parameter goal varchar: Event name to predict, such as purchase
-- parameter cutoff varchar: Moment of the prediction, UTC, YYYY-MM-DD HH:MM
-- parameter horizon bigint: Days after the cut-off in which the goal counts
-- parameter si varchar: Site
-- parameter from varchar: First day to look at, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, at least horizon days after the cut-off
-- column si varchar: Site
-- column uid varchar: Visitor id
-- column cutoff timestamp: Moment of the prediction, UTC
-- column label boolean: Whether the goal came within the horizon
-- column label_events bigint: How often
-- column age_days double: From the first event to the cut-off
-- column recency_days double: From the last event to the cut-off
-- column active_days bigint: Days with an event
-- column sessions bigint: Sessions
-- column sessions_7d bigint: Sessions in the last seven days
-- column events bigint: Events
-- column events_7d bigint: Events in the last seven days
-- column page_views bigint: Pages seen
-- column pages bigint: Different paths seen
-- column engaged_seconds double: How long pages were looked at
-- column item_views bigint: Events view_item
-- column cart_adds bigint: Events add_to_cart
-- column checkouts bigint: Events begin_checkout
-- column purchases bigint: Events purchase
-- column revenue double: Sum of their values
-- column goals bigint: Events of the goal's name
-- column recency_goal_days double: From the last of these to the cut-off
-- column clicks bigint: Events click
-- column errors bigint: Events error
-- column evening_share double: Share of events from 18:00 to 24:00 UTC
-- column weekend_share double: Share of events on Saturday and Sunday, UTC
-- column first_channel varchar: Channel of the first event
-- column last_channel varchar: Last channel that is not direct
-- column country varchar: Country, the last known
-- column lang varchar: Language, likewise
-- column browser varchar: Browser, likewise
-- column os varchar: Operating system, likewise
-- column device_type varchar: desktop, mobile or tablet, likewise
-- column identified boolean: Whether it was known who it is
WITH given AS (
  SELECT
    goal,
    date_diff('millisecond', timestamp '1970-01-01 00:00:00.000', cutoff) AS cutoff_ms,
    cutoff,
    horizon
  FROM (SELECT ? AS goal, cast(? AS timestamp(3)) AS cutoff, cast(? AS bigint) AS horizon) AS parameters
),
events AS (
  SELECT
    e.*,
    g.goal,
    g.cutoff,
    g.cutoff_ms,
    e.received_at < g.cutoff_ms AS known,
    e.name = g.goal
      AND e.ts >= g.cutoff_ms
      AND e.ts < g.cutoff_ms + g.horizon * 86400000 AS is_label,
    try_cast(json_extract_scalar(e.props, '$.seconds') AS double) AS seconds,
    try_cast(json_extract_scalar(e.props, '$.value') AS double) AS value
  FROM visitor_events AS e
  CROSS JOIN given AS g
  WHERE e.si = ? AND e.dt BETWEEN ? AND ? AND e.is_person
)
SELECT
  si,
  uid,
  max(cutoff) AS cutoff,
  count_if(is_label) > 0 AS label,
  count_if(is_label) AS label_events,
  (max(cutoff_ms) - min(ts) FILTER (WHERE known)) / 86400e3 AS age_days,
  (max(cutoff_ms) - max(ts) FILTER (WHERE known)) / 86400e3 AS recency_days,
  count(DISTINCT CASE WHEN known THEN dt END) AS active_days,
  count(DISTINCT CASE WHEN known THEN sid END) AS sessions,
  count(DISTINCT CASE WHEN known AND ts >= cutoff_ms - 7 * 86400000 THEN sid END) AS sessions_7d,
  count_if(known) AS events,
  count_if(known AND ts >= cutoff_ms - 7 * 86400000) AS events_7d,
  count_if(known AND name IN ('page_view', 'screen_view')) AS page_views,
  count(DISTINCT CASE WHEN known AND name IN ('page_view', 'screen_view') THEN path END) AS pages,
  coalesce(sum(seconds) FILTER (WHERE known AND name = 'engagement'), 0e0) AS engaged_seconds,
  count_if(known AND name = 'view_item') AS item_views,
  count_if(known AND name = 'add_to_cart') AS cart_adds,
  count_if(known AND name = 'begin_checkout') AS checkouts,
  count_if(known AND name = 'purchase') AS purchases,
  coalesce(sum(value) FILTER (WHERE known AND name = 'purchase'), 0e0) AS revenue,
  count_if(known AND name = goal) AS goals,
  (max(cutoff_ms) - max(ts) FILTER (WHERE known AND name = goal)) / 86400e3 AS recency_goal_days,
  count_if(known AND name = 'click') AS clicks,
  count_if(known AND name = 'error') AS errors,
  cast(count_if(known AND hour(time) >= 18) AS double) / count_if(known) AS evening_share,
  cast(count_if(known AND day_of_week(time) >= 6) AS double) / count_if(known) AS weekend_share,
  min_by(channel, moment) FILTER (WHERE known) AS first_channel,
  coalesce(max_by(channel, moment) FILTER (WHERE known AND channel <> 'direct'), 'direct') AS last_channel,
  max_by(country, moment) FILTER (WHERE known AND country IS NOT NULL) AS country,
  max_by(lang, moment) FILTER (WHERE known AND lang IS NOT NULL) AS lang,
  max_by(browser, moment) FILTER (WHERE known AND browser IS NOT NULL) AS browser,
  max_by(os, moment) FILTER (WHERE known AND os IS NOT NULL) AS os,
  max_by(device_type, moment) FILTER (WHERE known AND device_type IS NOT NULL) AS device_type,
  count_if(known AND user_id IS NOT NULL) > 0 AS identified
FROM events
GROUP BY si, uid
HAVING count_if(events.known) > 0
