select n.nspname::text as "schema", c.relname::text as "name", a.attname::text as "column", t.typname::text as "type",
       case when t.typname in ('abstime', 'reltime', 'tinterval') then 'removed'
            when t.typname = 'unknown' then 'unknown'
            when t.typname = 'money' then 'money'
            when t.typname in ('oid', 'xid', 'cid', 'tid', 'xid8', 'txid_snapshot', 'pg_snapshot') then 'object number'
            else 'registered name' end as "class",
       -- What ALTER COLUMN ... TYPE takes instead; the last of these types were removed in 12.
       case t.typname when 'abstime' then 'timestamp with time zone'
                      when 'reltime' then 'interval'
                      when 'tinterval' then pg_catalog.format(
                           'tstzrange using pg_catalog.tstzrange(pg_catalog.tintervalstart(%1$I)::pg_catalog.timestamptz, pg_catalog.tintervalend(%1$I)::pg_catalog.timestamptz, ''[]'')',
                           a.attname)
                      else pg_catalog.format_type(a.atttypid, a.atttypmod) end as "instead"
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_type t on t.oid = a.atttypid
  join pg_catalog.pg_class c on c.oid = a.attrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where a.attrelid >= 16384 and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm')
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
   and t.typname in ('abstime', 'reltime', 'tinterval', 'unknown', 'money', 'oid', 'xid', 'cid', 'tid', 'xid8', 'txid_snapshot', 'pg_snapshot',
                     'regclass', 'regtype', 'regproc', 'regprocedure', 'regoper', 'regoperator', 'regconfig', 'regdictionary',
                     'regnamespace', 'regrole', 'regcollation', 'aclitem')
   and not exists (select from pg_catalog.pg_depend x
                    where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = c.oid and x.deptype = 'e')
 order by 1, 2, 3
