-- What brought each visitor: the first touch and the last one, by session.
-- The last touch is the last that is not direct; a visitor who has none came directly.
-- reads: visitor_events
-- scans: all days of the sites asked for, by nature; of the files si, uid, sid, ts, seq, flags, campaign, page, user.
-- column si varchar: Site
-- column uid varchar: Visitor id
-- column user_id varchar: Who it is, where identified: the last one
-- column first_time timestamp: Begin of the first session, UTC
-- column first_channel varchar: Marketing channel of the first touch; as the tracker kept it, where that is older than the lake
-- column first_source varchar: Its campaign source, or the referrer's host
-- column first_medium varchar: Its campaign medium
-- column first_campaign varchar: Its campaign name
-- column first_path varchar: The path that was landed on
-- column last_time timestamp: Begin of the session of the last touch, UTC
-- column last_channel varchar: Marketing channel of the last touch
-- column last_source varchar: Its campaign source, or the referrer's host
-- column last_medium varchar: Its campaign medium
-- column last_campaign varchar: Its campaign name
-- column sessions bigint: Sessions
-- column channels varchar: The channels of the sessions in order, with ' > ' between them
WITH visits AS (
  SELECT
    si,
    uid,
    sid,
    min(moment) AS began,
    min(time) AS started,
    max_by(user_id, moment) FILTER (WHERE user_id IS NOT NULL) AS user_id,
    min_by(path, moment) FILTER (WHERE path IS NOT NULL) AS path,
    coalesce(min_by(channel, moment) FILTER (WHERE channel <> 'direct'), 'direct') AS channel,
    min_by(source, moment) FILTER (WHERE channel <> 'direct') AS source,
    min_by(medium, moment) FILTER (WHERE channel <> 'direct') AS medium,
    min_by(campaign, moment) FILTER (WHERE channel <> 'direct') AS campaign,
    min_by(json_extract_scalar(user_props, '$.first_touch.channel'), moment) AS kept_channel,
    min_by(json_extract_scalar(user_props, '$.first_touch.source'), moment) AS kept_source,
    min_by(json_extract_scalar(user_props, '$.first_touch.medium'), moment) AS kept_medium,
    min_by(json_extract_scalar(user_props, '$.first_touch.name'), moment) AS kept_campaign
  FROM visitor_events
  WHERE is_person
  GROUP BY si, uid, sid
)
SELECT
  si,
  uid,
  max_by(user_id, began) FILTER (WHERE user_id IS NOT NULL) AS user_id,
  min(started) AS first_time,
  min_by(coalesce(kept_channel, channel), began) AS first_channel,
  min_by(CASE WHEN kept_channel IS NULL THEN source ELSE kept_source END, began) AS first_source,
  min_by(CASE WHEN kept_channel IS NULL THEN medium ELSE kept_medium END, began) AS first_medium,
  min_by(CASE WHEN kept_channel IS NULL THEN campaign ELSE kept_campaign END, began) AS first_campaign,
  min_by(path, began) AS first_path,
  coalesce(max(started) FILTER (WHERE channel <> 'direct'), max(started)) AS last_time,
  coalesce(max_by(channel, began) FILTER (WHERE channel <> 'direct'), 'direct') AS last_channel,
  max_by(source, began) FILTER (WHERE channel <> 'direct') AS last_source,
  max_by(medium, began) FILTER (WHERE channel <> 'direct') AS last_medium,
  max_by(campaign, began) FILTER (WHERE channel <> 'direct') AS last_campaign,
  count(*) AS sessions,
  array_join(array_agg(channel ORDER BY began), ' > ') AS channels
FROM visits
GROUP BY si, uid
