-- Tables partitioned by a hash that is not sure to be the same on another server. It is for the listed types of PostgreSQL
-- itself, also below domains, where equal values have equal bytes.
with recursive base as (
  select t.oid, t.oid as root from pg_catalog.pg_type t where t.typtype <> 'd'
  union all
  select t.oid, b.root from pg_catalog.pg_type t join base b on t.typbasetype = b.oid where t.typtype = 'd'
)
select p.partrelid
  from pg_catalog.pg_partitioned_table p
 where p.partstrat = 'h'
   and exists (
     select from pg_catalog.unnest(p.partattrs::int2[]) with ordinality as k (attnum, place)
       left join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = k.attnum
       left join base b on b.oid = a.atttypid
       left join pg_catalog.pg_type t on t.oid = b.root
       left join pg_catalog.pg_collation c on c.oid = p.partcollation[k.place - 1]
      -- An expression has no column.
      where a.attnum is null
         or p.partclass[k.place - 1] >= 16384
         or t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace
         or t.typname not in ('bool', 'bpchar', 'bytea', 'char', 'cidr', 'date', 'float4', 'float8', 'inet', 'int2', 'int4', 'int8',
                              'interval', 'jsonb', 'macaddr', 'macaddr8', 'name', 'numeric', 'oid', 'pg_lsn', 'text', 'time',
                              'timestamp', 'timestamptz', 'timetz', 'uuid', 'varchar')
         or pg_catalog.to_jsonb(c) ->> 'collisdeterministic' = 'false')
 order by 1
