with doubtful as (
  select c.oid, c.conname, c.conrelid, c.contypid, c.conbin, x.changes, x.trusted
    from pg_catalog.pg_constraint c
   cross join lateral (
         -- Whether the answer can have changed, and whether nobody but who asks, or a superuser, wrote what is run for it.
         select coalesce(pg_catalog.bool_or(p.provolatile <> 'i' or p.oid >= 16384), false) as calls,
                coalesce(pg_catalog.bool_or(p.provolatile <> 'i' or p.oid >= 16384 and d.objid is null), false) or c.conbin::text like '%SQLVALUEFUNCTION%' as changes,
                coalesce(pg_catalog.bool_and(p.oid < 16384 or r.rolsuper or r.rolname = current_user), true) as trusted
           from pg_catalog.regexp_matches(c.conbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') as called (words)
           join pg_catalog.pg_proc p on p.oid = called.words[1]::pg_catalog.oid
           join pg_catalog.pg_roles r on r.oid = p.proowner
           left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e') as x
   where c.contype = 'c' and c.convalidated
     -- CURRENT_DATE and its kind, and casts by way of text, are nodes of their own in the stored expression.
     and (c.conbin::text ~ 'SQLVALUEFUNCTION|COERCEVIAIO' or x.calls)
),
-- What a domain is over, with all that is between, and its arrays.
domains as (
  select d.oid, d.conname, t.oid as type, pg_catalog.format_type(t.oid, null) as name, pg_catalog.format_type(b.base, b.typmod) as base, d.changes, d.trusted
    from doubtful d
    join pg_catalog.pg_type t on t.oid = d.contypid
   cross join lateral (
         with recursive below as (
           select t.typbasetype as base, t.typtypmod as typmod
           union all
           select n.typbasetype, n.typtypmod from below l join pg_catalog.pg_type n on n.oid = l.base and n.typtype = 'd'
         )
         select l.base, l.typmod from below l join pg_catalog.pg_type n on n.oid = l.base and n.typtype <> 'd') as b
),
parts as (
  select n.nspname, r.oid as relation, r.relname, d.conname, d.oid, d.changes and d.trusted as suspect,
         pg_catalog.format('not (%s)', pg_catalog.pg_get_expr(d.conbin, d.conrelid)) as breaks, null::text as evaluates
    from doubtful d
    join pg_catalog.pg_class r on r.oid = d.conrelid
    join pg_catalog.pg_namespace n on n.oid = r.relnamespace
  union all
  -- A value of a domain is judged anew when it is cast to it.
  select n.nspname, r.oid, r.relname, d.conname, d.oid, d.changes and d.trusted, null,
         pg_catalog.string_agg(pg_catalog.format('pg_catalog.count((%I::%s%s)::%s%s)', a.attname, d.base, v.brackets, d.name, v.brackets), ' + ' order by a.attnum)
    from domains d
    join pg_catalog.pg_type t on t.oid = d.type
   cross join lateral (select t.oid as type, '' as brackets union all select t.typarray, '[]' where t.typarray <> 0) as v
    join pg_catalog.pg_attribute a on a.atttypid = v.type and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_class r on r.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = r.relnamespace
   group by n.nspname, r.oid, r.relname, d.conname, d.oid, d.changes, d.trusted
),
sized as (
  select p.*, pg_catalog.pg_table_size(p.relation) as bytes
    from parts p
    join pg_catalog.pg_class r on r.oid = p.relation
   where r.relkind = 'r' and r.relpersistence <> 't' and p.nspname !~ '^pg_' and p.nspname <> 'information_schema'
)
select s.nspname::text as "schema", s.relname::text as "name", s.conname::text as "constraint",
       pg_catalog.pg_get_constraintdef(s.oid) as "definition",
       pg_catalog.format('check %s on %s.%s', s.conname, s.nspname, s.relname) as "reads", s.bytes as "bytes",
       -- Without being asked to, only what is small is read: 64 MiB, all of it together.
       s.suspect and pg_catalog.sum(s.bytes) filter (where s.suspect) over (order by s.bytes, s.relation, s.oid) <= 67108864 as "suspect",
       case when s.breaks is not null then
         pg_catalog.format('select pg_catalog.format(''%%s of its rows break it'', pg_catalog.count(*)) as "problem" from only %I.%I where %s having pg_catalog.count(*) > 0',
                           s.nspname, s.relname, s.breaks)
       else
         pg_catalog.format('select null::text as "problem" from (select %s as n from only %I.%I) as counted where n < 0', s.evaluates, s.nspname, s.relname)
       end as "statement"
  from sized s
 order by 1, 2, 3
