-- Ten everyday questions. One text for raw lines and for `events`, which have the same columns ({table});
-- one for the layout of serverless-website-analytics, which has page views and events with one number each.
-- {site}, {month}, {week} and {last} are the site, the first day of thirty and of seven, and the last day.

-- question: page views a day, a month
SELECT dt, count(*) FROM {table}
WHERE si = '{site}' AND dt BETWEEN '{month}' AND '{last}' AND name = 'page_view' GROUP BY dt ORDER BY dt
-- fixed:
SELECT page_opened_at_date, count(*) FROM page_views
WHERE site = '{site}' AND page_opened_at_date BETWEEN '{month}' AND '{last}'
GROUP BY page_opened_at_date ORDER BY page_opened_at_date

-- question: pages most seen, a week
SELECT page.path, count(*) FROM {table}
WHERE si = '{site}' AND dt BETWEEN '{week}' AND '{last}' AND name = 'page_view'
GROUP BY page.path ORDER BY 2 DESC, 1 LIMIT 20
-- fixed:
SELECT page_url, count(*) FROM page_views
WHERE site = '{site}' AND page_opened_at_date BETWEEN '{week}' AND '{last}'
GROUP BY page_url ORDER BY 2 DESC, 1 LIMIT 20

-- question: visitors a day, a month
SELECT dt, count(DISTINCT uid) FROM {table}
WHERE si = '{site}' AND dt BETWEEN '{month}' AND '{last}' AND name = 'page_view' GROUP BY dt ORDER BY dt
-- fixed:
SELECT page_opened_at_date, count(DISTINCT user_id) FROM page_views
WHERE site = '{site}' AND page_opened_at_date BETWEEN '{month}' AND '{last}'
GROUP BY page_opened_at_date ORDER BY page_opened_at_date

-- question: sessions by source, a month
SELECT coalesce(campaign.source, 'none'), count(DISTINCT sid) FROM {table}
WHERE si = '{site}' AND dt BETWEEN '{month}' AND '{last}' AND name = 'page_view' GROUP BY 1 ORDER BY 1
-- fixed:
SELECT coalesce(utm_source, 'none'), count(DISTINCT session_id) FROM page_views
WHERE site = '{site}' AND page_opened_at_date BETWEEN '{month}' AND '{last}' GROUP BY 1 ORDER BY 1

-- question: visitors by country, a month
SELECT geo.country, count(DISTINCT uid) FROM {table}
WHERE si = '{site}' AND dt BETWEEN '{month}' AND '{last}' AND name = 'page_view' GROUP BY geo.country ORDER BY 1
-- fixed:
SELECT country_iso, count(DISTINCT user_id) FROM page_views
WHERE site = '{site}' AND page_opened_at_date BETWEEN '{month}' AND '{last}' GROUP BY country_iso ORDER BY 1

-- question: bounces and length of sessions, a week
SELECT count(*), count_if(views = 1), avg(length) FROM (
    SELECT count(*) AS views, max(ts) - min(ts) AS length FROM {table}
    WHERE si = '{site}' AND dt BETWEEN '{week}' AND '{last}' AND name = 'page_view' GROUP BY sid)
-- fixed:
SELECT count(*), count_if(views = 1), avg(length) FROM (
    SELECT count(*) AS views, max(page_opened_at) - min(page_opened_at) AS length FROM page_views
    WHERE site = '{site}' AND page_opened_at_date BETWEEN '{week}' AND '{last}' GROUP BY session_id)

-- question: from product to purchase, a week
SELECT count(seen), count_if(added > seen), count_if(bought > added) FROM (
    SELECT min(CASE WHEN name = 'view_item' THEN ts END) AS seen, max(CASE WHEN name = 'add_to_cart' THEN ts END) AS added,
        max(CASE WHEN name = 'purchase' THEN ts END) AS bought
    FROM {table} WHERE si = '{site}' AND dt BETWEEN '{week}' AND '{last}'
        AND name IN ('view_item', 'add_to_cart', 'purchase') GROUP BY uid)
-- fixed:
SELECT count(seen), count_if(added > seen), count_if(bought > added) FROM (
    SELECT min(CASE WHEN event = 'view_item' THEN tracked_at END) AS seen,
        max(CASE WHEN event = 'add_to_cart' THEN tracked_at END) AS added,
        max(CASE WHEN event = 'purchase' THEN tracked_at END) AS bought
    FROM events_fixed WHERE site = '{site}' AND tracked_at_date BETWEEN '{week}' AND '{last}'
        AND event IN ('view_item', 'add_to_cart', 'purchase') GROUP BY user_id)

-- question: revenue a day, a month
SELECT dt, sum(CAST(json_extract_scalar(props, '$.price') AS double)) FROM {table}
WHERE si = '{site}' AND dt BETWEEN '{month}' AND '{last}' AND name = 'purchase' GROUP BY dt ORDER BY dt
-- fixed:
SELECT tracked_at_date, sum(data) FROM events_fixed
WHERE site = '{site}' AND tracked_at_date BETWEEN '{month}' AND '{last}' AND event = 'purchase'
GROUP BY tracked_at_date ORDER BY tracked_at_date

-- question: all that one visitor saw, a month
SELECT ts, page.path FROM {table}
WHERE si = '{site}' AND dt BETWEEN '{month}' AND '{last}' AND name = 'page_view' AND uid = '{uid}' ORDER BY ts
-- fixed:
SELECT page_opened_at, page_url FROM page_views
WHERE site = '{site}' AND page_opened_at_date BETWEEN '{month}' AND '{last}' AND user_id = '{uid}' ORDER BY page_opened_at

-- question: seconds to the largest paint, 75th percentile by page, a week
SELECT page.path, approx_percentile(CAST(json_extract_scalar(props, '$.value') AS double), 0.75) FROM {table}
WHERE si = '{site}' AND dt BETWEEN '{week}' AND '{last}' AND name = 'web_vital'
    AND json_extract_scalar(props, '$.metric') = 'LCP' GROUP BY page.path ORDER BY 1 LIMIT 20
-- fixed: none, an event has no page
