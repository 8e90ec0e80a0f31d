-- What was bought: the items of events purchase (props.items: item_id, name, price, quantity), each order once.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, eid, name, ts, seq, props, flags: about 29 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column item_id varchar: Item
-- column name varchar: Its name
-- column orders bigint: Orders with it
-- column quantity double: How many
-- column revenue double: Price times quantity
WITH told AS (
  SELECT coalesce(json_extract_scalar(props, '$.order_id'), eid) AS order_id, moment, props
  FROM visitor_events
  WHERE si = ? AND dt BETWEEN ? AND ? AND name = 'purchase' AND is_person
),
orders AS (
  SELECT order_id, min_by(props, moment) AS props
  FROM told
  GROUP BY order_id
),
items AS (
  SELECT
    order_id,
    json_extract_scalar(item, '$.item_id') AS item_id,
    json_extract_scalar(item, '$.name') AS name,
    coalesce(try_cast(json_extract_scalar(item, '$.quantity') AS double), 1e0) AS quantity,
    try_cast(json_extract_scalar(item, '$.price') AS double) AS price
  FROM orders
  CROSS JOIN UNNEST(try_cast(json_extract(props, '$.items') AS array(json))) AS t (item)
)
SELECT
  item_id,
  max(name) AS name,
  count(DISTINCT order_id) AS orders,
  sum(quantity) AS quantity,
  sum(price * quantity) AS revenue
FROM items
GROUP BY item_id
ORDER BY quantity DESC, item_id
