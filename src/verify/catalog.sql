-- Every object of users in a database with all that the catalogs say of it: class, number, kind, parts of its name,
-- property, value. Only raw columns and names: no definition as text, since each major version prints those in its own way
-- (the archives are compared for them), and no quoted name, since each has its own list of reserved words. Columns that some
-- version does not have are taken from the row as JSON, where they are simply null.
with role_names as (
  -- Roles of the source under the names they have on the target.
  @role_names@
), members as (
  select d.classid, d.objid from pg_catalog.pg_depend d where d.deptype = 'e'
), types as (
  -- The name of an array type depends on which names were free when it was created.
  select t.oid, case when e.oid is null then pg_catalog.concat(n.nspname, '.', t.typname)
                     else pg_catalog.concat(x.nspname, '.', e.typname, '[]') end as name
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_type e on e.typarray = t.oid and e.typarray <> 0 left join pg_catalog.pg_namespace x on x.oid = e.typnamespace
), procs as (
  select p.oid, n.nspname, p.proname, p.pronamespace, pg_catalog.row_to_json(p) as j, pg_catalog.concat(n.nspname, '.', p.proname) as name
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where p.oid >= 16384
), functions as (
  select p.oid, pg_catalog.concat(n.nspname, '.', p.proname) as name
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
), relations as (
  select c.oid, c.relkind, n.nspname, c.relname, pg_catalog.concat(n.nspname, '.', c.relname) as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
), collations as (
  select c.oid, pg_catalog.concat(n.nspname, '.', c.collname) as name
    from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace
), opclasses as (
  select c.oid, pg_catalog.concat(n.nspname, '.', c.opcname) as name
    from pg_catalog.pg_opclass c join pg_catalog.pg_namespace n on n.oid = c.opcnamespace
), operators as (
  select o.oid, pg_catalog.concat(n.nspname, '.', o.oprname, '(', l.name, ',', r.name, ')') as name
    from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
    left join types l on l.oid = o.oprleft left join types r on r.oid = o.oprright
), subscriptions as (
  @subscriptions@
), named as (
  select 'pg_catalog.pg_class'::pg_catalog.regclass::oid as classid, c.oid as objid,
         case c.relkind when 'r' then 'table' when 'p' then 'table' when 'v' then 'view' when 'm' then 'materialized view'
              when 'S' then 'sequence' when 'f' then 'foreign table' else 'index' end as kind,
         array[r.nspname, r.relname]::text[] as parts, c.relowner as owner,
         case when c.relkind = 'S' then 's' when c.relkind not in ('i', 'I') then 'r' end as acl_kind, c.relacl as acl
    from pg_catalog.pg_class c join relations r on r.oid = c.oid
   where c.oid >= 16384 and c.relpersistence <> 't' and r.nspname not like 'pg\_%' and r.nspname <> 'information_schema'
     -- pg_dump leaves an invalid index out, unless partitions may still complete it.
     and (c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'I')
          or c.relkind = 'i' and (select i.indisvalid from pg_catalog.pg_index i where i.indexrelid = c.oid))
  union all
  select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid,
         case when (p.j ->> 'prokind') = 'a' or (p.j ->> 'proisagg') = 'true' then 'aggregate'
              when (p.j ->> 'prokind') = 'p' then 'procedure' else 'function' end,
         array[p.nspname, p.proname]::text[] || array(
           select t.name from pg_catalog.pg_proc q, pg_catalog.unnest(q.proargtypes) with ordinality as a (type, n)
             join types t on t.oid = a.type where q.oid = p.oid order by a.n),
         q.proowner, 'f', q.proacl
    from procs p join pg_catalog.pg_proc q on q.oid = p.oid
   -- No dump contains what lies in a schema of the system: a migration lists it. The constructors of a range type come with the type, and differ from one major version to the next.
   where not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                       and d.objid = p.oid and d.deptype = 'i' and d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass)
     and p.nspname not in ('pg_catalog', 'information_schema')
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, case when t.typtype = 'd' then 'domain' else 'type' end,
         array[n.nspname, t.typname]::text[], t.typowner, 'T', t.typacl
    from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
   where t.oid >= 16384 and (t.typtype in ('e', 'd', 'r') or t.typtype = 'b' and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
          or t.typtype = 'c' and exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
  union all
  select 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 'schema', array[n.nspname]::text[], n.nspowner, 'n',
         -- The first grants of schema public are in no dump, whatever its name is now: a migration lists them.
         case when n.nspname = 'public' or n.nspacl is distinct from (
                select i.initprivs from pg_catalog.pg_init_privs i
                 where i.objoid = n.oid and i.objsubid = 0 and i.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
              then n.nspacl end
    from pg_catalog.pg_namespace n where n.nspname not like 'pg\_%' and n.nspname <> 'information_schema'
  union all
  select 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid, 'server', array[s.srvname]::text[], s.srvowner, 'S', s.srvacl
    from pg_catalog.pg_foreign_server s
  union all
  select 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid, 'foreign data wrapper', array[w.fdwname]::text[], w.fdwowner, 'F', w.fdwacl
    from pg_catalog.pg_foreign_data_wrapper w where w.oid >= 16384
  union all
  select 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 'language', array[l.lanname]::text[], l.lanowner, 'l', l.lanacl
    from pg_catalog.pg_language l where l.oid >= 16384
  union all
  select x.classid, x.objid, x.kind, x.parts, x.owner, null, null from (
    select 'pg_catalog.pg_collation'::pg_catalog.regclass::oid as classid, c.oid as objid, 'collation' as kind,
           array[n.nspname, c.collname]::text[] as parts, c.collowner as owner
      from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace
    union all select 'pg_catalog.pg_conversion'::pg_catalog.regclass, c.oid, 'conversion', array[n.nspname, c.conname]::text[], c.conowner
      from pg_catalog.pg_conversion c join pg_catalog.pg_namespace n on n.oid = c.connamespace
    -- A shell operator is only a name that another one speaks of; pg_dump leaves it out.
    union all select 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, 'operator',
           array[n.nspname, o.oprname, coalesce(l.name, 'NONE'), coalesce(r.name, 'NONE')]::text[], o.oprowner
      from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
      left join types l on l.oid = o.oprleft left join types r on r.oid = o.oprright where o.oprcode <> 0
    union all select 'pg_catalog.pg_opclass'::pg_catalog.regclass, c.oid, 'operator class', array[n.nspname, c.opcname, m.amname]::text[], c.opcowner
      from pg_catalog.pg_opclass c join pg_catalog.pg_namespace n on n.oid = c.opcnamespace join pg_catalog.pg_am m on m.oid = c.opcmethod
    union all select 'pg_catalog.pg_opfamily'::pg_catalog.regclass, f.oid, 'operator family', array[n.nspname, f.opfname, m.amname]::text[], f.opfowner
      from pg_catalog.pg_opfamily f join pg_catalog.pg_namespace n on n.oid = f.opfnamespace join pg_catalog.pg_am m on m.oid = f.opfmethod
    union all select 'pg_catalog.pg_ts_config'::pg_catalog.regclass, c.oid, 'text search configuration', array[n.nspname, c.cfgname]::text[], c.cfgowner
      from pg_catalog.pg_ts_config c join pg_catalog.pg_namespace n on n.oid = c.cfgnamespace
    union all select 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, d.oid, 'text search dictionary', array[n.nspname, d.dictname]::text[], d.dictowner
      from pg_catalog.pg_ts_dict d join pg_catalog.pg_namespace n on n.oid = d.dictnamespace
    union all select 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, p.oid, 'text search parser', array[n.nspname, p.prsname]::text[], null
      from pg_catalog.pg_ts_parser p join pg_catalog.pg_namespace n on n.oid = p.prsnamespace
    union all select 'pg_catalog.pg_ts_template'::pg_catalog.regclass, t.oid, 'text search template', array[n.nspname, t.tmplname]::text[], null
      from pg_catalog.pg_ts_template t join pg_catalog.pg_namespace n on n.oid = t.tmplnamespace
    union all select 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid, 'event trigger', array[e.evtname]::text[], e.evtowner from pg_catalog.pg_event_trigger e
    union all select 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, 'publication', array[p.pubname]::text[], p.pubowner from pg_catalog.pg_publication p
    union all select 'pg_catalog.pg_subscription'::pg_catalog.regclass, s.oid, 'subscription', array[s.subname]::text[], s.subowner from subscriptions s
    union all select 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, 'statistics', array[n.nspname, s.stxname]::text[], s.stxowner
      from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
    union all select 'pg_catalog.pg_cast'::pg_catalog.regclass, c.oid, 'cast', array[s.name, t.name]::text[], null
      from pg_catalog.pg_cast c join types s on s.oid = c.castsource join types t on t.oid = c.casttarget
     -- The cast of a range type to its multirange comes with the type since 14.
     where not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'i')
    union all select 'pg_catalog.pg_transform'::pg_catalog.regclass, f.oid, 'transform', array[t.name, l.lanname]::text[], null
      from pg_catalog.pg_transform f join types t on t.oid = f.trftype join pg_catalog.pg_language l on l.oid = f.trflang
    union all select 'pg_catalog.pg_am'::pg_catalog.regclass, m.oid, 'access method', array[m.amname]::text[], null from pg_catalog.pg_am m
    union all select 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid, 'policy', array[r.nspname, r.relname, p.polname]::text[], null
      from pg_catalog.pg_policy p join relations r on r.oid = p.polrelid
    union all select 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid, 'trigger', array[r.nspname, r.relname, t.tgname]::text[], null
      from pg_catalog.pg_trigger t join relations r on r.oid = t.tgrelid
     where not t.tgisinternal and coalesce(pg_catalog.row_to_json(t) ->> 'tgparentid', '0') = '0'
    union all select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, 'rule', array[r.nspname, r.relname, w.rulename]::text[], null
      from pg_catalog.pg_rewrite w join relations r on r.oid = w.ev_class where w.rulename <> '_RETURN'
    union all select 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, 'constraint', array[r.nspname, r.relname, k.conname]::text[], null
      from pg_catalog.pg_constraint k join relations r on r.oid = k.conrelid
     where k.contype not in ('n', 't') and coalesce(pg_catalog.row_to_json(k) ->> 'conparentid', '0') = '0'
    union all select 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, 'domain constraint', array[n.nspname, t.typname, k.conname]::text[], null
      from pg_catalog.pg_constraint k join pg_catalog.pg_type t on t.oid = k.contypid join pg_catalog.pg_namespace n on n.oid = t.typnamespace
     where k.contype = 'c'
    union all select 'pg_catalog.pg_extension'::pg_catalog.regclass, e.oid, 'extension', array[e.extname]::text[], null
      from pg_catalog.pg_extension e where e.extname <> 'plpgsql'
  ) x where x.objid >= 16384
), mine as (
  select o.* from named o where not exists (select from members m where m.classid = o.classid and m.objid = o.objid)
), labels as (
  select d.classoid as classid, d.objoid as objid, d.objsubid as subid, 'comment'::text as property, d.description as value
    from pg_catalog.pg_description d
   -- An extension brings its comment; that of schema public is the server's.
   where d.classoid <> 'pg_catalog.pg_extension'::pg_catalog.regclass
     and (d.objoid >= 16384 or d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
  union all
  select l.classoid, l.objoid, l.objsubid, pg_catalog.concat('security label of ', l.provider), l.label from pg_catalog.pg_seclabel l
), links as (
  -- What expressions speak of. A text that another version reads in another way is equal text that depends on other things.
  select d.classid, d.objid, pg_catalog.string_agg(distinct r.name, ', ' order by r.name) as names
    from pg_catalog.pg_depend d, lateral (
      select pg_catalog.concat('column ', c.name, '.', a.attname) as name
        from relations c join pg_catalog.pg_attribute a on a.attrelid = c.oid
       where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.refobjid and a.attnum = d.refobjsubid and a.attnum > 0
      union all
      select pg_catalog.concat('function ', f.name) from functions f
       where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and f.oid = d.refobjid
      union all
      select pg_catalog.concat('operator ', o.name) from operators o
       where d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = d.refobjid
    ) r
   where d.refobjid >= 16384 and d.objid >= 16384 and d.deptype in ('n', 'a')
     and d.classid in ('pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_attrdef'::pg_catalog.regclass,
                       'pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_rewrite'::pg_catalog.regclass,
                       'pg_catalog.pg_trigger'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass,
                       'pg_catalog.pg_class'::pg_catalog.regclass)
   group by 1, 2
), members_of_families as (
  select a.amopfamily as family, pg_catalog.concat('operator ', a.amopstrategy, ' ', o.name, ' ', a.amoppurpose, ' ', s.opfname) as line
    from pg_catalog.pg_amop a join operators o on o.oid = a.amopopr left join pg_catalog.pg_opfamily s on s.oid = a.amopsortfamily
  union all
  select p.amprocfamily, pg_catalog.concat('function ', p.amprocnum, ' ', f.name, ' (', l.name, ',', r.name, ')')
    from pg_catalog.pg_amproc p join functions f on f.oid = p.amproc
    join types l on l.oid = p.amproclefttype join types r on r.oid = p.amprocrighttype
), properties as (
  select classid, objid, kind, parts, 'exists'::text as property, ''::text as value from mine
  union all
  select classid, objid, kind, parts, 'owner', (select r.rolname from role_names r where r.oid = owner)::text
    from mine where owner is not null and kind <> 'index'
  union all
  select m.classid, m.objid, m.kind, m.parts, 'grants', (
           select pg_catalog.string_agg(g.line, ', ' order by g.line) from (
             select pg_catalog.concat(coalesce(r.rolname, 'PUBLIC'), ' ', a.privilege_type, case when pg_catalog.bool_or(a.is_grantable) then ' grantable' end) as line
               from pg_catalog.aclexplode(coalesce(m.acl, pg_catalog.acldefault(m.acl_kind::"char", m.owner))) a
               left join role_names r on r.oid = a.grantee
              where a.privilege_type <> 'MAINTAIN' and (a.grantee = 0 or r.oid is not null)
              group by r.rolname, a.privilege_type) g)
    from mine m where m.acl_kind is not null
  union all
  select m.classid, m.objid, m.kind, m.parts, l.property, l.value
    from mine m join labels l on l.classid = m.classid and l.objid = m.objid and l.subid = 0
   where not (m.kind = 'schema' and m.parts = array['public'] and l.property = 'comment')
  union all
  -- Relations
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_class c on c.oid = m.objid
    left join pg_catalog.pg_class toast on toast.oid = c.reltoastrelid
    left join pg_catalog.pg_rewrite w on w.ev_class = c.oid and w.rulename = '_RETURN', lateral (values
         -- A partitioned table is never unlogged since 18.
         ('persistence', case when c.relkind not in ('p', 'I') then c.relpersistence::text end),
         ('partitioned', (c.relkind in ('p', 'I'))::text),
         ('replica identity', c.relreplident::text),
         ('row security', pg_catalog.concat(c.relrowsecurity, ' ', c.relforcerowsecurity)),
         ('options', (select pg_catalog.string_agg(o, ', ' order by o) from pg_catalog.unnest(c.reloptions) o)),
         ('toast options', (select pg_catalog.string_agg(o, ', ' order by o) from pg_catalog.unnest(toast.reloptions) o)),
         ('populated', c.relispopulated::text),
         ('of type', (select t.name from types t where t.oid = c.reloftype)),
         ('is a partition', c.relispartition::text),
         ('parents', (select pg_catalog.string_agg(r.name, ', ' order by i.inhseqno)
                        from pg_catalog.pg_inherits i join relations r on r.oid = i.inhparent where i.inhrelid = c.oid)),
         ('depends on', (select l.names from links l where l.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and l.objid = w.oid)),
         ('owned by', case when c.relkind = 'S' then (
            select pg_catalog.string_agg(pg_catalog.concat(r.name, '.', a.attname), ', ') from pg_catalog.pg_depend d join relations r on r.oid = d.refobjid
              join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
             where d.classid = m.classid and d.objid = c.oid and d.refclassid = m.classid and d.deptype in ('a', 'i')) end)
         ) as v (property, value)
   where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'partitioning', pg_catalog.concat(p.partstrat, ' ', (
           select pg_catalog.string_agg(pg_catalog.concat(a.attname, ' ', o.name, ' ', l.name), ', ' order by k.n)
             from rows from (pg_catalog.unnest(p.partattrs::int2[]), pg_catalog.unnest(p.partclass::oid[]), pg_catalog.unnest(p.partcollation::oid[])) with ordinality as k (attnum, class, coll, n)
             left join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = k.attnum and k.attnum > 0
             left join opclasses o on o.oid = k.class left join collations l on l.oid = k.coll))
    from mine m join pg_catalog.pg_partitioned_table p on p.partrelid = m.objid
   where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  -- Indexes
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_index i on i.indexrelid = m.objid join pg_catalog.pg_class c on c.oid = m.objid
    join pg_catalog.pg_am am on am.oid = c.relam join relations r on r.oid = i.indrelid,
    lateral (select pg_catalog.row_to_json(i) as j) j, lateral (values
         ('table', r.name), ('method', am.amname::text),
         ('unique', pg_catalog.concat(i.indisunique, ' ', i.indisprimary, ' ', i.indisexclusion, ' ', i.indimmediate, ' ', coalesce(j.j ->> 'indnullsnotdistinct', 'false'))),
         ('cluster', i.indisclustered::text), ('replica identity', i.indisreplident::text),
         ('valid', pg_catalog.concat(i.indisvalid, ' ', i.indisready, ' ', i.indislive)),
         ('key columns', coalesce(j.j ->> 'indnkeyatts', pg_catalog.concat(i.indnatts))),
         ('columns', (select pg_catalog.string_agg(pg_catalog.concat(a.attname, ' ', o.name, ' ', l.name, ' ', k.option), ', ' order by k.n)
                        from rows from (pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indclass::oid[]), pg_catalog.unnest(i.indcollation::oid[]), pg_catalog.unnest(i.indoption::int2[])) with ordinality as k (attnum, class, coll, option, n)
                        left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum and k.attnum <> 0
                        left join opclasses o on o.oid = k.class left join collations l on l.oid = k.coll)),
         ('column options', (select pg_catalog.string_agg(pg_catalog.concat(a.attnum, ' ', a.attoptions, ' ', nullif(nullif(pg_catalog.row_to_json(a) ->> 'attstattarget', '-1'), '')), ', ' order by a.attnum)
                        from pg_catalog.pg_attribute a where a.attrelid = m.objid)),
         ('depends on', (select l.names from links l where l.classid = m.classid and l.objid = m.objid))
         ) as v (property, value)
   where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  -- Columns
  select m.classid, m.objid, 'column', m.parts || a.attname::text, v.property, v.value
    from mine m join (
           select c.oid as classed, 'pg_catalog.pg_class'::pg_catalog.regclass::oid as class, c.oid as relid, c.relkind from pg_catalog.pg_class c
           union all
           select c.reltype, 'pg_catalog.pg_type'::pg_catalog.regclass, c.oid, c.relkind from pg_catalog.pg_class c where c.relkind = 'c') c
      on c.classed = m.objid and c.class = m.classid and c.relkind in ('r', 'p', 'f', 'c', 'm', 'v')
    join pg_catalog.pg_attribute a on a.attrelid = c.relid and a.attnum > 0 and not a.attisdropped
    join types t on t.oid = a.atttypid
    join pg_catalog.pg_type y on y.oid = a.atttypid
    left join collations k on k.oid = a.attcollation
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum,
    lateral (select pg_catalog.row_to_json(a) as j) j, lateral (values
         ('type', pg_catalog.concat(t.name, ' ', nullif(a.atttypmod, -1))),
         ('not null', a.attnotnull::text),
         ('identity', nullif(j.j ->> 'attidentity', '')),
         ('generated', nullif(j.j ->> 'attgenerated', '')),
         ('compression', nullif(j.j ->> 'attcompression', '')),
         -- As far as it is not that of the type, which another major version may have defined otherwise.
         ('storage', case when c.relkind in ('r', 'p', 'm') and a.attstorage <> y.typstorage then a.attstorage::text end),
         ('statistics', nullif(j.j ->> 'attstattarget', '-1')),
         ('options', (select pg_catalog.string_agg(o, ', ' order by o) from pg_catalog.unnest(a.attoptions) o)),
         -- Options may hold passwords.
         ('foreign options', (select pg_catalog.concat('digest ', pg_catalog.md5(pg_catalog.string_agg(o, ', ' order by o))) from pg_catalog.unnest(a.attfdwoptions) o)),
         -- Columns of views have those of what they select.
         ('collation', case when c.relkind not in ('v', 'm') and a.attcollation <> y.typcollation then k.name end),
         ('has default', (d.oid is not null)::text),
         -- What a generated column is computed from is noted elsewhere before 14.
         ('default depends on', case when coalesce(j.j ->> 'attgenerated', '') = '' then (select l.names from links l where l.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and l.objid = d.oid) end),
         -- A child that has columns of its own before those of a parent has them behind after a restore.
         ('position', case when not exists (select from pg_catalog.pg_inherits i where i.inhrelid = a.attrelid) then (
            select pg_catalog.concat(pg_catalog.count(*)) from pg_catalog.pg_attribute b where b.attrelid = a.attrelid and b.attnum > 0 and b.attnum <= a.attnum and not b.attisdropped) end),
         ('grants', (select pg_catalog.string_agg(g.line, ', ' order by g.line) from (
                       select distinct pg_catalog.concat(coalesce(r.rolname, 'PUBLIC'), ' ', x.privilege_type, case when x.is_grantable then ' grantable' end) as line
                         from pg_catalog.aclexplode(a.attacl) x left join role_names r on r.oid = x.grantee
                        where x.grantee = 0 or r.oid is not null) g)),
         ('comment', (select l.value from labels l where l.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and l.objid = a.attrelid and l.subid = a.attnum and l.property = 'comment')),
         ('security labels', (select pg_catalog.string_agg(pg_catalog.concat(l.property, ' ', l.value), ', ' order by l.property)
                                from labels l where l.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and l.objid = a.attrelid and l.subid = a.attnum and l.property <> 'comment'))
         ) as v (property, value)
  union all
  -- Constraints
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_constraint k on k.oid = m.objid left join relations f on f.oid = k.confrelid,
    lateral (select pg_catalog.row_to_json(k) as j) j, lateral (values
         ('kind', k.contype::text),
         -- What a child inherited is made from its parent's constraint, and takes its state from there.
         ('validated', case when k.conislocal then k.convalidated::text end),
         ('enforced', case when k.conislocal then coalesce(j.j ->> 'conenforced', 'true') end),
         ('no inherit', case when k.contype = 'c' then k.connoinherit::text end),
         ('period', coalesce(j.j ->> 'conperiod', 'false')),
         ('deferrable', pg_catalog.concat(k.condeferrable, ' ', k.condeferred)),
         ('columns', (select pg_catalog.string_agg(a.attname, ', ' order by c.n) from pg_catalog.unnest(k.conkey) with ordinality as c (attnum, n)
                        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = c.attnum where k.contype <> 'c')),
         ('references', case when k.contype = 'f' then pg_catalog.concat(f.name, ' ', (
            select pg_catalog.string_agg(a.attname, ', ' order by c.n) from pg_catalog.unnest(k.confkey) with ordinality as c (attnum, n)
              join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = c.attnum), ' ', k.confupdtype, k.confdeltype, k.confmatchtype) end),
         ('operators', (select pg_catalog.string_agg(o.name, ', ' order by c.n) from pg_catalog.unnest(k.conexclop) with ordinality as c (oid, n) join operators o on o.oid = c.oid)),
         ('depends on', (select l.names from links l where l.classid = m.classid and l.objid = m.objid and k.contype = 'c'))
         ) as v (property, value)
   where m.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
  union all
  -- Triggers
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_trigger t on t.oid = m.objid left join functions f on f.oid = t.tgfoid left join relations r on r.oid = t.tgconstrrelid, lateral (values
         ('enabled', t.tgenabled::text), ('function', f.name), ('events', pg_catalog.concat(t.tgtype)),
         ('deferrable', pg_catalog.concat(t.tgdeferrable, ' ', t.tginitdeferred)), ('arguments', pg_catalog.encode(t.tgargs, 'hex')),
         ('transition tables', pg_catalog.concat(t.tgoldtable, ' ', t.tgnewtable)), ('from table', r.name), ('has condition', (t.tgqual is not null)::text),
         ('columns', (select pg_catalog.string_agg(a.attname, ', ' order by c.n) from pg_catalog.unnest(t.tgattr::int2[]) with ordinality as c (attnum, n)
                        join pg_catalog.pg_attribute a on a.attrelid = t.tgrelid and a.attnum = c.attnum)),
         ('depends on', (select l.names from links l where l.classid = m.classid and l.objid = m.objid))) as v (property, value)
   where m.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
  union all
  -- Rules
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_rewrite w on w.oid = m.objid, lateral (values
         ('enabled', w.ev_enabled::text), ('event', pg_catalog.concat(w.ev_type, ' ', w.is_instead)),
         ('depends on', (select l.names from links l where l.classid = m.classid and l.objid = m.objid))) as v (property, value)
   where m.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
  union all
  -- Policies
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_policy p on p.oid = m.objid, lateral (values
         ('command', p.polcmd::text), ('permissive', p.polpermissive::text),
         ('conditions', pg_catalog.concat(p.polqual is not null, ' ', p.polwithcheck is not null)),
         ('roles', (select pg_catalog.string_agg(u.name, ', ' order by u.name) from (
                      select distinct coalesce(r.rolname, 'PUBLIC')::text as name from pg_catalog.unnest(p.polroles) u left join role_names r on r.oid = u) u)),
         ('depends on', (select l.names from links l where l.classid = m.classid and l.objid = m.objid))) as v (property, value)
   where m.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
  union all
  -- Functions
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_proc p on p.oid = m.objid join procs q on q.oid = p.oid join pg_catalog.pg_language l on l.oid = p.prolang
    join types t on t.oid = p.prorettype, lateral (values
         ('language', l.lanname::text), ('source', pg_catalog.md5(p.prosrc)), ('file', p.probin::text),
         ('volatility', p.provolatile::text),
         ('strict', p.proisstrict::text), ('security definer', p.prosecdef::text), ('leakproof', p.proleakproof::text),
         -- Versions quote names in settings by their own lists of reserved words.
         ('parallel', p.proparallel::text), ('settings', (select pg_catalog.string_agg(pg_catalog.replace(s, '"', ''), ', ' order by s) from pg_catalog.unnest(p.proconfig) s)),
         ('cost', pg_catalog.concat(p.procost, ' ', p.prorows)),
         ('window', ((q.j ->> 'prokind') = 'w' or coalesce(q.j ->> 'proiswindow', 'false') = 'true')::text),
         ('support', nullif(q.j ->> 'prosupport', '-')),
         ('result', pg_catalog.concat(p.proretset, ' ', t.name)),
         ('arguments', pg_catalog.concat(p.proargmodes, ' ', p.pronargdefaults, ' ', (
            select pg_catalog.string_agg(a.name, ',' order by a.n) from pg_catalog.unnest(p.proargnames) with ordinality as a (name, n)), ' ', (
            select pg_catalog.string_agg(x.name, ',' order by a.n) from pg_catalog.unnest(p.proallargtypes) with ordinality as a (type, n) join types x on x.oid = a.type)))
         ) as v (property, value)
   where m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'aggregate', pg_catalog.concat_ws(' ', a.aggkind, a.aggnumdirectargs,
         s.name, coalesce(f.name, '-'), coalesce(c.name, '-'), coalesce(ms.name, '-'), coalesce(mi.name, '-'), coalesce(mf.name, '-'),
         a.aggfinalextra, a.aggmfinalextra, coalesce(o.name, '-'), t.name, a.aggtransspace, coalesce(mt.name, '-'), a.aggmtransspace,
         pg_catalog.to_json(a.agginitval), pg_catalog.to_json(a.aggminitval))
    from mine m join pg_catalog.pg_aggregate a on a.aggfnoid::oid = m.objid join types t on t.oid = a.aggtranstype left join types mt on mt.oid = a.aggmtranstype
    left join functions s on s.oid = a.aggtransfn::oid left join functions f on f.oid = a.aggfinalfn::oid left join functions c on c.oid = a.aggcombinefn::oid
    left join functions ms on ms.oid = a.aggmtransfn::oid left join functions mi on mi.oid = a.aggminvtransfn::oid left join functions mf on mf.oid = a.aggmfinalfn::oid
    left join operators o on o.oid = a.aggsortop
   where m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  union all
  -- Types
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_type t on t.oid = m.objid left join types b on b.oid = t.typbasetype left join collations k on k.oid = t.typcollation
    left join pg_catalog.pg_range r on r.rngtypid = t.oid left join types s on s.oid = r.rngsubtype left join opclasses o on o.oid = r.rngsubopc
    left join collations rk on rk.oid = r.rngcollation left join functions rc on rc.oid = r.rngcanonical::oid left join functions rd on rd.oid = r.rngsubdiff::oid, lateral (values
         ('labels', (select pg_catalog.string_agg(pg_catalog.concat(pg_catalog.to_json(e.enumlabel)), ', ' order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid)),
         ('kind', t.typtype::text), ('defined', t.typisdefined::text),
         ('base', pg_catalog.concat(b.name, ' ', nullif(t.typtypmod, -1))),
         ('collation', case when t.typtype in ('b', 'd') then k.name end),
         ('not null', t.typnotnull::text), ('has default', (t.typdefault is not null)::text),
         ('form', case when t.typtype = 'b' then pg_catalog.concat_ws(' ', t.typlen, t.typbyval, t.typalign, t.typstorage, t.typcategory, t.typispreferred, t.typdelim,
            (select f.name from functions f where f.oid = t.typinput::oid), (select f.name from functions f where f.oid = t.typoutput::oid)) end),
         ('range', case when r.rngtypid is not null then pg_catalog.concat_ws(' ', s.name, o.name, coalesce(rk.name, '-'), coalesce(rc.name, '-'), coalesce(rd.name, '-')) end)
         ) as v (property, value)
   where m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
  union all
  -- The sequence of an identity column has the type of its column, whatever it was made with.
  select m.classid, m.objid, m.kind, m.parts, 'parameters', pg_catalog.concat_ws(' ', case when not exists (
           select from pg_catalog.pg_depend i where i.classid = m.classid and i.objid = m.objid and i.deptype = 'i') then t.name end,
         s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
    from mine m join pg_catalog.pg_sequence s on s.seqrelid = m.objid join types t on t.oid = s.seqtypid
   where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_operator o on o.oid = m.objid left join functions f on f.oid = o.oprcode::oid left join functions r on r.oid = o.oprrest::oid
    left join functions j on j.oid = o.oprjoin::oid left join operators c on c.oid = o.oprcom left join operators n on n.oid = o.oprnegate, lateral (values
         ('function', f.name), ('restrict', r.name), ('join', j.name), ('commutator', c.name), ('negator', n.name),
         ('merges and hashes', pg_catalog.concat(o.oprcanmerge, ' ', o.oprcanhash))) as v (property, value)
   where m.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'definition', pg_catalog.concat(i.name, ' ', k.name, ' ', c.opcdefault, ' ', f.opfname)
    from mine m join pg_catalog.pg_opclass c on c.oid = m.objid join types i on i.oid = c.opcintype left join types k on k.oid = c.opckeytype
    join pg_catalog.pg_opfamily f on f.oid = c.opcfamily
   where m.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'members', (select pg_catalog.string_agg(f.line, ', ' order by f.line) from members_of_families f where f.family = m.objid)
    from mine m where m.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'definition', pg_catalog.concat(c.castcontext, ' ', c.castmethod, ' ', f.name)
    from mine m join pg_catalog.pg_cast c on c.oid = m.objid left join functions f on f.oid = c.castfunc
   where m.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'definition', pg_catalog.concat(f.name, ' ', t.name)
    from mine m join pg_catalog.pg_transform c on c.oid = m.objid left join functions f on f.oid = c.trffromsql::oid left join functions t on t.oid = c.trftosql::oid
   where m.classid = 'pg_catalog.pg_transform'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'definition', pg_catalog.concat(c.conforencoding, ' ', c.contoencoding, ' ', f.name, ' ', c.condefault)
    from mine m join pg_catalog.pg_conversion c on c.oid = m.objid left join functions f on f.oid = c.conproc::oid
   where m.classid = 'pg_catalog.pg_conversion'::pg_catalog.regclass
  union all
  -- The locale of ICU is written in another way since 16: the archives are compared for it.
  select m.classid, m.objid, m.kind, m.parts, 'definition', pg_catalog.concat_ws(' ', c.collprovider, c.collencoding, coalesce(j.j ->> 'collisdeterministic', 'true'),
         case when c.collprovider = 'c' then c.collcollate end, case when c.collprovider = 'c' then c.collctype end, j.j ->> 'collicurules')
    from mine m join pg_catalog.pg_collation c on c.oid = m.objid, lateral (select pg_catalog.row_to_json(c) as j) j
   where m.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_ts_config c on c.oid = m.objid join pg_catalog.pg_ts_parser p on p.oid = c.cfgparser, lateral (values
         ('parser', p.prsname::text),
         ('mappings', (select pg_catalog.string_agg(pg_catalog.concat(t.maptokentype, ' ', t.mapseqno, ' ', n.nspname, '.', d.dictname), ', ' order by t.maptokentype, t.mapseqno)
                         from pg_catalog.pg_ts_config_map t join pg_catalog.pg_ts_dict d on d.oid = t.mapdict join pg_catalog.pg_namespace n on n.oid = d.dictnamespace
                        where t.mapcfg = c.oid))) as v (property, value)
   where m.classid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'definition', pg_catalog.concat(t.tmplname, ' ', d.dictinitoption)
    from mine m join pg_catalog.pg_ts_dict d on d.oid = m.objid join pg_catalog.pg_ts_template t on t.oid = d.dicttemplate
   where m.classid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_statistic_ext s on s.oid = m.objid join relations r on r.oid = s.stxrelid, lateral (select pg_catalog.row_to_json(s) as j) j, lateral (values
         -- All kinds that a version knows are written as none, and become all kinds of another version.
         ('kinds', case when s.stxkind operator(pg_catalog.@>) @all_kinds@::"char"[] then 'all'
                        else (select pg_catalog.string_agg(k::text, ', ' order by k::text) from pg_catalog.unnest(s.stxkind) k) end), ('table', r.name),
         ('columns', (select pg_catalog.string_agg(a.attname, ', ' order by a.attname) from pg_catalog.pg_attribute a where a.attrelid = s.stxrelid and a.attnum = any (s.stxkeys::int2[]))),
         ('statistics', nullif(j.j ->> 'stxstattarget', '-1')), ('depends on', (select l.names from links l where l.classid = m.classid and l.objid = m.objid))
         ) as v (property, value)
   where m.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_event_trigger t on t.oid = m.objid left join functions f on f.oid = t.evtfoid, lateral (values
         ('enabled', t.evtenabled::text), ('event', t.evtevent::text), ('function', f.name),
         ('tags', (select pg_catalog.string_agg(g, ', ' order by g) from pg_catalog.unnest(t.evttags) g))) as v (property, value)
   where m.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'schema', n.nspname::text
    from mine m join pg_catalog.pg_extension e on e.oid = m.objid join pg_catalog.pg_namespace n on n.oid = e.extnamespace
   where m.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'definition', pg_catalog.concat(j.j ->> 'amtype', ' ', f.name)
    from mine m join pg_catalog.pg_am a on a.oid = m.objid left join functions f on f.oid = a.amhandler::oid, lateral (select pg_catalog.row_to_json(a) as j) j
   where m.classid = 'pg_catalog.pg_am'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, 'functions', pg_catalog.concat_ws(' ', l.lanpltrusted, coalesce(c.name, '-'), coalesce(i.name, '-'), coalesce(v.name, '-'))
    from mine m join pg_catalog.pg_language l on l.oid = m.objid left join functions c on c.oid = l.lanplcallfoid left join functions i on i.oid = l.laninline
    left join functions v on v.oid = l.lanvalidator
   where m.classid = 'pg_catalog.pg_language'::pg_catalog.regclass
  union all
  -- Publications. What a version cannot publish is not published.
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_publication p on p.oid = m.objid, lateral (select pg_catalog.row_to_json(p) as j) j, lateral (values
         ('publish', pg_catalog.concat_ws(' ', p.pubinsert, p.pubupdate, p.pubdelete, coalesce(j.j ->> 'pubtruncate', 'false'),
            coalesce(j.j ->> 'pubviaroot', 'false'), coalesce(j.j ->> 'pubgencols', 'n'))),
         ('all tables', p.puballtables::text),
         ('tables', (select pg_catalog.string_agg(pg_catalog.concat(r.name, case when x.j ->> 'prqual' is not null then ' filtered' end, ' ', (
                        select pg_catalog.string_agg(a.attname, ',' order by a.attname) from pg_catalog.pg_attribute a
                         where a.attrelid = x.relid and pg_catalog.concat(a.attnum) = any (pg_catalog.string_to_array(x.j ->> 'prattrs', ' ')))), ', ' order by r.name)
                       from (select t.prrelid as relid, pg_catalog.row_to_json(t) as j from pg_catalog.pg_publication_rel t where t.prpubid = p.oid) x join relations r on r.oid = x.relid)),
         ('schemas', @publication_schemas@)
         ) as v (property, value)
   where m.classid = 'pg_catalog.pg_publication'::pg_catalog.regclass
  union all
  -- Options may hold passwords: only their digests are compared and shown.
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_foreign_server s on s.oid = m.objid join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw, lateral (values
         ('wrapper', w.fdwname::text), ('type and version', pg_catalog.concat(s.srvtype, ' ', s.srvversion)),
         ('options', (select pg_catalog.concat('digest ', pg_catalog.md5(pg_catalog.string_agg(o, ', ' order by o))) from pg_catalog.unnest(s.srvoptions) o))) as v (property, value)
   where m.classid = 'pg_catalog.pg_foreign_server'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_foreign_data_wrapper w on w.oid = m.objid left join functions h on h.oid = w.fdwhandler left join functions f on f.oid = w.fdwvalidator, lateral (values
         ('functions', pg_catalog.concat(h.name, ' ', f.name)),
         ('options', (select pg_catalog.concat('digest ', pg_catalog.md5(pg_catalog.string_agg(o, ', ' order by o))) from pg_catalog.unnest(w.fdwoptions) o))) as v (property, value)
   where m.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass
  union all
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join pg_catalog.pg_foreign_table t on t.ftrelid = m.objid join pg_catalog.pg_foreign_server s on s.oid = t.ftserver, lateral (values
         ('server', s.srvname::text),
         ('foreign options', (select pg_catalog.concat('digest ', pg_catalog.md5(pg_catalog.string_agg(o, ', ' order by o))) from pg_catalog.unnest(t.ftoptions) o))) as v (property, value)
   where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select u.class, u.umid, 'user mapping', array[coalesce(r.rolname, 'PUBLIC')::text, u.srvname::text], v.property, v.value
    from (select 'pg_catalog.pg_user_mapping'::pg_catalog.regclass::oid as class, m.* from pg_catalog.pg_user_mappings m) u
    left join role_names r on r.oid = u.umuser, lateral (values ('exists', ''),
         ('options', (select pg_catalog.concat('digest ', pg_catalog.md5(pg_catalog.string_agg(o, ', ' order by o))) from pg_catalog.unnest(u.umoptions) o))) as v (property, value)
   where u.umuser = 0 or r.oid is not null
  union all
  select m.classid, m.objid, m.kind, m.parts, v.property, v.value
    from mine m join subscriptions s on s.oid = m.objid, lateral (values
         ('connection', s.connection), ('slot', s.subslotname::text),
         ('publications', (select pg_catalog.string_agg(p, ', ' order by p) from pg_catalog.unnest(s.subpublications) p))) as v (property, value)
   where m.classid = 'pg_catalog.pg_subscription'::pg_catalog.regclass
  union all
  select 'pg_catalog.pg_default_acl'::pg_catalog.regclass, d.oid, 'default privileges',
         array[o.rolname::text, coalesce(n.nspname::text, 'all schemas'), d.defaclobjtype::text], 'grants', (
           select pg_catalog.string_agg(g.line, ', ' order by g.line) from (
             select distinct pg_catalog.concat(coalesce(r.rolname, 'PUBLIC'), ' ', a.privilege_type, case when a.is_grantable then ' grantable' end) as line
               from pg_catalog.aclexplode(d.defaclacl) a left join role_names r on r.oid = a.grantee
              where a.privilege_type <> 'MAINTAIN' and (a.grantee = 0 or r.oid is not null)) g)
    from pg_catalog.pg_default_acl d join role_names o on o.oid = d.defaclrole left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
  union all
  -- The database itself; its name and locale are what the migration was asked for
  select 'pg_catalog.pg_database'::pg_catalog.regclass, d.oid, 'database', array[]::text[], v.property, v.value
    from pg_catalog.pg_database d left join role_names o on o.oid = d.datdba, lateral (values
         ('owner', o.rolname::text), ('connection limit', pg_catalog.concat(d.datconnlimit)),
         ('comment', (select s.description from pg_catalog.pg_shdescription s where s.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass and s.objoid = d.oid)),
         ('security labels', (select pg_catalog.string_agg(pg_catalog.concat(l.provider, ' ', l.label), ', ' order by l.provider) from pg_catalog.pg_shseclabel l
             where l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass and l.objoid = d.oid)),
         ('grants', (select pg_catalog.string_agg(g.line, ', ' order by g.line) from (
             select distinct pg_catalog.concat(coalesce(r.rolname, 'PUBLIC'), ' ', a.privilege_type, case when a.is_grantable then ' grantable' end) as line
               from pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a left join role_names r on r.oid = a.grantee
              where a.grantee = 0 or r.oid is not null) g)),
         ('settings', (select pg_catalog.string_agg(g.line, ', ' order by g.line) from (
             select pg_catalog.concat(r.rolname, ' ', pg_catalog.replace(c, '"', '')) as line
               from pg_catalog.pg_db_role_setting s left join role_names r on r.oid = s.setrole, pg_catalog.unnest(s.setconfig) c
              where s.setdatabase = d.oid and (s.setrole = 0 or r.oid is not null)) g))) as v (property, value)
   where d.datname = pg_catalog.current_database()
), objects as (
  select classid, objid, kind, pg_catalog.concat(pg_catalog.to_json(parts)) as parts, property, value from properties where value is not null
)
