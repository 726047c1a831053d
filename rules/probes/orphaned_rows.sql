with keys as (
  select c.oid, c.conname, c.conrelid, c.confrelid,
         pg_catalog.string_agg(pg_catalog.format('k.%I operator(%I.%s) f.%I', pa.attname, opn.nspname, op.oprname, fa.attname), ' and ' order by u.n) as joined,
         pg_catalog.string_agg(pg_catalog.format('f.%I is not null', fa.attname), case c.confmatchtype when 'f' then ' or ' else ' and ' end order by u.n) as given,
         pg_catalog.string_agg(pg_catalog.format('f.%I', fa.attname), ', ' order by u.n) as shown,
         pg_catalog.bool_or(exists (select from pg_catalog.pg_trigger g where g.tgconstraint = c.oid and g.tgisinternal and g.tgenabled = 'D')) as suspect,
         -- Keys over periods (18) compare with other operators than equality.
         pg_catalog.bool_or(pg_catalog.to_jsonb(c) ->> 'conperiod' = 'true') as period
    from pg_catalog.pg_constraint c
    cross join lateral pg_catalog.generate_subscripts(c.conkey, 1) as u (n)
    join pg_catalog.pg_attribute fa on fa.attrelid = c.conrelid and fa.attnum = c.conkey[u.n]
    join pg_catalog.pg_attribute pa on pa.attrelid = c.confrelid and pa.attnum = c.confkey[u.n]
    join pg_catalog.pg_operator op on op.oid = c.conpfeqop[u.n]
    join pg_catalog.pg_namespace opn on opn.oid = op.oprnamespace
   -- Keys of partitions are parts of their parent's (conparentid, from 11 on).
   where c.contype = 'f' and c.convalidated and coalesce(pg_catalog.to_jsonb(c) ->> 'conparentid', '0') = '0'
   group by c.oid, c.conname, c.conrelid, c.confrelid
)
select n.nspname::text as "schema", r.relname::text as "name", k.conname::text as "constraint",
       pg_catalog.format('%I.%I', pn.nspname, p.relname) as "referenced",
       pg_catalog.format('foreign key %s on %s.%s', k.conname, n.nspname, r.relname) as "reads",
       pg_catalog.pg_relation_size(r.oid) + pg_catalog.pg_relation_size(p.oid) as "bytes", k.suspect as "suspect",
       case when k.period is not true then pg_catalog.format(
         'select pg_catalog.count(*) as "rows", pg_catalog.min(row(%s)::text) as "example" from %s%I.%I f where (%s) and not exists (select from %s%I.%I k where %s) having pg_catalog.count(*) > 0',
         k.shown, case r.relkind when 'r' then 'only ' else '' end, n.nspname, r.relname, k.given,
         case p.relkind when 'r' then 'only ' else '' end, pn.nspname, p.relname, k.joined) end as "statement"
  from keys k
  join pg_catalog.pg_class r on r.oid = k.conrelid
  join pg_catalog.pg_namespace n on n.oid = r.relnamespace
  join pg_catalog.pg_class p on p.oid = k.confrelid
  join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
 where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by 1, 2, 3
