-- Trino functions that DuckDB lacks, or has under the same name with another meaning (those are prefixed trino_,
-- and local/query/dialect.py writes them in). Source of each rule: https://trino.io/docs/current/functions.html

-- JSON. Text that is no JSON gives NULL; json_extract_scalar gives scalars only, DuckDB's ->> the text of objects too.
CREATE MACRO trino_json_extract(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, p) END;
CREATE MACRO trino_json_scalar(j, p) AS
  CASE WHEN NOT json_valid(j) THEN NULL
       WHEN json_type(j, p) IN ('OBJECT', 'ARRAY') THEN NULL
       ELSE json_extract_string(j, p) END;
CREATE MACRO json_size(j, p) AS
  CASE WHEN NOT json_valid(j) OR json_type(j, p) IS NULL THEN NULL
       WHEN json_type(j, p) = 'ARRAY' THEN json_array_length(j, p)::BIGINT
       WHEN json_type(j, p) = 'OBJECT' THEN len(json_keys(j, p))
       ELSE 0 END;
CREATE MACRO json_array_get(j, i) AS CASE WHEN json_valid(j) THEN json_extract(j, '$[' || i || ']') END;
CREATE MACRO json_array_contains(j, v) AS list_contains(json_extract_string(j, '$[*]'), v::VARCHAR);
CREATE MACRO is_json_scalar(j) AS json_type(j) NOT IN ('OBJECT', 'ARRAY');

-- Time. Trino's moments since 1970 have milliseconds.
CREATE MACRO trino_from_unixtime(s) AS (epoch_ms(CAST(round(s * 1000) AS BIGINT)) AT TIME ZONE 'UTC');
CREATE MACRO trino_32_bits(n) AS
  CASE WHEN n BETWEEN -2147483648 AND 2147483647 OR n IS NULL THEN n ELSE error('integer overflow') END;
-- A timestamp without zone is taken in the session's, UTC; DuckDB would take it in the zone asked for.
CREATE MACRO at_timezone(t, z) AS (CAST(t AS TIMESTAMPTZ) AT TIME ZONE z);
CREATE MACRO with_timezone(t, z) AS (CAST(t AS TIMESTAMP) AT TIME ZONE z);
CREATE MACRO to_iso8601(t) AS strftime(CAST(t AS TIMESTAMPTZ), '%Y-%m-%dT%H:%M:%S.%gZ');
CREATE MACRO from_iso8601_date(s) AS CAST(s AS DATE);
-- Not under its own name: DuckDB calls a function to_milliseconds for `INTERVAL (n) MILLISECOND`.
CREATE MACRO trino_to_milliseconds(i) AS epoch_ms(i);

-- Text. No match is NULL in Trino, '' in DuckDB; the same for a part that is not there.
CREATE MACRO trino_regexp_extract(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END;
CREATE MACRO trino_split_part(s, d, n) AS str_split(s, d)[n];

-- URLs. What is absent is ''; what is no URL (a space in it) is NULL.
CREATE MACRO trino_is_url(u) AS regexp_matches(u, '^[^\s<>"{}|\\^`]*$');
CREATE MACRO url_extract_protocol(u) AS
  CASE WHEN trino_is_url(u) THEN regexp_extract(u, '^([A-Za-z][A-Za-z0-9+.-]*):', 1) END;
CREATE MACRO url_extract_host(u) AS
  CASE WHEN trino_is_url(u)
       THEN regexp_extract(u, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)', 1) END;
CREATE MACRO url_extract_port(u) AS
  TRY_CAST(regexp_extract(u, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:]*):([0-9]+)', 1) AS BIGINT);
CREATE MACRO url_extract_path(u) AS
  CASE WHEN trino_is_url(u)
       THEN url_decode(regexp_extract(u, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)', 1)) END;
CREATE MACRO trino_raw_query(u) AS regexp_extract(u, '^[^?#]*\?([^#]*)', 1);
-- A form's: a space is +, and of the signs . - * _ alone stand as they are.
CREATE MACRO url_encode(u) AS
  replace(replace(replace(system.main.url_encode(u), '%20', '+'), '~', '%7E'), '%2A', '*');
CREATE MACRO url_extract_query(u) AS CASE WHEN trino_is_url(u) THEN url_decode(trino_raw_query(u)) END;
CREATE MACRO url_extract_fragment(u) AS CASE WHEN trino_is_url(u) THEN url_decode(regexp_extract(u, '#(.*)$', 1)) END;
CREATE MACRO url_extract_parameter(u, n) AS
  CASE WHEN trino_is_url(u) THEN
    list_transform(
      list_filter(str_split(trino_raw_query(u), '&'), lambda pair : url_decode(str_split(pair, '=')[1]) = n),
      lambda pair : url_decode(replace(regexp_extract(pair, '=(.*)$', 1), '+', ' '))
    )[1]
  END;

-- Arrays and maps. Trino keeps the order of what it keeps, and slices by length.
CREATE MACRO trino_array_distinct(l) AS list_filter(l, lambda x, i : list_position(l, x) = i);
CREATE MACRO trino_slice(l, s, n) AS CASE WHEN s < 0 THEN l[len(l) + s + 1 : len(l) + s + n] ELSE l[s : s + n - 1] END;
CREATE MACRO arrays_overlap(a, b) AS list_has_any(a, b);
CREATE MACRO array_union(a, b) AS trino_array_distinct(list_concat(a, b));
CREATE MACRO array_except(a, b) AS list_filter(trino_array_distinct(a), lambda x : NOT list_contains(b, x));
CREATE MACRO array_max(l) AS list_max(l);
CREATE MACRO array_min(l) AS list_min(l);
CREATE MACRO array_remove(l, v) AS list_filter(l, lambda x : x <> v);
CREATE MACRO trino_array_position(l, v) AS coalesce(list_position(l, v), 0);
CREATE MACRO map_agg(k, v) AS map_from_entries(list((k, v)));

-- Numbers.
CREATE MACRO width_bucket(x, lo, hi, n) AS
  CASE WHEN x < lo THEN 0 WHEN x >= hi THEN n + 1
       ELSE CAST(floor((x - lo)::DOUBLE * n / (hi - lo)::DOUBLE) AS BIGINT) + 1 END;
-- Trino's digest keeps few values as they are and takes the one at that place; DuckDB's goes between two.
CREATE MACRO trino_percentile(x, p) AS CASE
    WHEN count(x) <= 30 THEN (list(x ORDER BY x) FILTER (x IS NOT NULL))[least(floor(p * count(x)), count(x) - 1)::BIGINT + 1]
    ELSE approx_quantile(x, p) END;
CREATE MACRO geometric_mean(x) AS geomean(x);
CREATE MACRO trino_divide(a, b) AS CASE WHEN b = 0 THEN error('Division by zero') ELSE a / b END;
CREATE MACRO nan() AS 'NaN'::DOUBLE;
CREATE MACRO infinity() AS 'Infinity'::DOUBLE;
