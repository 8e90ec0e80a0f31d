-- Events that are tied to each other: one row for each pair of an event and a later one with the same linking id
-- (props.linking_id), such as begin_checkout and purchase; an event that none came after has one row with nulls.
-- reads: visitor_events
-- scans: the days asked for by dt for the earlier event; for the later one all days, or those asked for by to_dt.
-- column si varchar: Site
-- column dt varchar: Day of the earlier event, UTC, YYYY-MM-DD
-- column linking_id varchar: What ties them
-- column from_name varchar: Name of the earlier event
-- column from_time timestamp: When it happened, UTC
-- column from_eid varchar: Its event id
-- column uid varchar: Its visitor
-- column sid varchar: Its session
-- column from_props varchar: What was sent with it, JSON text
-- column to_dt varchar: Day of the later event
-- column to_name varchar: Name of the later event
-- column to_time timestamp: When it happened, UTC
-- column to_eid varchar: Its event id
-- column to_uid varchar: Its visitor
-- column to_props varchar: What was sent with it, JSON text
-- column seconds double: From the one to the other
WITH linked AS (
  SELECT *, json_extract_scalar(props, '$.linking_id') AS linking_id
  FROM visitor_events
  WHERE is_person AND json_extract_scalar(props, '$.linking_id') <> ''
)
SELECT
  a.si,
  a.dt,
  a.linking_id,
  a.name AS from_name,
  a.time AS from_time,
  a.eid AS from_eid,
  a.uid,
  a.sid,
  a.props AS from_props,
  b.dt AS to_dt,
  b.name AS to_name,
  b.time AS to_time,
  b.eid AS to_eid,
  b.uid AS to_uid,
  b.props AS to_props,
  (b.ts - a.ts) / 1000e0 AS seconds
FROM linked AS a
LEFT JOIN linked AS b
  ON b.si = a.si
  AND b.linking_id = a.linking_id
  AND b.dt >= a.dt
  AND (b.moment > a.moment OR (b.moment = a.moment AND b.eid > a.eid))
