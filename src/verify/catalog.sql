-- Every object of users in a database, one row per property: kind, identity, property, value.
-- Definitions that PostgreSQL prints differently from one major version to the next stand behind "@same@" and are only
-- compared between servers of one major version. Words between @ are replaced for the server's version.
with role_names as (
  -- Roles of the source under the names they have on the target.
  @role_names@
), members as (
  select d.classid, d.objid from pg_catalog.pg_depend d where d.deptype = 'e'
), objects as (
  select 'pg_catalog.pg_class'::pg_catalog.regclass::oid as classid, c.oid as objid, c.relowner as owner,
         case when c.relkind = 'S' then 's' else 'r' end as acl_kind, c.relacl as acl
    from pg_catalog.pg_class c
   where c.oid >= 16384 and c.relpersistence <> 't'
     and (c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c')
          or c.relkind in ('i', 'I') and (select i.indisvalid or c.relkind = 'I' from pg_catalog.pg_index i where i.indexrelid = c.oid))
     and c.relnamespace <> 'pg_toast'::pg_catalog.regnamespace
  union all
  select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.proowner, 'f', p.proacl from pg_catalog.pg_proc p where p.oid >= 16384
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typowner, 'T', t.typacl from pg_catalog.pg_type t
   where t.oid >= 16384 and t.typtype in ('e', 'd', 'r', 'b') and t.typcategory <> 'A'
  union all
  select 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, n.nspowner, 'n', n.nspacl from pg_catalog.pg_namespace n
   where n.oid >= 16384 and n.nspname !~ '^pg_'
  union all
  select 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid, s.srvowner, 'S', s.srvacl from pg_catalog.pg_foreign_server s
  union all
  select 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid, w.fdwowner, 'F', w.fdwacl from pg_catalog.pg_foreign_data_wrapper w
  union all
  select 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, l.lanowner, 'l', l.lanacl from pg_catalog.pg_language l where l.oid >= 16384
  union all
  select x.classid, x.objid, x.owner, null, null from (
    select 'pg_catalog.pg_collation'::pg_catalog.regclass as classid, oid as objid, collowner as owner from pg_catalog.pg_collation
    union all select 'pg_catalog.pg_conversion'::pg_catalog.regclass, oid, conowner from pg_catalog.pg_conversion
    union all select 'pg_catalog.pg_operator'::pg_catalog.regclass, oid, oprowner from pg_catalog.pg_operator
    union all select 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid, opcowner from pg_catalog.pg_opclass
    union all select 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid, opfowner from pg_catalog.pg_opfamily
    union all select 'pg_catalog.pg_ts_config'::pg_catalog.regclass, oid, cfgowner from pg_catalog.pg_ts_config
    union all select 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, oid, dictowner from pg_catalog.pg_ts_dict
    union all select 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, oid, evtowner from pg_catalog.pg_event_trigger
    union all select 'pg_catalog.pg_publication'::pg_catalog.regclass, oid, pubowner from pg_catalog.pg_publication
    union all select 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, oid, stxowner from pg_catalog.pg_statistic_ext
    union all select 'pg_catalog.pg_cast'::pg_catalog.regclass, oid, null from pg_catalog.pg_cast
    union all select 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, oid, null from pg_catalog.pg_ts_parser
    union all select 'pg_catalog.pg_ts_template'::pg_catalog.regclass, oid, null from pg_catalog.pg_ts_template
    union all select 'pg_catalog.pg_policy'::pg_catalog.regclass, oid, null from pg_catalog.pg_policy
    union all select 'pg_catalog.pg_trigger'::pg_catalog.regclass, oid, null from pg_catalog.pg_trigger where not tgisinternal @clone_trigger@
    union all select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, oid, null from pg_catalog.pg_rewrite where rulename <> '_RETURN'
    union all select 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid, null from pg_catalog.pg_constraint where contype not in ('n', 't') and conrelid <> 0 @clone_constraint@
    union all select 'pg_catalog.pg_extension'::pg_catalog.regclass, oid, null from pg_catalog.pg_extension where extname <> 'plpgsql'
  ) as x where x.objid >= 16384
), mine as (
  select o.*, i.type as kind, i.identity
    from objects o, pg_catalog.pg_identify_object(o.classid, o.objid, 0) i
   where not exists (select from members m where m.classid = o.classid and m.objid = o.objid)
), properties as (
  select kind, identity, 'exists'::text as property, ''::text as value from mine
  union all
  select kind, identity, 'owner', (select r.rolname from role_names r where r.oid = owner) from mine where owner is not null and kind <> 'index'
  union all
  select m.kind, m.identity, 'grants', coalesce((
           select pg_catalog.string_agg(g.line, ', ' order by g.line) from (
             select coalesce(r.rolname, 'PUBLIC') || ' ' || a.privilege_type || case when pg_catalog.bool_or(a.is_grantable) then ' grantable' else '' end as line
               from pg_catalog.aclexplode(coalesce(m.acl, pg_catalog.acldefault(m.acl_kind::"char", m.owner))) a
               left join role_names r on r.oid = a.grantee
              where a.privilege_type <> 'MAINTAIN' and (a.grantee = 0 or r.oid is not null)
              group by r.rolname, a.privilege_type) g), '')
    from mine m where m.acl_kind is not null and m.kind not in ('index', 'composite type')
  union all
  select m.kind, m.identity, v.property, v.value
    from mine m join pg_catalog.pg_class c on c.oid = m.objid, lateral (values
         ('persistence', c.relpersistence::text),
         ('replica identity', c.relreplident::text),
         ('row security', c.relrowsecurity::text || ' ' || c.relforcerowsecurity::text),
         ('options', c.reloptions::text),
         ('populated', c.relispopulated::text),
         ('partition bound', pg_catalog.pg_get_expr(c.relpartbound, c.oid)),
         ('partition key', case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end),
         ('parents', (select pg_catalog.string_agg(i.inhparent::pg_catalog.regclass::text, ', ' order by i.inhseqno)
                        from pg_catalog.pg_inherits i where i.inhrelid = c.oid and c.relkind not in ('i', 'I'))),
         ('definition', case when c.relkind in ('i', 'I') then pg_catalog.pg_get_indexdef(c.oid) end),
         ('@same@definition', case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end)
         ) as v (property, value)
   where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select 'column', m.identity || '.' || pg_catalog.quote_ident(a.attname), v.property, v.value
    from mine m join pg_catalog.pg_class c on c.oid = m.objid and c.relkind in ('r', 'p', 'f', 'c', 'm')
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum, lateral (values
         ('type', pg_catalog.format_type(a.atttypid, a.atttypmod)),
         ('not null', a.attnotnull::text),
         ('identity', a.attidentity::text),
         ('generated', @generated@),
         ('compression', @compression@),
         ('storage', a.attstorage::text),
         ('options', a.attoptions::text),
         -- The type name has a collation since 12, always the same.
         ('collation', case when a.attcollation <> 0 and a.atttypid not in ('name'::pg_catalog.regtype, 'name[]'::pg_catalog.regtype) then a.attcollation::pg_catalog.regcollation_text@ end),
         ('@same@default', pg_catalog.pg_get_expr(d.adbin, d.adrelid)),
         ('has default', (d.oid is not null)::text),
         ('grants', (select pg_catalog.string_agg(distinct coalesce(r.rolname, 'PUBLIC') || ' ' || x.privilege_type, ', ' order by coalesce(r.rolname, 'PUBLIC') || ' ' || x.privilege_type)
                       from pg_catalog.aclexplode(a.attacl) x left join role_names r on r.oid = x.grantee
                      where x.grantee = 0 or r.oid is not null))
         ) as v (property, value)
   where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select m.kind, m.identity, v.property, v.value
    from mine m join pg_catalog.pg_constraint k on k.oid = m.objid, lateral (values
         ('@same@definition', case when k.conislocal then pg_catalog.pg_get_constraintdef(k.oid) end),
         ('kind', k.contype::text),
         -- What a child inherited is made from its parent's constraint, and takes its state from there.
         ('validated', case when k.conislocal then k.convalidated::text end),
         ('deferrable', k.condeferrable::text || ' ' || k.condeferred::text)) as v (property, value)
   where m.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
  union all
  select m.kind, m.identity, v.property, v.value
    from mine m join pg_catalog.pg_trigger t on t.oid = m.objid, lateral (values
         ('@same@definition', pg_catalog.pg_get_triggerdef(t.oid)), ('enabled', t.tgenabled::text),
         ('function', t.tgfoid::pg_catalog.regproc::text), ('events', t.tgtype::text)) as v (property, value)
   where m.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
  union all
  select m.kind, m.identity, v.property, v.value
    from mine m join pg_catalog.pg_policy p on p.oid = m.objid, lateral (values
         ('command', p.polcmd::text), ('permissive', p.polpermissive::text),
         ('roles', (select pg_catalog.string_agg(distinct coalesce(r.rolname, 'PUBLIC'), ', ' order by coalesce(r.rolname, 'PUBLIC'))
                     from pg_catalog.unnest(p.polroles) u left join role_names r on r.oid = u)),
         ('@same@using', pg_catalog.pg_get_expr(p.polqual, p.polrelid)),
         ('@same@check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))) as v (property, value)
   where m.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
  union all
  select m.kind, m.identity, v.property, v.value
    from mine m join pg_catalog.pg_proc p on p.oid = m.objid join pg_catalog.pg_language l on l.oid = p.prolang, lateral (values
         ('language', l.lanname::text), ('source', pg_catalog.md5(p.prosrc)), ('volatility', p.provolatile::text),
         ('strict', p.proisstrict::text), ('security definer', p.prosecdef::text), ('leakproof', p.proleakproof::text),
         ('parallel', p.proparallel::text), ('settings', p.proconfig::text), ('cost', p.procost::text || ' ' || p.prorows::text),
         ('result', pg_catalog.pg_get_function_result(p.oid))) as v (property, value)
   where m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  union all
  select m.kind, m.identity, v.property, v.value
    from mine m join pg_catalog.pg_type t on t.oid = m.objid, lateral (values
         ('labels', (select pg_catalog.string_agg(e.enumlabel, ', ' order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid)),
         ('base', case when t.typtype = 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end),
         ('not null', t.typnotnull::text), ('default', t.typdefault)) as v (property, value)
   where m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
  union all
  -- The sequence of an identity column has the type of its column, whatever it was made with.
  select m.kind, m.identity, 'parameters', case when exists (
           select from pg_catalog.pg_depend i where i.classid = m.classid and i.objid = m.objid and i.deptype = 'i')
         then '' else s.seqtypid::pg_catalog.regtype::text || ' ' end || s.seqstart || ' ' || s.seqincrement || ' '
         || s.seqmin || ' ' || s.seqmax || ' ' || s.seqcache || ' ' || s.seqcycle
    from mine m join pg_catalog.pg_sequence s on s.seqrelid = m.objid
   where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select m.kind, m.identity, 'enabled', t.evtenabled::text from mine m join pg_catalog.pg_event_trigger t on t.oid = m.objid
   where m.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass
  union all
  select m.kind, m.identity, 'schema', n.nspname::text
    from mine m join pg_catalog.pg_extension e on e.oid = m.objid join pg_catalog.pg_namespace n on n.oid = e.extnamespace
   where m.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass
  union all
  select 'publication', p.pubname::text, 'tables', pg_catalog.string_agg(r.prrelid::pg_catalog.regclass::text, ', ' order by r.prrelid::pg_catalog.regclass::text)
    from pg_catalog.pg_publication p join pg_catalog.pg_publication_rel r on r.prpubid = p.oid group by 2
  union all
  select 'comment', coalesce(nullif(i.identity, ''), '?') || ' (' || i.type || ')', 'text', d.description
    from pg_catalog.pg_description d, pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
   where d.objoid >= 16384
     and not exists (select from members m where m.classid = d.classoid and m.objid = d.objoid)
     and d.classoid <> 'pg_catalog.pg_extension'::pg_catalog.regclass
     and d.classoid <> 'pg_catalog.pg_largeobject'::pg_catalog.regclass
  union all
  select 'security label', i.identity || ' (' || i.type || ')', l.provider, l.label
    from pg_catalog.pg_seclabel l, pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) i
  union all
  select 'user mapping', coalesce(r.rolname, 'PUBLIC') || ' on ' || u.srvname, 'exists', ''
    from pg_catalog.pg_user_mappings u left join role_names r on r.oid = u.umuser
  union all
  select 'default privileges', o.rolname || ' in ' || coalesce(n.nspname::text, 'all schemas') || ' on ' || d.defaclobjtype::text, 'grants',
         (select pg_catalog.string_agg(distinct coalesce(r.rolname, 'PUBLIC') || ' ' || a.privilege_type, ', ' order by coalesce(r.rolname, 'PUBLIC') || ' ' || a.privilege_type)
            from pg_catalog.aclexplode(d.defaclacl) a left join role_names r on r.oid = a.grantee where a.privilege_type <> 'MAINTAIN')
    from pg_catalog.pg_default_acl d join role_names o on o.oid = d.defaclrole left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
)
select kind, identity, property, value from properties where value is not null order by 1, 2, 3
