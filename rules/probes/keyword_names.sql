-- Words that became keywords, from pg_get_keywords() of 10 to 18: one that is reserved is a keyword wherever an expression
-- stands, the others only as the name of an argument. The server quotes the keywords that it knows itself.
with words (word, keyword_in, reserved) as (
  select w.word, w.keyword_in, w.word = 'system_user'
    from (values ('json', 170000), ('json_array', 160000), ('json_arrayagg', 160000), ('json_exists', 170000), ('json_object', 160000),
                 ('json_objectagg', 160000), ('json_query', 170000), ('json_scalar', 170000), ('json_serialize', 170000), ('json_table', 170000),
                 ('json_value', 170000), ('merge_action', 170000), ('normalize', 130000), ('system_user', 160000)) as w (word, keyword_in)
   where w.keyword_in > pg_catalog.current_setting('server_version_num')::integer
),
tables as (
  select a.attrelid as oid
    from pg_catalog.pg_attribute a
    join words w on w.reserved and w.word = a.attname
   where a.attrelid >= 16384 and a.attnum > 0 and not a.attisdropped
),
texts as (
  select case when c.relkind in ('v', 'm') then 'view' else 'rule' end as kind,
         case when c.relkind in ('v', 'm') then '' else pg_catalog.quote_ident(r.rulename) || ' on ' end || c.oid::pg_catalog.regclass::text as name,
         c.oid as relation, case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) else pg_catalog.pg_get_ruledef(r.oid) end as text
    from pg_catalog.pg_rewrite r
    join pg_catalog.pg_class c on c.oid = r.ev_class
   where r.oid >= 16384 and r.ev_action::text like any (select '%' || w.word || '%' from words w where w.reserved)
  union all
  select 'constraint', pg_catalog.quote_ident(k.conname) || ' on ' || k.conrelid::pg_catalog.regclass::text, k.conrelid, pg_catalog.pg_get_constraintdef(k.oid)
    from pg_catalog.pg_constraint k
   where k.contype in ('c', 'f', 'x') and (k.conrelid in (select t.oid from tables t) or k.confrelid in (select t.oid from tables t))
  union all
  select 'index', i.indexrelid::pg_catalog.regclass::text, i.indrelid, pg_catalog.pg_get_indexdef(i.indexrelid)
    from pg_catalog.pg_index i
   where i.indrelid in (select t.oid from tables t) and not exists (
         select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
  union all
  select 'column', e.adrelid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname), e.adrelid, pg_catalog.pg_get_expr(e.adbin, e.adrelid)
    from pg_catalog.pg_attrdef e
    join pg_catalog.pg_attribute a on a.attrelid = e.adrelid and a.attnum = e.adnum
   where e.adrelid in (select t.oid from tables t)
  union all
  select 'partition key', c.oid::pg_catalog.regclass::text, c.oid, pg_catalog.pg_get_partkeydef(c.oid)
    from pg_catalog.pg_class c
   where c.relkind = 'p' and c.oid in (select t.oid from tables t)
  union all
  select 'policy', pg_catalog.quote_ident(p.polname) || ' on ' || p.polrelid::pg_catalog.regclass::text, p.polrelid,
         pg_catalog.concat_ws(' ', pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
    from pg_catalog.pg_policy p
   where p.polrelid in (select t.oid from tables t)
  union all
  select 'trigger', pg_catalog.quote_ident(t.tgname) || ' on ' || t.tgrelid::pg_catalog.regclass::text, t.tgrelid, pg_catalog.pg_get_triggerdef(t.oid)
    from pg_catalog.pg_trigger t
   where not t.tgisinternal and t.tgrelid in (select s.oid from tables s)
),
-- Without what is quoted, and without names of result columns, which may be any word.
bare as (
  select t.kind, t.name, t.relation, w.word, w.keyword_in,
         pg_catalog.regexp_replace(t.text, '''(?:[^'']|'''')*''|"(?:[^"]|"")*"|\mAS ' || w.word || '\M', '', 'g') as text
    from texts t
    join words w on w.reserved and t.text like '%' || w.word || '%'
),
found as (
  select b.kind, b.name, b.word, b.keyword_in
    from bare b
   where b.text ~ ('(^|[^.[:alnum:]_$])' || b.word || '($|[^[:alnum:]_$])')
     and not exists (select from pg_catalog.pg_depend x
                      where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = b.relation and x.deptype = 'e')
  union all
  select 'routine', p.oid::pg_catalog.regprocedure::text, w.word, w.keyword_in
    from pg_catalog.pg_proc p
    join words w on w.word = any (p.proargnames)
   where p.oid >= 16384
     and not exists (select from pg_catalog.pg_depend x
                      where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid and x.deptype = 'e')
)
select f.kind as "kind", f.name as "name", f.word as "word", pg_catalog.min(f.keyword_in) as "keyword_in"
  from found f
 group by 1, 2, 3
 order by 1, 2, 3
