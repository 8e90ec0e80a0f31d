-- Which properties their events had, with values of which types, for `make schema`.
-- Raw URL events have text alone: there a number written as text is taken for one. What begins with a needless zero is
-- a number nowhere (a post code), nor is what begins with a plus sign.
-- reads: visitor_events
-- scans: the days asked for, of all sites; dt, name, src, props, flags: about 6 bytes an event.
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column name varchar: Event name
-- column property varchar: Property, as it was sent
-- column kind varchar: boolean, bigint, double, date, timestamp or varchar
-- column n bigint: Values of this type; null is none
WITH told AS (
  SELECT
    name,
    property,
    CASE
      WHEN api IN ('url', 'form', 'pixel') AND regexp_like(value, '^"(true|false|-?(0|[1-9]\d*)(\.\d+)?)"$')
        THEN substr(value, 2, length(value) - 2)
      ELSE value
    END AS value
  FROM (
    SELECT name, api, property, json_format(json) AS value
    FROM visitor_events
    CROSS JOIN UNNEST(try_cast(json_parse(props) AS map(varchar, json))) AS t (property, json)
    WHERE dt BETWEEN ? AND ? AND is_person
  ) AS properties
),
typed AS (
  SELECT
    name,
    property,
    CASE
      WHEN value IN ('true', 'false') THEN 'boolean'
      WHEN regexp_like(value, '^-?\d{1,18}$') THEN 'bigint'
      WHEN regexp_like(value, '^-?\d') THEN 'double'
      WHEN regexp_like(value, '^"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"$') THEN 'date'
      WHEN regexp_like(
        value,
        '^"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?"$'
      ) THEN 'timestamp'
      ELSE 'varchar'
    END AS kind
  FROM told
  WHERE value <> 'null'
)
SELECT name, property, kind, count(*) AS n
FROM typed
GROUP BY name, property, kind
ORDER BY n DESC, name, property, kind
LIMIT 100000
