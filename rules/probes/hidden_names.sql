-- Found by comparing the catalogs of servers 10 to 18, without what only the server itself calls.
with added (added_in, names) as (values
       (110000, array[
         'bool(jsonb)', 'float4(jsonb)', 'float8(jsonb)', 'int2(jsonb)', 'int4(jsonb)', 'int8(jsonb)', 'json_to_tsvector(json, jsonb)',
         'json_to_tsvector(regconfig, json, jsonb)', 'jsonb_to_tsvector(jsonb, jsonb)', 'jsonb_to_tsvector(regconfig, jsonb, jsonb)',
         'numeric(jsonb)', 'satisfies_hash_partition(oid, integer, integer, "any")', 'sha224(bytea)', 'sha256(bytea)', 'sha384(bytea)',
         'sha512(bytea)', 'spg_poly_quad_compress(polygon)', 'starts_with(text, text)', 'websearch_to_tsquery(regconfig, text)',
         'websearch_to_tsquery(text)']),
       (120000, array[
         'acosh(double precision)', 'asinh(double precision)', 'atanh(double precision)', 'cosh(double precision)',
         'date_trunc(text, timestamp with time zone, text)', 'jsonb_path_exists(jsonb, jsonpath, jsonb, boolean)',
         'jsonb_path_match(jsonb, jsonpath, jsonb, boolean)', 'jsonb_path_query(jsonb, jsonpath, jsonb, boolean)',
         'jsonb_path_query_array(jsonb, jsonpath, jsonb, boolean)', 'jsonb_path_query_first(jsonb, jsonpath, jsonb, boolean)',
         'log10(double precision)', 'log10(numeric)', 'nameconcatoid(name, oid)', 'sinh(double precision)', 'tanh(double precision)',
         'type jsonpath', 'type table_am_handler']),
       (130000, array[
         'gcd(bigint, bigint)', 'gcd(integer, integer)', 'gcd(numeric, numeric)', 'gen_random_uuid()', 'get_bit(bytea, bigint)',
         'is_normalized(text, text)', 'jsonb_path_exists_tz(jsonb, jsonpath, jsonb, boolean)',
         'jsonb_path_match_tz(jsonb, jsonpath, jsonb, boolean)', 'jsonb_path_query_array_tz(jsonb, jsonpath, jsonb, boolean)',
         'jsonb_path_query_first_tz(jsonb, jsonpath, jsonb, boolean)', 'jsonb_path_query_tz(jsonb, jsonpath, jsonb, boolean)',
         'jsonb_set_lax(jsonb, text[], jsonb, boolean, text)', 'lcm(bigint, bigint)', 'lcm(integer, integer)', 'lcm(numeric, numeric)',
         'max(pg_lsn)', 'min(pg_lsn)', 'min_scale(numeric)', 'normalize(text, text)', 'set_bit(bytea, bigint, integer)', 'to_regcollation(text)',
         'trim_scale(numeric)', 'xid(xid8)', 'type anycompatible', 'type anycompatiblearray', 'type anycompatiblenonarray',
         'type anycompatiblerange', 'type regcollation', 'type xid8']),
       (140000, array[
         'array_append(anycompatiblearray, anycompatible)', 'array_cat(anycompatiblearray, anycompatiblearray)',
         'array_position(anycompatiblearray, anycompatible)', 'array_position(anycompatiblearray, anycompatible, integer)',
         'array_positions(anycompatiblearray, anycompatible)', 'array_prepend(anycompatible, anycompatiblearray)',
         'array_remove(anycompatiblearray, anycompatible)', 'array_replace(anycompatiblearray, anycompatible, anycompatible)', 'bit_count(bit)',
         'bit_count(bytea)', 'bit_xor(bigint)', 'bit_xor(bit)', 'bit_xor(integer)', 'bit_xor(smallint)',
         'date_bin(interval, timestamp with time zone, timestamp with time zone)',
         'date_bin(interval, timestamp without time zone, timestamp without time zone)', 'datemultirange()', 'datemultirange(daterange)',
         'datemultirange(daterange[])', 'extract(text, date)', 'extract(text, interval)', 'extract(text, time with time zone)',
         'extract(text, time without time zone)', 'extract(text, timestamp with time zone)', 'extract(text, timestamp without time zone)',
         'int4multirange()', 'int4multirange(int4range)', 'int4multirange(int4range[])', 'int8multirange()', 'int8multirange(int8range)',
         'int8multirange(int8range[])', 'isempty(anymultirange)', 'lag(anycompatible, integer, anycompatible)',
         'lead(anycompatible, integer, anycompatible)', 'lower(anymultirange)', 'lower_inc(anymultirange)', 'lower_inf(anymultirange)',
         'ltrim(bytea, bytea)', 'multirange(anyrange)', 'numeric_pl_pg_lsn(numeric, pg_lsn)', 'nummultirange()', 'nummultirange(numrange)',
         'nummultirange(numrange[])', 'rtrim(bytea, bytea)', 'string_to_table(text, text)', 'string_to_table(text, text, text)',
         'trim_array(anyarray, integer)', 'tsmultirange()', 'tsmultirange(tsrange)', 'tsmultirange(tsrange[])', 'tstzmultirange()',
         'tstzmultirange(tstzrange)', 'tstzmultirange(tstzrange[])', 'unistr(text)', 'unnest(anymultirange)', 'upper(anymultirange)',
         'upper_inc(anymultirange)', 'upper_inf(anymultirange)', 'width_bucket(anycompatible, anycompatiblearray)', 'type anycompatiblemultirange',
         'type anymultirange', 'type datemultirange', 'type int4multirange', 'type int8multirange', 'type nummultirange', 'type tsmultirange',
         'type tstzmultirange']),
       (150000, array[
         'has_parameter_privilege(name, text, text)', 'has_parameter_privilege(oid, text, text)', 'has_parameter_privilege(text, text)', 'max(xid8)',
         'min(xid8)', 'regexp_count(text, text)', 'regexp_count(text, text, integer)', 'regexp_count(text, text, integer, text)',
         'regexp_instr(text, text)', 'regexp_instr(text, text, integer)', 'regexp_instr(text, text, integer, integer)',
         'regexp_instr(text, text, integer, integer, integer)', 'regexp_instr(text, text, integer, integer, integer, text)',
         'regexp_instr(text, text, integer, integer, integer, text, integer)', 'regexp_like(text, text)', 'regexp_like(text, text, text)',
         'regexp_replace(text, text, text, integer)', 'regexp_replace(text, text, text, integer, integer)',
         'regexp_replace(text, text, text, integer, integer, text)', 'regexp_substr(text, text)', 'regexp_substr(text, text, integer)',
         'regexp_substr(text, text, integer, integer)', 'regexp_substr(text, text, integer, integer, text)',
         'regexp_substr(text, text, integer, integer, text, integer)']),
       (160000, array[
         'any_value(anyelement)', 'array_sample(anyarray, integer)', 'array_shuffle(anyarray)', 'date_add(timestamp with time zone, interval)',
         'date_add(timestamp with time zone, interval, text)', 'date_subtract(timestamp with time zone, interval)',
         'date_subtract(timestamp with time zone, interval, text)', 'erf(double precision)', 'erfc(double precision)',
         'generate_series(timestamp with time zone, timestamp with time zone, interval, text)', 'json_agg_strict(anyelement)',
         'json_object_agg_strict("any", "any")', 'json_object_agg_unique("any", "any")', 'json_object_agg_unique_strict("any", "any")',
         'jsonb_agg_strict(anyelement)', 'jsonb_object_agg_strict("any", "any")', 'jsonb_object_agg_unique("any", "any")',
         'jsonb_object_agg_unique_strict("any", "any")', 'random_normal(double precision, double precision)', 'system_user()']),
       (170000, array[
         'icu_unicode_version()', 'jsonb_populate_record_valid(anyelement, jsonb)', 'random(bigint, bigint)', 'random(integer, integer)',
         'random(numeric, numeric)', 'timezone(time with time zone)', 'timezone(timestamp with time zone)', 'timezone(timestamp without time zone)',
         'to_bin(bigint)', 'to_bin(integer)', 'to_oct(bigint)', 'to_oct(integer)', 'to_regtypemod(text)', 'unicode_assigned(text)',
         'unicode_version()', 'uuid_extract_timestamp(uuid)', 'uuid_extract_version(uuid)', 'xmltext(text)']),
       (180000, array[
         'array_reverse(anyarray)', 'array_sort(anyarray)', 'array_sort(anyarray, boolean)', 'array_sort(anyarray, boolean, boolean)',
         'bytea(bigint)', 'bytea(integer)', 'bytea(smallint)', 'casefold(text)', 'crc32(bytea)', 'crc32c(bytea)', 'gamma(double precision)',
         'has_largeobject_privilege(name, oid, text)', 'has_largeobject_privilege(oid, oid, text)', 'has_largeobject_privilege(oid, text)',
         'int2(bytea)', 'int4(bytea)', 'int8(bytea)', 'json_strip_nulls(json, boolean)', 'jsonb_strip_nulls(jsonb, boolean)',
         'lgamma(double precision)', 'max(bytea)', 'max(record)', 'min(bytea)', 'min(record)', 'reverse(bytea)',
         'timestamptz_hash(timestamp with time zone)', 'uuidv4()', 'uuidv7()', 'uuidv7(interval)'])
),
fresh as (
  select n.name, a.added_in
    from added a
   cross join lateral pg_catalog.unnest(a.names) as n (name)
   where a.added_in > pg_catalog.current_setting('server_version_num')::integer
)
select 'function ' || p.oid::pg_catalog.regprocedure::text as "name", f.added_in as "added_in"
  from pg_catalog.pg_proc p
  join fresh f on f.name = p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')'
 where p.oid >= 16384
   and not exists (select from pg_catalog.pg_depend x
                    where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid and x.deptype = 'e')
union all
select 'type ' || t.oid::pg_catalog.regtype::text, f.added_in
  from pg_catalog.pg_type t
  join fresh f on f.name = 'type ' || t.typname
 where t.oid >= 16384
   and not exists (select from pg_catalog.pg_depend x
                    where x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and x.objid = t.oid and x.deptype = 'e')
 order by 1
