-- The types of columns and, one below the other, those that they are made of.
with recursive used (oid) as (
  select distinct a.atttypid from pg_catalog.pg_attribute a
   where a.attrelid >= 16384 and a.attnum > 0 and not a.attisdropped
  union
  select part.oid from used u join pg_catalog.pg_type t on t.oid = u.oid, lateral (
    select t.typbasetype as oid where t.typtype = 'd'
    union all select e.oid from pg_catalog.pg_type e where e.typarray = t.oid
    union all select r.rngsubtype from pg_catalog.pg_range r where r.rngtypid = t.oid
    union all select a.atttypid from pg_catalog.pg_attribute a
               where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) part
)
select t.oid,
       case when t.typtype = 'd' then 'domain' when t.typtype = 'c' then 'composite' when e.oid is not null then 'array'
            when r.rngtypid is not null then 'range' else 'base' end,
       coalesce(nullif(t.typbasetype, 0), e.oid, r.rngsubtype),
       t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace,
       t.typname,
       case when t.typtype = 'c' then (
         select pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, pg_catalog.int8(a.atttypid)) order by a.attnum)
           from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) end
  from used u join pg_catalog.pg_type t on t.oid = u.oid
  left join pg_catalog.pg_type e on e.typarray = t.oid
  left join pg_catalog.pg_range r on r.rngtypid = t.oid
