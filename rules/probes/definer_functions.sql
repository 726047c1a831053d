-- What not everybody may use of the system is read from its rights, so that this holds for every version.
with guarded as (
  select c.relname::text as name from pg_catalog.pg_class c
   where c.oid < 16384 and c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and c.relkind in ('r', 'v')
     and not pg_catalog.has_any_column_privilege('public', c.oid, 'SELECT')
  union
  select p.proname::text from pg_catalog.pg_proc p
   where p.oid < 16384 and p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
   group by 1
  having not pg_catalog.bool_or(pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE'))
), functions as (
  select p.oid::pg_catalog.regprocedure::text as name, r.rolname::text as owner, pg_catalog.pg_get_functiondef(p.oid) as definition
    from pg_catalog.pg_proc p
    join pg_catalog.pg_roles r on r.oid = p.proowner and r.rolsuper
   where p.oid >= 16384 and p.prosecdef
     and not exists (
         select from pg_catalog.pg_depend d
          where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e')
)
select f.name as "name", f.owner as "owner", pg_catalog.string_agg(g.name, ', ' order by g.name) as "names"
  from functions f
  join guarded g on f.definition ~ ('\m' || g.name || '\M')
 group by 1, 2
 order by 1
