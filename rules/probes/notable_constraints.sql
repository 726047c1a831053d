-- Functions of users that read a table: one that looks at its arguments only is no trouble.
with readers as (
  select p.oid
    from pg_catalog.pg_proc p
   where p.oid in (select d.refobjid from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
                      and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid >= 16384)
     and (exists (
            -- By its text, without comments. Literals stay: they may be statements.
            select from pg_catalog.regexp_matches(
                     pg_catalog.regexp_replace(p.prosrc, '(''(?:[^'']|'''')*'')|--[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/', '\1 ', 'g'),
                     '\m(?:from|join)\s+(?:only\s+)?(?:(?:"[^"]+"|[[:alnum:]_$]+)\s*\.\s*)?("[^"]+"|[[:alnum:]_$]+)', 'gi') as m (words)
              join pg_catalog.pg_class c on c.relkind in ('r', 'p', 'v', 'm', 'f')
               and c.relname = case when m.words[1] like '"%' then pg_catalog.btrim(m.words[1], '"') else pg_catalog.lower(m.words[1]) end)
          -- By its dependencies, where its body was parsed (BEGIN ATOMIC).
          or exists (
            select from pg_catalog.pg_depend x
              join pg_catalog.pg_class c on c.oid = x.refobjid and c.relkind in ('r', 'p', 'v', 'm', 'f')
             where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid
               and x.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass))
),
found as (
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
                   and d.refobjid in (select r.oid from readers r))
          where c.contype = 'c' and c.convalidated) as t
   where c.conrelid >= 16384 and t.detail is not null
)
select n.nspname::text as "schema", c.relname::text as "name", f.conname::text as "constraint", f.trait as "trait", f.detail as "detail"
  from found f
  join pg_catalog.pg_class c on c.oid = f.conrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 order by 1, 2, 3, 4
