select distinct t.kind as "kind", pg_catalog.encode(pg_catalog.convert_to(t.object, 'SQL_ASCII'), 'escape') as "object"
  from (
  select 'schema' as kind, n.nspname::text as object, n.nspname::text as content from pg_catalog.pg_namespace n where n.oid >= 16384
  union all
  select 'relation', c.relname::text, pg_catalog.concat(c.relname, pg_catalog.array_to_string(c.reloptions, ' '))
    from pg_catalog.pg_class c where c.oid >= 16384 and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I', 'c') and c.relpersistence <> 't'
  union all
  select 'column', pg_catalog.concat(c.relname, '.', a.attname), pg_catalog.concat(a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid))
    from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid >= 16384 and a.attnum > 0 and not a.attisdropped and c.relpersistence <> 't'
  union all
  select 'view', c.relname::text, pg_catalog.pg_get_viewdef(c.oid) from pg_catalog.pg_class c where c.oid >= 16384 and c.relkind in ('v', 'm')
  union all
  select 'index', c.relname::text, pg_catalog.pg_get_indexdef(c.oid) from pg_catalog.pg_class c
   where c.oid >= 16384 and c.relkind in ('i', 'I') and c.relpersistence <> 't'
     and c.relnamespace <> 'pg_toast'::pg_catalog.regnamespace
  union all
  select 'constraint', k.conname::text, pg_catalog.concat(k.conname, pg_catalog.pg_get_constraintdef(k.oid))
    from pg_catalog.pg_constraint k where k.oid >= 16384
  union all
  select 'trigger', t.tgname::text, pg_catalog.pg_get_triggerdef(t.oid) from pg_catalog.pg_trigger t where t.oid >= 16384 and not t.tgisinternal
  union all
  select 'rule', r.rulename::text, pg_catalog.pg_get_ruledef(r.oid) from pg_catalog.pg_rewrite r where r.oid >= 16384
  union all
  select 'policy', p.polname::text,
         pg_catalog.concat(p.polname, pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
    from pg_catalog.pg_policy p
  union all
  select 'function', p.proname::text,
         pg_catalog.concat(p.proname, p.prosrc, pg_catalog.array_to_string(p.proargnames, ' '), pg_catalog.array_to_string(p.proconfig, ' '),
                           pg_catalog.pg_get_expr(p.proargdefaults, 0))
    from pg_catalog.pg_proc p where p.oid >= 16384
  union all
  select 'type', t.typname::text, pg_catalog.concat(t.typname, t.typdefault) from pg_catalog.pg_type t where t.oid >= 16384
  union all
  select 'label', e.enumlabel::text, e.enumlabel::text from pg_catalog.pg_enum e
  union all
  select 'server', s.srvname::text, pg_catalog.concat(s.srvname, pg_catalog.array_to_string(s.srvoptions, ' '))
    from pg_catalog.pg_foreign_server s
  union all
  select 'foreign table', c.relname::text, pg_catalog.array_to_string(f.ftoptions, ' ')
    from pg_catalog.pg_foreign_table f join pg_catalog.pg_class c on c.oid = f.ftrelid
  union all
  select 'comment', (pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid)).identity, d.description
    from pg_catalog.pg_description d where d.objoid >= 16384 or d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
  ) t
 where pg_catalog.getdatabaseencoding() = 'SQL_ASCII'
   -- The well-formed sequences of the Unicode standard (table 3-7), over hexadecimal digits.
   and pg_catalog.encode(pg_catalog.convert_to(t.content, 'SQL_ASCII'), 'hex') !~
       '^(?:[0-7].|(?:c[2-9a-f]|d.)[89ab].|e0[ab].[89ab].|e[1-9abcef](?:[89ab].){2}|ed[89].[89ab].|f0[9ab].(?:[89ab].){2}|f[1-3](?:[89ab].){3}|f48.(?:[89ab].){2})*$'
 order by 1, 2
