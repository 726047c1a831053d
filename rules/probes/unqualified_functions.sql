with behind as (
  select d.refobjid as funcid,
         case d.classid when 'pg_catalog.pg_class'::pg_catalog.regclass then 'index'
                        when 'pg_catalog.pg_constraint'::pg_catalog.regclass then 'check constraint'
                        else 'column default' end as use,
         case d.classid when 'pg_catalog.pg_class'::pg_catalog.regclass then d.objid::pg_catalog.regclass::text
                        when 'pg_catalog.pg_constraint'::pg_catalog.regclass then (
                             select k.conrelid::pg_catalog.regclass::text || ' ' || pg_catalog.quote_ident(k.conname) from pg_catalog.pg_constraint k where k.oid = d.objid)
                        else (select a.adrelid::pg_catalog.regclass::text from pg_catalog.pg_attrdef a where a.oid = d.objid) end as object
    from pg_catalog.pg_depend d
   where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid >= 16384 and d.deptype in ('n', 'a')
     and (d.classid in ('pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_attrdef'::pg_catalog.regclass)
          or d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and exists (
             select from pg_catalog.pg_index i where i.indexrelid = d.objid))
),
suspects as (
  select b.*, p.prosrc, p.pronamespace
    from behind b
    join pg_catalog.pg_proc p on p.oid = b.funcid
    join pg_catalog.pg_language l on l.oid = p.prolang
   where l.lanname in ('sql', 'plpgsql')
     and not exists (select from pg_catalog.unnest(p.proconfig) as s where s like 'search_path=%')
     and not exists (select from pg_catalog.pg_depend x
                      where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid and x.deptype = 'e')
),
names as (
  select c.relname::text as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     and exists (select from suspects)
  union
  select p.proname::text from pg_catalog.pg_proc p where p.oid >= 16384 and exists (select from suspects)
)
select s.funcid::pg_catalog.regprocedure::text as "function", s.use as "use", s.object as "object", pg_catalog.min(m.name) as "word"
  from suspects s
  join names m on m.name ~ '^[a-z_][a-z0-9_]*$'
              and (s.prosrc ~* ('\m(from|join|into|update)\s+' || m.name || '\M(?!\s*\.)')
                or s.prosrc ~* ('(^|[^.[:alnum:]_"])' || m.name || '\s*\('))
 group by 1, 2, 3
 order by 1, 2, 3
