-- What Athena (Trino) answers over the lake of lake.py, by its documents: https://trino.io/docs/current/functions.html.
-- Each question is followed by its rows.

select name, count(*) n from raw group by name order by 1
=> buy | 4
=> view | 3

select count(*) from penstock_test.raw
=> 7

select penstock_test.raw.eid from awsdatacatalog.penstock_test.raw where seq = 1
=> e1

select dt, hour, count(*) from raw group by dt, hour order by 1, 2
=> 2026-07-28 | 10 | 4
=> 2026-07-28 | 11 | 2
=> 2026-07-29 | 00 | 1

select "$path" from raw where seq = 4
=> s3://raw-bucket/raw/dt=2026-07-28/hour=11/packed.gz

select * from (values (1, 'a'), (2, 'b')) as t(n, s) where n > 1
=> 2 | b

select user from raw where seq = 1
=> {"user_id":"kim"}

select ip, page, flags, campaign.source from raw where seq = 1
=> NULL | {url=https://shop.example/p/tea?utm_source=x&q=a+b, title=null, referrer=null, path=/p/tea} | [] | NULL

select json_extract_scalar(props, '$.price'), json_extract_scalar(user, '$.user_id') from raw where seq = 3
=> 4.5 | kim

select json_extract_scalar(props, '$.items'), json_extract_scalar(props, '$.nothing') from raw where seq = 1
=> NULL | NULL

select json_extract_scalar('no json', '$.a'), json_extract(name, '$.a') from raw where seq = 1
=> NULL | NULL

select json_extract_scalar(props, '$["itemId"]'), json_extract_scalar(props, '$.itemid') from raw where seq = 1
=> A | NULL

select cast(json_extract(props, '$.price') as double) from raw where seq = 2
=> 3.0

select cast(json_extract(props, '$.note') as varchar), json_extract(props, '$.note') from raw where seq = 2
=> it's 茶 | "it's 茶"

select json_array_length(json_extract(props, '$.items')), json_size(props, '$.items') from raw where seq = 2
=> 2 | 2

select id, price from raw cross join unnest(cast(json_extract(props, '$.items') as array(row(id varchar, price double)))) as t(id, price) where seq = 1 order by id
=> a | 2.0
=> b | 3.5

select k from raw cross join unnest(cast(json_parse(props) as map(varchar, json))) as t(k, val) where seq = 1 order by k
=> itemId
=> items
=> note
=> nothing
=> price

select cast('a' as json)
=> "a"

select from_unixtime(ts / 1000), from_unixtime(ts / 1000.0) from raw where seq = 1
=> 2026-07-28 10:00:01.000 UTC | 2026-07-28 10:00:01.100 UTC

select date_trunc('hour', from_unixtime(ts / 1000)) h, count(*) from raw group by 1
=> 2026-07-28 10:00:00.000 UTC | 7

select hour(from_unixtime(ts / 1000) at time zone 'America/New_York') from raw where seq = 1
=> 6

select hour(at_timezone(timestamp '2026-01-01 00:00:00', 'Europe/Amsterdam'))
=> 1

select date_format(from_unixtime(0), '%Y-%m-%d %H:%i:%s'), format_datetime(from_unixtime(0), 'yyyy-MM-dd HH:mm')
=> 1970-01-01 00:00:00 | 1970-01-01 00:00

select date_parse('2026-07-28', '%Y-%m-%d'), parse_datetime('28/07/2026', 'dd/MM/yyyy')
=> 2026-07-28 00:00:00.000 | 2026-07-28 00:00:00.000 UTC

select to_iso8601(from_unixtime(1)), to_unixtime(from_unixtime(1.5))
=> 1970-01-01T00:00:01.000Z | 1.5

select cast(from_unixtime(ts / 1e3) as timestamp), to_milliseconds(interval '1' day) from raw where seq = 1
=> 2026-07-28 10:00:01.123 | 86400000

select date '2026-07-28' - interval '7' day, date_add('day', -7, date '2026-07-28')
=> 2026-07-21 | 2026-07-21

select date_trunc('week', cast(dt as date)) from raw where seq = 1
=> 2026-07-27

select count(*) from raw where dt > cast(date '2026-08-04' - interval '7' day as varchar)
=> 1

select date_diff('day', timestamp '2026-01-01 12:00:00', timestamp '2026-01-03 11:00:00')
=> 1

select day_of_week(date '2026-07-28'), current_date = date(now())
=> 2 | true

select 7 / 2, -7 / 2, 7 / 2.0, 7 / 2e0, 1 / 3.00, cast(1 as decimal(10, 4)) / 3
=> 3 | -3 | 3.5 | 3.5 | 0.33 | 0.3333

select (max(ts) - min(ts)) / 1000, (max(ts) - min(ts)) / 4000.0 from raw
=> 6 | 1.5

select 100.0 * count_if(name = 'buy') / count(*) from raw
=> 57.1

select 1e10, 0.1e0, 1e-5, nan(), infinity(), 12345678.5e0
=> 1.0E10 | 0.1 | 1.0E-5 | NaN | Infinity | 1.23456785E7

select try(1 / 0), try_cast('a' as bigint), width_bucket(3, 0, 10, 5)
=> NULL | NULL | 2

select approx_percentile(n, 0.5), approx_percentile(n * 1e0, 0.25), approx_percentile(n, 1.0) from unnest(sequence(10, 13)) as t(n)
=> 12 | 11.0 | 13

select approx_distinct(uid), approx_percentile(seq, 0.5) from raw
=> 2 | 3

select max_by(nullif(name, 'buy'), ts), min_by(name, ts) from raw
=> NULL | buy

select split_part('a/b', '/', 3), regexp_extract('abc', 'x'), regexp_extract('abc', 'a(b)', 1)
=> NULL | NULL | b

select regexp_replace('ab', '(a)', '$1$1'), format('%s-%d', 'a', 5), 'a' || 'b'
=> aab | a-5 | ab

select url_extract_host(page.url), url_extract_parameter(page.url, 'q'), url_extract_path(page.url) from raw where seq = 1
=> shop.example | a b | /p/tea

select url_extract_parameter('https://h/?a', 'a'), url_extract_host('no url')
=>  | NULL

select url_encode('ü a*b~/-._')
=> %C3%BC+a*b%7E%2F-._

select array_distinct(flags), slice(flags, 2, 2), cardinality(flags), flags[2] from raw where seq = 2
=> [bot, x] | [x, bot] | 3 | x

select any_match(flags, f -> f = 'x'), all_match(flags, f -> f = 'x'), none_match(flags, f -> f = 'y') from raw where seq = 2
=> true | false | true

select reduce(array[1, 2], 0, (s, x) -> s + x, s -> s * 10), filter(array[1, 2], x -> x > 1)
=> 30 | [2]

select f, o from raw cross join unnest(flags) with ordinality as t(f, o) order by o
=> bot | 1
=> x | 2
=> bot | 3

select a, b from unnest(array[1, 2], array[3, 4, 5]) as t(a, b)
=> 1 | 3
=> 2 | 4
=> NULL | 5

select element_at(map(array['a'], array[1]), 'b'), cardinality(map(array['a'], array[1]))
=> NULL | 1

select array_join(array_agg(name order by ts), ' > ') from raw where uid = 'u1'
=> view > view > view

select sum(lost) from (select seq - lag(seq) over (partition by uid order by seq) - 1 as lost from raw)
=> 5

select eid from (select *, row_number() over (partition by uid order by ts desc) as n from raw) where n = 1 order by 1
=> e5
=> e6

with s as (select uid, count(*) n from raw group by uid) select uid from s where n > 3 union all select 'x' order by 1
=> u0
=> x

select uid from raw r where exists (select 1 from raw where seq = 1 and uid = r.uid) group by uid
=> u1
