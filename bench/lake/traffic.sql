-- A shop's traffic, made by DuckDB: as many sessions as give about $events events over $days days from $first.
-- Every value is drawn from a hash of its row, so the same numbers give the same events.
-- No session crosses midnight, so a day can be made without the others: only that one is. Three sites, visitors who come back (a few of them often), days with an evening peak, two hundred products.
CREATE OR REPLACE MACRO drawn(i, what) AS (hash(hash(i, what)) >> 11)::DOUBLE / 9007199254740992.0;
CREATE OR REPLACE MACRO uuid_of(i, what) AS (
    format('{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}',
        hash(hash(i, what)) & 4294967295, hash(hash(i, what)) >> 48, hash(hash(i, what, 1)) & 4095,
        hash(hash(i, what, 1)) >> 52, hash(hash(i, what, 2)) >> 16));
CREATE OR REPLACE MACRO one_of(choices, share) AS choices[1 + (share * len(choices))::INTEGER % len(choices)];

CREATE OR REPLACE MACRO sessions_of(low, high, visitors, days, first_ms, day) AS TABLE
WITH visit AS (
    SELECT
        i, (pow(drawn(i, 'visitor'), 1.6) * visitors)::BIGINT AS visitor,
        1 + least(59, (-ln(1 - drawn(i, 'length')) * 7.6)::INTEGER) AS length,
        (first_ms + (drawn(i, 'day') * days)::BIGINT % days * 86400000
            + ((drawn(i, 'h1') + drawn(i, 'h2') + 1.2) / 3.2 * 85000000)::BIGINT)::BIGINT AS began
    FROM range(low, high) AS s(i)
    WHERE (drawn(i, 'day') * days)::BIGINT % days = day
)
SELECT
    i, visitor, length, began, uuid_of(i, 'sid') AS sid, uuid_of(visitor, 'uid') AS uid,
    CASE WHEN drawn(visitor, 'site') < 0.6 THEN 'shop.example.com'
         WHEN drawn(visitor, 'site') < 0.9 THEN 'shop.example.de' ELSE 'blog.example.com' END AS si,
    CASE WHEN drawn(i, 'channel') < 0.45 THEN 'direct' WHEN drawn(i, 'channel') < 0.72 THEN 'search'
         WHEN drawn(i, 'channel') < 0.84 THEN 'paid search' WHEN drawn(i, 'channel') < 0.92 THEN 'email'
         ELSE 'social' END AS channel,
    one_of(['DE', 'US', 'FR', 'GB', 'AT', 'CH', 'NL', 'DE', 'US', 'DE'], drawn(visitor, 'country')) AS country,
    'City ' || (drawn(visitor, 'city') * 400)::INTEGER AS city,
    'autumn-' || (drawn(i, 'issue') * 30)::INTEGER AS issue,
    one_of(['de-DE', 'en-US', 'fr-FR', 'en-GB'], drawn(visitor, 'lang')) AS lang,
    one_of(['Europe/Berlin', 'America/New_York', 'Europe/Paris', 'Europe/London', 'Europe/Berlin'], drawn(visitor, 'tz')) AS tz,
    one_of([1920, 390, 1440, 412, 2560, 393, 1536, 360], drawn(visitor, 'screen')) AS screen_width,
    one_of([1080, 844, 900, 915, 1440, 852, 864, 800], drawn(visitor, 'screen')) AS screen_height,
    (drawn(visitor, 'window') * 90)::INTEGER AS window_less,
    replace(one_of([
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/# Safari/537.36',
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/# Mobile/15E148 Safari/604.1',
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/# Safari/605.1.15',
        'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/# Mobile Safari/537.36',
        'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/#',
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram # (iPhone15,3; iOS 18_5; de_DE; de; scale=3.00; 1290x2796)'
    ], drawn(visitor, 'ua')), '#', format('{}.0.{}.{}', 128 + (pow(drawn(visitor, 'version'), 0.3) * 15)::INTEGER,
        (drawn(visitor, 'build') * 30)::INTEGER, (drawn(visitor, 'patch') * 20)::INTEGER)) AS ua
FROM visit;

-- One row per event, with the columns of a raw line.
CREATE OR REPLACE MACRO events_of(low, high, visitors, days, first_ms, day) AS TABLE
WITH step AS (
    SELECT s.*, k, s.i * 64 + k AS e, unnest_at.k AS turn
    FROM sessions_of(low, high, visitors, days, first_ms, day) AS s, unnest(range(s.length)) AS unnest_at(k)
),
what AS (
    SELECT
        *, one_of(['green', 'black', 'oolong', 'white', 'herbal', 'matcha', 'gifts'], drawn(e // 4, 'product') * 97 % 1) || '/' ||
            one_of(['sencha', 'gyokuro', 'darjeeling', 'assam', 'lapsang', 'earl-grey', 'keemun', 'yunnan', 'rooibos'],
                drawn(e // 4, 'product') * 31 % 1) || '-' || (pow(drawn(e // 4, 'product'), 2) * 200)::INTEGER AS item,
        300 + (pow(drawn(e // 5, 'wait'), 3) * 9000)::BIGINT AS wait, 20 + (drawn(e // 5, 'way') * 180)::BIGINT AS way,
        5 + (drawn(e // 4, 'product') * 9000)::INTEGER / 100.0 AS price,
        began + turn * 9000 + (drawn(e, 'pause') * 8000)::BIGINT AS happened,
        CASE WHEN turn = 0 THEN 'page_view' WHEN drawn(e, 'name') < 0.40 THEN 'page_view'
             WHEN drawn(e, 'name') < 0.56 THEN 'click' WHEN drawn(e, 'name') < 0.68 THEN 'engagement'
             WHEN drawn(e, 'name') < 0.80 THEN 'web_vital' WHEN drawn(e, 'name') < 0.90 THEN 'view_item'
             WHEN drawn(e, 'name') < 0.955 THEN 'add_to_cart' WHEN drawn(e, 'name') < 0.985 THEN 'begin_checkout'
             ELSE 'purchase' END AS name
    FROM step
)
SELECT
    1 AS v, uuid_of(e, 'eid') AS eid, si, sid, uid, name, happened AS ts, happened AS created_at, happened + wait AS sent_at,
    happened + wait + way AS received_at, turn + 1 AS seq,
    CASE name
        WHEN 'click' THEN json_object('path', 'main#list>article.card>a', 'text', item, 'href', '/tea/' || item)
        WHEN 'engagement' THEN json_object('seconds', (drawn(e, 's') * 90)::INTEGER, 'scroll', (drawn(e, 'd') * 100)::INTEGER)
        WHEN 'web_vital' THEN json_object('metric', one_of(['LCP', 'INP', 'CLS', 'FCP', 'TTFB'], drawn(e, 'm')),
            'value', round(drawn(e, 'v') * 4000, 1), 'rating', one_of(['good', 'good', 'needs-improvement', 'poor'], drawn(e, 'v')))
        WHEN 'page_view' THEN json_object()
        ELSE json_object('item', item, 'price', price, 'quantity', 1 + (drawn(e, 'q') * 3)::INTEGER, 'currency', 'EUR')
    END AS props,
    CASE WHEN drawn(visitor, 'known') < 0.25 THEN json_object('user_id', 'customer-' || visitor, 'plan', 'club')
         ELSE json_object() END AS "user",
    {
        'url': 'https://' || si || '/tea/' || item || CASE channel WHEN 'email' THEN '?utm_source=newsletter&utm_campaign=' || issue
            WHEN 'paid search' THEN '?utm_source=google&utm_medium=cpc&gclid=' || (hash(i, 'gclid'))::VARCHAR ELSE '' END,
        'path': '/tea/' || item, 'title': upper(item) || ' · The Tea Shop',
        'referrer': CASE WHEN turn > 0 THEN 'https://' || si || '/tea/' || split_part(item, '/', 1) WHEN channel = 'search' THEN 'https://www.google.com/'
            WHEN channel = 'social' THEN 'https://www.facebook.com/' END
    } AS page,
    {
        'source': CASE channel WHEN 'email' THEN 'newsletter' WHEN 'paid search' THEN 'google' END,
        'medium': CASE channel WHEN 'email' THEN 'email' WHEN 'paid search' THEN 'cpc' END,
        'name': CASE channel WHEN 'email' THEN issue END, 'term': NULL::VARCHAR, 'content': NULL::VARCHAR,
        'click_id': CASE channel WHEN 'paid search' THEN hash(i, 'gclid')::VARCHAR END, 'channel': channel
    } AS campaign,
    {'ua': ua, 'lang': lang, 'tz': tz, 'screen': screen_width || 'x' || screen_height,
        'viewport': (screen_width - window_less % 17) || 'x' || (screen_height - 2 * window_less)} AS device,
    {'country': country, 'region': 'R' || (drawn(visitor, 'region') * 16)::INTEGER, 'city': city} AS geo,
    NULL::VARCHAR AS ip, CASE WHEN drawn(visitor, 'bot') < 0.01 THEN ['bot'] ELSE []::VARCHAR[] END AS flags,
    {'lib': 'penstock', 'ver': '0.1.0', 'api': 'batch'} AS src,
    strftime(make_timestamp(happened * 1000), '%Y-%m-%d') AS dt, strftime(make_timestamp(happened * 1000), '%H') AS hour
FROM what;
