with recursive
-- What a load evaluates of materialized views: the queries of those that are filled, with the views they read.
read_by as (
  select c.oid as matview, c.oid as relation from pg_catalog.pg_class c where c.oid >= 16384 and c.relkind = 'm' and c.relispopulated
  union
  select b.matview, v.oid
    from read_by b
    join pg_catalog.pg_rewrite r on r.ev_class = b.relation
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
     and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    join pg_catalog.pg_class v on v.oid = d.refobjid and v.relkind = 'v'
),
calls as (
  select d.classid, d.objid, case when d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass then d.refobjid else o.oprcode::pg_catalog.oid end as function
    from pg_catalog.pg_depend d
    left join pg_catalog.pg_operator o on d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = d.refobjid
   where d.refclassid in ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
     and d.refobjid >= 16384 and d.deptype in ('n', 'a')
),
-- Without rows nothing runs; but a function in SQL is looked at already when an index or a generated column is made,
-- since it may be inlined.
uses as (
  select c.function, 'index' as use, i.indexrelid::pg_catalog.regclass::text as object,
         pg_catalog.pg_relation_size(i.indrelid) > 0 as has_rows, true as inlines
    from calls c
    join pg_catalog.pg_index i on i.indexrelid = c.objid
   where c.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select c.function, 'partition key', t.oid::pg_catalog.regclass::text, true, true
    from calls c
    join pg_catalog.pg_class t on t.oid = c.objid and t.relkind = 'p'
   where c.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  union all
  select c.function, 'check constraint', k.conrelid::pg_catalog.regclass::text || ' ' || pg_catalog.quote_ident(k.conname),
         pg_catalog.pg_relation_size(k.conrelid) > 0, false
    from calls c
    join pg_catalog.pg_constraint k on k.oid = c.objid and k.contype = 'c' and k.convalidated and k.conrelid <> 0
   where c.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
  union all
  select c.function, 'check of domain', k.contypid::pg_catalog.regtype::text, exists (
         select from pg_catalog.pg_depend x
           join pg_catalog.pg_class t on t.oid = x.objid and t.relkind = 'r' and pg_catalog.pg_relation_size(t.oid) > 0
          where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            and x.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and x.refobjid = k.contypid), false
    from calls c
    join pg_catalog.pg_constraint k on k.oid = c.objid and k.contype = 'c' and k.contypid <> 0
   where c.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
  union all
  -- There are generated columns since 12, so the flag is read by way of JSON.
  select c.function, 'generated column', a.attrelid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname),
         pg_catalog.pg_relation_size(a.attrelid) > 0, true
    from calls c
    join pg_catalog.pg_attrdef e on e.oid = c.objid
    join pg_catalog.pg_attribute a on a.attrelid = e.adrelid and a.attnum = e.adnum and pg_catalog.to_jsonb(a) ->> 'attgenerated' = 's'
   where c.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
  union all
  select c.function, 'materialized view', b.matview::pg_catalog.regclass::text, true, true
    from calls c
    join pg_catalog.pg_rewrite r on r.oid = c.objid
    join read_by b on b.relation = r.ev_class
   where c.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
),
-- Functions that set a search path of their own, and those of extensions, find what they need.
routines as (
  select p.oid, p.proname::text as name, l.lanname,
         -- Comments go, and so do literals, unless they may be statements.
         pg_catalog.regexp_replace(
           pg_catalog.regexp_replace(p.prosrc, '(''(?:[^'']|'''')*'')|--[^\n]*|/\*(?:[^*]|\*+[^*/])*\*+/', '\1 ', 'g'),
           case when p.prosrc ~* '\mexecute\M' then '^$' else '''(?:[^'']|'''')*''' end, ' ', 'g') as body
    from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang
   where p.oid >= 16384 and l.lanname in ('sql', 'plpgsql') and exists (select from uses)
     and not exists (select from pg_catalog.unnest(p.proconfig) as s where s like 'search_path=%')
     and not exists (select from pg_catalog.pg_depend x
                      where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid and x.deptype = 'e')
),
called as (
  select distinct r.oid as caller, other.oid as callee
    from routines r
   cross join lateral pg_catalog.regexp_matches(r.body, '([[:alpha:]_][[:alnum:]_$]*)"?\s*\(', 'g') as m (words)
    join routines other on other.name = pg_catalog.lower(m.words[1])
  union
  select c.objid, c.function from calls c where c.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
),
reached as (
  select u.function as first, u.function from uses u
  union
  select r.first, c.callee from reached r join called c on c.caller = r.function
),
tokens as (
  select r.oid, t.token, t.place,
         pg_catalog.lag(t.token, 1, '') over line as before, pg_catalog.lag(t.token, 2, '') over line as before_2, pg_catalog.lag(t.token, 4, '') over line as before_4,
         pg_catalog.lead(t.token, 1, '') over line as after, pg_catalog.lead(t.token, 2, '') over line as after_2
    from routines r
   cross join lateral (
         select case when m.words[1] like '"%' then pg_catalog.btrim(m.words[1], '"') else pg_catalog.lower(m.words[1]) end as token, m.place
           from pg_catalog.regexp_matches(r.body, '("(?:[^"]|"")+"|::|[[:alpha:]_][[:alnum:]_$]*|[^[:space:]])', 'g') with ordinality as m (words, place)) as t
   where r.oid in (select function from reached)
  window line as (partition by r.oid order by t.place)
),
named as (
  select k.oid, k.token as name,
         case when k.before = '::' or k.before = 'as' and k.after = ')' then 'type'
              when k.before in ('from', 'join', 'update', 'only') and k.after <> '(' or k.before = 'into' and k.before_2 in ('insert', 'merge')
                   or k.after = '%' and k.after_2 = 'rowtype' then 'relation'
              when k.after = '(' and k.before <> 'as' then 'function' end as kind
    from tokens k
   where k.before <> '.' and k.after <> '.'
     -- These words say something else where FROM stands in the arguments of a function.
     and not (k.before = 'from' and (k.before_2 = 'distinct' or k.before_4 in ('extract', 'substring', 'trim', 'overlay', 'position')))
),
-- Names of users. What pg_catalog has too is found there first.
names as (
  select 'relation' as kind, c.relname::text as name, c.relnamespace as namespace from pg_catalog.pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f')
  union all
  select 'function', p.proname::text, p.pronamespace from pg_catalog.pg_proc p
  union all
  select 'type', t.typname::text, t.typnamespace from pg_catalog.pg_type t
),
foreign_names as (
  select n.kind, n.name from names n where exists (select from uses)
   group by 1, 2 having pg_catalog.bool_and(n.namespace <> 'pg_catalog'::pg_catalog.regnamespace)
),
suspects as (
  select n.oid, pg_catalog.min(n.name) as word
    from named n
    join foreign_names f on f.kind = n.kind and f.name = n.name
   -- A query of its own may have this name (WITH name AS).
   where n.kind <> 'relation' or not exists (
         select from tokens k where k.oid = n.oid and k.token = n.name and (k.after = 'as' and k.after_2 in ('(', 'materialized', 'not') or k.before in ('with', 'recursive')))
   group by n.oid
)
select s.oid::pg_catalog.regprocedure::text as "function", s.word as "word",
       (select pg_catalog.string_agg(distinct pg_catalog.quote_ident(n.nspname), ', ') from names m
          join pg_catalog.pg_namespace n on n.oid = m.namespace
         where m.name = s.word) as "path",
       pg_catalog.min(u.use) as "use", pg_catalog.min(u.object) as "object", pg_catalog.count(distinct u.object) as "objects"
  from suspects s
  join reached r on r.function = s.oid
  join uses u on u.function = r.first
  join routines first on first.oid = u.function
 where u.has_rows or u.inlines and first.lanname = 'sql'
 group by 1, 2, 3
 order by 1, 2
