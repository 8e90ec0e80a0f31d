-- Sessions by campaign tags.
-- reads: sessions
-- scans: the days asked for of one site; si, dt, sid, uid, name, ts, seq, campaign, page, flags: about 15 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column source varchar: Campaign source, or the referrer's host
-- column medium varchar: Campaign medium
-- column campaign varchar: Campaign name
-- column sessions bigint: Sessions
-- column visitors bigint: Visitors
-- column bounce_rate double: Share of sessions with one page and nothing done
WITH visits AS (
  SELECT
    sid,
    min_by(uid, started) AS uid,
    min_by(source, started) FILTER (WHERE channel <> 'direct') AS source,
    min_by(medium, started) FILTER (WHERE channel <> 'direct') AS medium,
    min_by(campaign, started) FILTER (WHERE channel <> 'direct') AS campaign,
    bool_and(bounce) AND sum(page_views) <= 1 AS bounce,
    count_if(channel <> 'direct') AS brought
  FROM sessions
  WHERE si = ? AND dt BETWEEN ? AND ?
  GROUP BY sid
)
SELECT
  source,
  medium,
  campaign,
  count(*) AS sessions,
  count(DISTINCT uid) AS visitors,
  avg(CASE WHEN bounce THEN 1e0 ELSE 0e0 END) AS bounce_rate
FROM visits
WHERE brought > 0
GROUP BY source, medium, campaign
ORDER BY sessions DESC, source, medium, campaign
