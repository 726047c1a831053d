with found as (
  select 'cast' as kind, pg_catalog.format_type(c.castsource, null) || ' as ' || pg_catalog.format_type(c.casttarget, null) as name,
         case when c.castfunc <> 0 then c.castfunc::pg_catalog.regprocedure::text else '' end as detail,
         'pg_catalog.pg_cast'::pg_catalog.regclass::oid as classid, c.oid as objid
    from pg_catalog.pg_cast c where c.oid >= 16384
  union all
  select 'event trigger', pg_catalog.quote_ident(e.evtname), e.evtevent::text, 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid
    from pg_catalog.pg_event_trigger e
  union all
  select 'foreign server', pg_catalog.quote_ident(s.srvname),
         w.fdwname::text || ', ' || (select pg_catalog.count(*) from pg_catalog.pg_foreign_table t where t.ftserver = s.oid) || ' tables',
         'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid
    from pg_catalog.pg_foreign_server s join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
  union all
  select 'tablespace', pg_catalog.quote_ident(t.spcname), pg_catalog.count(*) || ' tables and indexes', 0, 0
    from pg_catalog.pg_class c join pg_catalog.pg_tablespace t on t.oid = c.reltablespace
   where c.oid >= 16384 and t.spcname <> 'pg_global' group by 2
  union all
  select 'dictionary', d.oid::pg_catalog.regdictionary::text, coalesce(d.dictinitoption, ''), 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, d.oid
    from pg_catalog.pg_ts_dict d
   where d.oid >= 16384 and exists (
         select from pg_catalog.regexp_matches(d.dictinitoption, '(\w+)\s*=\s*E?''((?:[^'']|'''')*)''', 'g') as option (words)
          where pg_catalog.lower(option.words[1]) in ('dictfile', 'afffile', 'stopwords', 'synonyms', 'thesaurus', 'rules', 'filename')
            -- Stop words that come with every server, and the rules that come with the extension.
            and not (pg_catalog.lower(option.words[1]) = 'rules' and option.words[2] = 'unaccent')
            and not (pg_catalog.lower(option.words[1]) = 'stopwords' and pg_catalog.lower(option.words[2]) in (
                     'danish', 'dutch', 'english', 'finnish', 'french', 'german', 'hungarian', 'italian', 'nepali',
                     'norwegian', 'portuguese', 'russian', 'spanish', 'swedish', 'turkish')))
  union all
  select 'security label', s.provider, pg_catalog.count(*) || ' labels', 0, 0 from pg_catalog.pg_seclabel s group by 2
  union all
  select 'extension table', r.oid::pg_catalog.regclass::text, e.extname::text, 0, 0
    from pg_catalog.pg_extension e
    cross join lateral pg_catalog.unnest(e.extconfig) as k (relid)
    join pg_catalog.pg_class r on r.oid = k.relid and r.relkind in ('r', 'p') and pg_catalog.pg_relation_size(r.oid) > 0
  union all
  select 'pg_tle extension', pg_catalog.regexp_replace(p.proname, '\.control$', ''), '', 0, 0
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   where n.nspname = 'pgtle' and p.proname like '%.control'
  union all
  select 'unfilled view', c.oid::pg_catalog.regclass::text, '', 0, 0
    from pg_catalog.pg_class c where c.oid >= 16384 and c.relkind = 'm' and not c.relispopulated
  union all
  select 'publication', pg_catalog.quote_ident(p.pubname), '', 0, 0 from pg_catalog.pg_publication p
  union all
  select 'subscription', pg_catalog.quote_ident(s.subname), case when s.subenabled then 'enabled' else 'disabled' end, 0, 0
    from pg_catalog.pg_subscription s
   where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
)
select f.kind as "kind", f.name as "name", f.detail as "detail"
  from found f
 where f.classid = 0 or not exists (
       select from pg_catalog.pg_depend x where x.classid = f.classid and x.objid = f.objid and x.deptype = 'e')
 order by 1, 2
