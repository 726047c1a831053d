with words (word, gone_in) as (values
       ('adsrc', 120000),
       ('consrc', 120000),
       ('relhasoids', 120000),
       ('relhaspkey', 110000),
       ('proisagg', 110000),
       ('proiswindow', 110000),
       ('protransform', 120000),
       ('datlastsysoid', 150000),
       ('daticulocale', 170000),
       ('colliculocale', 170000),
       ('pg_pltemplate', 130000),
       ('pg_start_backup', 150000),
       ('pg_stop_backup', 150000),
       ('pg_is_in_backup', 150000),
       ('pg_backup_start_time', 150000),
       ('numeric_fac', 140000),
       ('pg_current_xlog_location', 100000),
       ('pg_last_xlog_receive_location', 100000),
       ('pg_last_xlog_replay_location', 100000),
       ('pg_switch_xlog', 100000),
       ('pg_xlogfile_name', 100000),
       ('pg_xlog_location_diff', 100000),
       ('pg_current_xlog_insert_location', 100000),
       ('abstime', 120000),
       ('reltime', 120000),
       ('timenow', 120000),
       ('checkpoints_timed', 170000),
       ('checkpoints_req', 170000),
       ('buffers_checkpoint', 170000),
       ('buffers_backend', 170000),
       ('currtid', 140000)),
found as (
  select 'function' as kind, p.oid::pg_catalog.regprocedure::text as name, p.prosrc as text, 'pg_catalog.pg_proc'::pg_catalog.regclass as classid, p.oid as objid
    from pg_catalog.pg_proc p
   where p.oid >= 16384 and p.prolang in (select l.oid from pg_catalog.pg_language l where l.lanname not in ('c', 'internal'))
     -- Cheap first: patterns are compiled only for what may hold a word.
     and pg_catalog.lower(p.prosrc) like any (array(select '%' || w.word || '%' from words w))
  union all
  -- What a view takes from a catalog is not among its dependencies, so its text is searched; only of those that name a
  -- catalog at all, since printing every view would take long.
  select 'view', c.oid::pg_catalog.regclass::text, pg_catalog.pg_get_viewdef(c.oid), 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid
    from pg_catalog.pg_class c
    join pg_catalog.pg_rewrite r on r.ev_class = c.oid
   where c.oid >= 16384 and c.relkind in ('v', 'm')
     and r.ev_action::text ~ ':(relid|funcid) [0-9]{1,4} '
     and r.ev_action::text ~ '(:relid (12[0-9][0-9]|26[0-9][0-9]|34[0-9][0-9]|1136) |:funcid (2172|2173|2174|2850|2848|2851|2852|3165|3813|3814|2849|252|202|1048) |:consttype (702|703) )'
)
select f.kind as "kind", f.name as "name", w.word as "word", w.gone_in as "gone_in"
  from found f
  join words w on f.text ~* ('\m' || w.word || '\M')
 where not exists (select from pg_catalog.pg_depend x where x.classid = f.classid and x.objid = f.objid and x.deptype = 'e')
 order by 1, 2, 3
