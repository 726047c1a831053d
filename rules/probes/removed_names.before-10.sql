-- A word is a function, a type or a catalog without relation beside it, else a column of that catalog.
with words (word, relation, gone_in) as (values
       ('adsrc', 'pg_attrdef', 120000),
       ('attcacheoff', 'pg_attribute', 180000),
       ('consrc', 'pg_constraint', 120000),
       ('relhasoids', 'pg_class', 120000),
       ('relhaspkey', 'pg_class', 110000),
       ('proisagg', 'pg_proc', 110000),
       ('proiswindow', 'pg_proc', 110000),
       ('protransform', 'pg_proc', 120000),
       ('datlastsysoid', 'pg_database', 150000),
       ('daticulocale', 'pg_database', 170000),
       ('colliculocale', 'pg_collation', 170000),
       ('stxdependencies', 'pg_statistic_ext', 120000),
       ('stxndistinct', 'pg_statistic_ext', 120000),
       ('checkpoints_timed', 'pg_stat_bgwriter', 170000),
       ('checkpoints_req', 'pg_stat_bgwriter', 170000),
       ('buffers_checkpoint', 'pg_stat_bgwriter', 170000),
       ('buffers_backend', 'pg_stat_bgwriter', 170000),
       ('pg_pltemplate', null, 130000),
       ('pg_start_backup', null, 150000),
       ('pg_stop_backup', null, 150000),
       ('pg_is_in_backup', null, 150000),
       ('pg_backup_start_time', null, 150000),
       ('numeric_fac', null, 140000),
       ('pg_current_xlog_location', null, 100000),
       ('pg_last_xlog_receive_location', null, 100000),
       ('pg_last_xlog_replay_location', null, 100000),
       ('pg_switch_xlog', null, 100000),
       ('pg_xlogfile_name', null, 100000),
       ('pg_xlog_location_diff', null, 100000),
       ('pg_current_xlog_insert_location', null, 100000),
       ('abstime', null, 120000),
       ('reltime', null, 120000),
       ('tinterval', null, 120000),
       ('timenow', null, 120000),
       ('currtid', null, 140000)),
functions as (
  select p.oid, p.prosrc as text
    from pg_catalog.pg_proc p
   where p.oid >= 16384 and p.prolang in (select l.oid from pg_catalog.pg_language l where l.lanname not in ('c', 'internal'))
     -- Cheap first: patterns are compiled only for what may hold a word.
     and pg_catalog.lower(p.prosrc) like any (array(select '%' || w.word || '%' from words w))
),
-- What a view takes from a catalog is not among its dependencies, but its parse tree names relations, columns,
-- functions and types by number; an object or a column of a user that has the same name is then no hit.
views as (
  select c.oid, r.ev_action::text as tree
    from pg_catalog.pg_class c
    join pg_catalog.pg_rewrite r on r.ev_class = c.oid
   where c.oid >= 16384 and c.relkind in ('v', 'm') and r.ev_action::text ~ ':(relid|funcid|consttype|resulttype) [0-9]{1,4} '
),
numbers as (
  select v.oid, m.words[1] as kind, m.words[2]::pg_catalog.oid as number
    from views v
   cross join lateral pg_catalog.regexp_matches(v.tree, ':(relid|funcid|aggfnoid|consttype|resulttype|vartype) ([0-9]{1,4}) ', 'g') as m (words)
),
found as (
  select 'function' as kind, f.oid::pg_catalog.regprocedure::text as name, w.word, w.gone_in, 'pg_catalog.pg_proc'::pg_catalog.regclass as classid, f.oid as objid
    from functions f
    join words w on f.text ~* ('\m' || w.word || '\M')
  union all
  select 'view', n.oid::pg_catalog.regclass::text, w.word, w.gone_in, 'pg_catalog.pg_class'::pg_catalog.regclass, n.oid
    from numbers n
    join words w on w.relation is null
     and w.word = case n.kind when 'relid' then (select c.relname from pg_catalog.pg_class c where c.oid = n.number)
                              when 'funcid' then (select p.proname from pg_catalog.pg_proc p where p.oid = n.number)
                              when 'aggfnoid' then (select p.proname from pg_catalog.pg_proc p where p.oid = n.number)
                              else (select t.typname from pg_catalog.pg_type t where t.oid = n.number) end::text
  union all
  -- The columns that a query reads stand as a set of bits, counted from the lowest system column, which 12 made one fewer.
  select 'view', v.oid::pg_catalog.regclass::text, w.word, w.gone_in, 'pg_catalog.pg_class'::pg_catalog.regclass, v.oid
    from views v
   cross join lateral pg_catalog.regexp_matches(v.tree, ':relid ([0-9]{1,4}) [^{}()]*:selectedCols \(b([ 0-9]*)\)', 'g') as m (words)
    join pg_catalog.pg_class s on s.oid = m.words[1]::pg_catalog.oid and s.relkind = 'r'
    join words w on w.relation = s.relname
    join pg_catalog.pg_attribute a on a.attrelid = s.oid and a.attname = w.word
     and (m.words[2] || ' ') like '% ' || (a.attnum + case when pg_catalog.current_setting('server_version_num')::integer < 120000 then 8 else 7 end) || ' %'
)
select f.kind as "kind", f.name as "name", f.word as "word", f.gone_in as "gone_in"
  from found f
 where not exists (select from pg_catalog.pg_depend x where x.classid = f.classid and x.objid = f.objid and x.deptype = 'e')
 group by 1, 2, 3, 4
 order by 1, 2, 3
