with found as (
  select c.oid, c.conrelid, c.conname, t.trait, t.detail
    from pg_catalog.pg_constraint c
    cross join lateral (
         select 'not valid' as trait, pg_catalog.pg_get_constraintdef(c.oid) as detail
          where not c.convalidated and c.contype in ('f', 'c')
         union all
         select 'not enforced', pg_catalog.pg_get_constraintdef(c.oid)
          where c.contype = 'f' and exists (
                select from pg_catalog.pg_trigger g where g.tgconstraint = c.oid and g.tgisinternal and g.tgenabled = 'D')
         union all
         select 'calls function', (
                select pg_catalog.min(d.refobjid::pg_catalog.regprocedure::text) from pg_catalog.pg_depend d
                 where d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.objid = c.oid
                   and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                   -- One that reads nothing is no trouble: only functions whose text has FROM may look at other tables.
                   and exists (select from pg_catalog.pg_proc p where p.oid = d.refobjid and p.prosrc ~* '\mfrom\M'))
          where c.contype = 'c') as t
   where c.conrelid >= 16384 and t.detail is not null
)
select n.nspname::text as "schema", c.relname::text as "name", f.conname::text as "constraint", f.trait as "trait", f.detail as "detail"
  from found f
  join pg_catalog.pg_class c on c.oid = f.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by 1, 2, 3, 4
