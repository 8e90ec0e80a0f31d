-- Orders by day: events purchase with props value, currency and order_id. An order told twice counts once.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, name, eid, uid, ts, seq, props, flags: about 32 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column dt varchar: Day
-- column currency varchar: Currency
-- column orders bigint: Orders
-- column buyers bigint: Visitors who ordered
-- column revenue double: Sum of the values
-- column average double: revenue / orders
WITH told AS (
  SELECT
    dt,
    uid,
    moment,
    coalesce(json_extract_scalar(props, '$.order_id'), eid) AS order_id,
    json_extract_scalar(props, '$.currency') AS currency,
    try_cast(json_extract_scalar(props, '$.value') AS double) AS value
  FROM visitor_events
  WHERE si = ? AND dt BETWEEN ? AND ? AND name = 'purchase' AND is_person
),
orders AS (
  SELECT
    order_id,
    min(dt) AS dt,
    min_by(uid, moment) AS uid,
    min_by(currency, moment) AS currency,
    min_by(value, moment) AS value
  FROM told
  GROUP BY order_id
)
SELECT
  dt,
  currency,
  count(*) AS orders,
  count(DISTINCT uid) AS buyers,
  coalesce(sum(value), 0e0) AS revenue,
  coalesce(sum(value), 0e0) / count(*) AS average
FROM orders
GROUP BY dt, currency
ORDER BY dt, currency
