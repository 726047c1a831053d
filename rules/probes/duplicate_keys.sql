with indexes as (
  select i.indexrelid, i.indrelid, pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate,
         -- NULLS NOT DISTINCT, from 15 on.
         pg_catalog.bool_or(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' = 'true') as nulls_are_equal,
         pg_catalog.string_agg(pg_catalog.format('(%s)%s as k%s', pg_catalog.pg_get_indexdef(i.indexrelid, k.n, false),
           case when co.oid is not null then pg_catalog.format(' collate %I.%I', cn.nspname, co.collname) end, k.n), ', ' order by k.n) as named,
         pg_catalog.string_agg(pg_catalog.format('k%s', k.n), ', ' order by k.n) as shown,
         pg_catalog.string_agg(pg_catalog.format('k%s is not null', k.n), ' and ' order by k.n) as given
    from pg_catalog.pg_index i
    -- Columns of INCLUDE stand behind those of the key (indnkeyatts, from 11 on).
    cross join lateral pg_catalog.generate_series(1, coalesce((pg_catalog.to_jsonb(i) ->> 'indnkeyatts')::int, i.indnatts)) as k (n)
    left join pg_catalog.pg_collation co on co.oid = i.indcollation[k.n - 1]
    left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
   where i.indisunique and i.indisvalid
   group by i.indexrelid, i.indrelid, i.indpred
)
select n.nspname::text as "schema", r.relname::text as "name", x.relname::text as "index",
       pg_catalog.format('unique index %s on %s.%s', x.relname, n.nspname, r.relname) as "reads",
       pg_catalog.pg_table_size(r.oid) as "bytes",
       pg_catalog.format('select pg_catalog.count(*) as "keys", pg_catalog.min(example) as "example" from (select row(%1$s)::text as example from (select %2$s from only %3$I.%4$I%5$s) as rows%6$s group by %1$s having pg_catalog.count(*) > 1) as found having pg_catalog.count(*) > 0',
         i.shown, i.named, n.nspname, r.relname, ' where ' || i.predicate,
         case when i.nulls_are_equal is not true then ' where ' || i.given end) as "statement"
  from indexes i
  join pg_catalog.pg_class x on x.oid = i.indexrelid
  join pg_catalog.pg_class r on r.oid = i.indrelid
  join pg_catalog.pg_namespace n on n.oid = r.relnamespace
 where r.relkind in ('r', 'm') and r.relispopulated and r.relpersistence <> 't'
   and not (r.relpersistence = 'u' and pg_catalog.pg_is_in_recovery())
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by 1, 3
