-- Found by comparing the catalogs of servers 10 to 18, with the extensions of PostgreSQL itself. A function with arguments is
-- one signature; a signature is one that calls still find, but GRANT does not.
with gone (extension, kind, relation, gone_in, names) as (values
       ('', 'column', 'pg_class', 110000, array['relhaspkey']),
       ('', 'column', 'pg_proc', 110000, array['proisagg', 'proiswindow']),
       ('', 'column', 'pg_attrdef', 120000, array['adsrc']),
       ('', 'column', 'pg_class', 120000, array['relhasoids']),
       ('', 'column', 'pg_constraint', 120000, array['consrc']),
       ('', 'column', 'pg_proc', 120000, array['protransform']),
       ('', 'column', 'pg_stat_ssl', 120000, array['clientdn']),
       ('', 'column', 'pg_statistic_ext', 120000, array['stxndistinct', 'stxdependencies']),
       ('', 'column', 'pg_stat_wal_receiver', 130000, array['received_lsn']),
       ('pg_stat_statements', 'column', 'pg_stat_statements', 130000, array['total_time', 'min_time', 'max_time', 'mean_time', 'stddev_time']),
       ('', 'column', 'pg_stat_ssl', 140000, array['compression']),
       ('', 'column', 'pg_database', 150000, array['datlastsysoid']),
       ('', 'column', 'element_types', 170000, array['domain_default']),
       ('', 'column', 'pg_collation', 170000, array['colliculocale']),
       ('', 'column', 'pg_database', 170000, array['daticulocale']),
       ('', 'column', 'pg_stat_bgwriter', 170000, array['checkpoints_timed', 'checkpoints_req', 'checkpoint_write_time', 'checkpoint_sync_time',
          'buffers_checkpoint', 'buffers_backend', 'buffers_backend_fsync']),
       ('', 'column', 'pg_stat_progress_vacuum', 170000, array['max_dead_tuples', 'num_dead_tuples']),
       ('pg_stat_statements', 'column', 'pg_stat_statements', 170000, array['blk_read_time', 'blk_write_time']),
       ('', 'column', 'pg_attribute', 180000, array['attcacheoff']),
       ('', 'column', 'pg_backend_memory_contexts', 180000, array['parent']),
       ('', 'column', 'pg_stat_io', 180000, array['op_bytes']),
       ('', 'column', 'pg_stat_wal', 180000, array['wal_write', 'wal_sync', 'wal_write_time', 'wal_sync_time']),
       ('', 'function', '', 100000, array['pg_current_xlog_flush_location', 'pg_current_xlog_insert_location', 'pg_current_xlog_location',
          'pg_is_xlog_replay_paused', 'pg_last_xlog_receive_location', 'pg_last_xlog_replay_location', 'pg_switch_xlog', 'pg_xlog_location_diff',
          'pg_xlog_replay_pause', 'pg_xlog_replay_resume', 'pg_xlogfile_name', 'pg_xlogfile_name_offset']),
       ('', 'function', '', 110000, array['inet_gist_decompress', 'gist_box_compress', 'gist_box_decompress', 'gist_box_fetch',
          'gtsquery_decompress', 'range_gist_compress', 'range_gist_decompress', 'range_gist_fetch']),
       ('cube', 'function', '', 110000, array['g_cube_compress', 'g_cube_decompress']),
       ('seg', 'function', '', 110000, array['gseg_compress', 'gseg_decompress']),
       ('', 'function', '', 130000, array['ascii_to_mic', 'mic_to_ascii', 'ascii_to_utf8', 'utf8_to_ascii']),
       ('', 'function', '', 140000, array['numeric_fac', 'currtid']),
       ('', 'function', '', 150000, array['path_center', 'dist_lb', 'dist_bl', 'close_sl', 'close_lb', 'point(path)', 'pg_stop_backup',
          'pg_is_in_backup', 'pg_backup_start_time', 'pg_start_backup']),
       ('pg_walinspect', 'function', '', 160000, array['pg_get_wal_records_info_till_end_of_wal', 'pg_get_wal_stats_till_end_of_wal']),
       ('', 'function', '', 170000, array['interval_accum', 'interval_combine', 'interval_accum_inv', 'interval_avg(interval[])',
          'pg_stat_get_bgwriter_timed_checkpoints', 'pg_stat_get_bgwriter_requested_checkpoints', 'pg_stat_get_bgwriter_buf_written_checkpoints',
          'pg_stat_get_checkpoint_write_time', 'pg_stat_get_checkpoint_sync_time', 'pg_stat_get_buf_written_backend',
          'pg_stat_get_buf_fsync_backend']),
       ('', 'function', '', 180000, array['pg_timezone_abbrevs', 'pg_stat_have_stats(text, oid, oid)']),
       ('', 'operator', '', 140000, array['point @ polygon', 'box @ box', 'circle @ circle', 'polygon ~ polygon', 'bigint ! NONE', 'lseg @ box',
          'path ~ point', 'lseg @ line', 'point @ path', 'point @ lseg', 'NONE !! bigint', 'aclitem[] ~ aclitem', 'polygon @ polygon',
          'circle ~ point', 'polygon ~ point', 'point @ box', 'point @ circle', 'box ~ box', 'point @ line', 'circle ~ circle']),
       ('cube', 'operator', '', 140000, array['cube @ cube', 'cube ~ cube']),
       ('hstore', 'operator', '', 140000, array['hstore @ hstore', 'hstore ~ hstore']),
       ('intarray', 'operator', '', 140000, array['integer[] ~ integer[]', 'integer[] @ integer[]']),
       ('seg', 'operator', '', 140000, array['seg ~ seg', 'seg @ seg']),
       ('', 'operator', '', 150000, array['NONE @@ path', 'line <-> box', 'box <-> line', 'line ## box', 'lseg ## line']),
       ('', 'relation', '', 130000, array['pg_pltemplate', 'sql_languages', 'sql_packages', 'sql_sizing_profiles']),
       ('pg_stat_statements', 'signature', '', 120000, array['pg_stat_statements_reset()']),
       ('', 'signature', '', 130000, array['get_bit(bytea, integer)', 'set_bit(bytea, integer, integer)']),
       ('', 'signature', '', 140000, array['pg_terminate_backend(integer)', 'lag(anyelement, integer, anyelement)',
          'lead(anyelement, integer, anyelement)', 'pg_create_logical_replication_slot(name, name, boolean)', 'array_append(anyarray, anyelement)',
          'array_prepend(anyelement, anyarray)', 'array_cat(anyarray, anyarray)', 'array_position(anyarray, anyelement)',
          'array_position(anyarray, anyelement, integer)', 'array_positions(anyarray, anyelement)', 'array_remove(anyarray, anyelement)',
          'array_replace(anyarray, anyelement, anyelement)', 'width_bucket(anyelement, anyarray)']),
       ('pageinspect', 'signature', '', 140000, array['get_raw_page(text, integer)', 'get_raw_page(text, text, integer)',
          'bt_page_stats(text, integer)', 'page_checksum(bytea, integer)', 'bt_page_items(text, integer)']),
       ('', 'signature', '', 160000, array['pg_get_publication_tables(text)']),
       ('', 'signature', '', 170000, array['pg_logical_emit_message(boolean, text, text)', 'pg_logical_emit_message(boolean, text, bytea)',
          'pg_create_logical_replication_slot(name, name, boolean, boolean)']),
       ('pg_stat_statements', 'signature', '', 170000, array['pg_stat_statements_reset(oid, oid, bigint)']),
       ('', 'signature', '', 180000, array['json_strip_nulls(json)', 'jsonb_strip_nulls(jsonb)']),
       ('postgres_fdw', 'signature', '', 180000, array['postgres_fdw_get_connections()']),
       ('', 'type', '', 120000, array['abstime', 'reltime', 'smgr', 'tinterval']),
       ('', 'type', '', 130000, array['opaque']),
       ('', 'column', 'pg_stat_activity', 90600, array['waiting']),
       ('', 'column', 'pg_stat_replication', 100000, array['sent_location', 'write_location', 'flush_location', 'replay_location'])),
-- Relations, and functions in FROM, whose columns changed otherwise than by new ones at the end.
changed (extension, kind, changed_in, names) as (values
       ('', 'function row', 110000, array['pg_control_checkpoint', 'pg_stat_get_wal_receiver']),
       ('', 'function row', 120000, array['pg_create_logical_replication_slot', 'pg_stat_get_activity']),
       ('', 'function row', 130000, array['pg_available_extension_versions', 'pg_control_init', 'pg_stat_get_wal_receiver']),
       ('pageinspect', 'function row', 130000, array['bt_metap']),
       ('pg_stat_statements', 'function row', 130000, array['pg_stat_statements']),
       ('', 'function row', 140000, array['pg_get_keywords', 'pg_stat_get_activity']),
       ('pageinspect', 'function row', 140000, array['brin_page_items', 'bt_metap']),
       ('pg_stat_statements', 'function row', 140000, array['pg_stat_statements']),
       ('pageinspect', 'function row', 150000, array['page_header']),
       ('pg_stat_statements', 'function row', 150000, array['pg_stat_statements']),
       ('', 'function row', 160000, array['pg_hba_file_rules', 'pg_ident_file_mappings', 'pg_prepared_statement', 'pg_stat_get_activity',
          'pg_stat_get_subscription']),
       ('pageinspect', 'function row', 160000, array['brin_page_items']),
       ('', 'function row', 170000, array['pg_get_replication_slots']),
       ('pg_stat_statements', 'function row', 170000, array['pg_stat_statements']),
       ('', 'function row', 180000, array['pg_get_backend_memory_contexts', 'pg_get_replication_slots', 'pg_stat_get_io',
          'pg_stat_get_subscription_stats', 'pg_stat_get_wal']),
       ('pg_stat_statements', 'function row', 180000, array['pg_stat_statements']),
       ('', 'row', 110000, array['pg_aggregate', 'pg_attribute', 'pg_class', 'pg_constraint', 'pg_index', 'pg_partitioned_table', 'pg_proc',
          'pg_stat_wal_receiver']),
       ('', 'row', 120000, array['pg_am', 'pg_amop', 'pg_amproc', 'pg_attrdef', 'pg_attribute', 'pg_authid', 'pg_cast', 'pg_class', 'pg_collation',
          'pg_constraint', 'pg_conversion', 'pg_database', 'pg_default_acl', 'pg_enum', 'pg_event_trigger', 'pg_extension',
          'pg_foreign_data_wrapper', 'pg_foreign_server', 'pg_language', 'pg_largeobject_metadata', 'pg_namespace', 'pg_opclass', 'pg_operator',
          'pg_opfamily', 'pg_policy', 'pg_proc', 'pg_publication', 'pg_publication_rel', 'pg_rewrite', 'pg_shadow', 'pg_stat_database',
          'pg_stat_ssl', 'pg_statistic', 'pg_statistic_ext', 'pg_subscription', 'pg_tablespace', 'pg_transform', 'pg_trigger', 'pg_ts_config',
          'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template', 'pg_type', 'pg_user', 'pg_user_mapping']),
       ('', 'row', 130000, array['pg_available_extension_versions', 'pg_stat_activity', 'pg_stat_all_tables', 'pg_stat_sys_tables',
          'pg_stat_user_tables', 'pg_stat_wal_receiver', 'pg_statistic_ext', 'pg_trigger']),
       ('pg_stat_statements', 'row', 130000, array['pg_stat_statements']),
       ('', 'row', 140000, array['pg_attribute', 'pg_proc', 'pg_range', 'pg_stat_activity', 'pg_stat_database', 'pg_stat_ssl', 'pg_stats_ext',
          'pg_subscription', 'pg_type']),
       ('pg_stat_statements', 'row', 140000, array['pg_stat_statements']),
       ('', 'row', 150000, array['pg_collation', 'pg_constraint', 'pg_database', 'pg_index', 'pg_statistic_ext_data', 'pg_stats_ext',
          'pg_stats_ext_exprs', 'pg_subscription']),
       ('pg_stat_statements', 'row', 150000, array['pg_stat_statements']),
       ('', 'row', 160000, array['pg_attribute', 'pg_auth_members', 'pg_collation', 'pg_constraint', 'pg_database', 'pg_hba_file_rules',
          'pg_ident_file_mappings', 'pg_prepared_statements', 'pg_stat_all_indexes', 'pg_stat_all_tables', 'pg_stat_subscription',
          'pg_stat_sys_indexes', 'pg_stat_sys_tables', 'pg_stat_user_indexes', 'pg_stat_user_tables', 'pg_subscription']),
       ('', 'row', 170000, array['element_types', 'pg_attribute', 'pg_collation', 'pg_database', 'pg_replication_slots', 'pg_stat_bgwriter',
          'pg_stat_progress_vacuum', 'pg_stat_subscription', 'pg_statistic_ext', 'pg_subscription']),
       ('pg_stat_statements', 'row', 170000, array['pg_stat_statements']),
       ('', 'row', 180000, array['pg_attribute', 'pg_backend_memory_contexts', 'pg_class', 'pg_constraint', 'pg_replication_slots',
          'pg_stat_checkpointer', 'pg_stat_database', 'pg_stat_io', 'pg_stat_subscription_stats', 'pg_stat_wal']),
       ('pg_stat_statements', 'row', 180000, array['pg_stat_statements'])),
words as (
  select g.extension, g.kind, g.relation, g.gone_in, w.word, pg_catalog.split_part(w.word, '(', 1) as name,
         coalesce(e.oid, 0) as extension_oid, case when g.extension = '' then 'pg_catalog'::pg_catalog.regnamespace::oid else 0 end as namespace
    from gone g
   cross join lateral pg_catalog.unnest(g.names) as w (word)
    left join pg_catalog.pg_extension e on e.extname = g.extension
   where g.extension = '' or e.oid is not null
),
members as (
  select d.classid, d.objid, d.refobjid as extension_oid from pg_catalog.pg_depend d
   where d.deptype = 'e' and d.refobjid in (select w.extension_oid from words w)
),
-- What this server has of it, by number.
functions as (
  select p.oid, w.word, w.gone_in, w.kind
    from words w
    join pg_catalog.pg_proc p on p.proname = w.name
     and (w.word not like '%(%' or w.word = p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')')
   where w.kind in ('function', 'signature')
     and (p.pronamespace = w.namespace
          or exists (select from members m where m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and m.objid = p.oid and m.extension_oid = w.extension_oid))
),
operators as (
  select o.oid, 'operator ' || w.word as word, w.gone_in
    from words w
    join pg_catalog.pg_operator o on o.oprname = pg_catalog.split_part(w.word, ' ', 2)
     and w.word = (case when o.oprleft = 0 then 'NONE' else pg_catalog.format_type(o.oprleft, null) end || ' ' || o.oprname || ' '
                   || case when o.oprright = 0 then 'NONE' else pg_catalog.format_type(o.oprright, null) end)
   where w.kind = 'operator'
     and (o.oprnamespace = w.namespace
          or exists (select from members m where m.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and m.objid = o.oid and m.extension_oid = w.extension_oid))
),
types as (
  select t.oid, w.word, w.gone_in
    from words w
    join pg_catalog.pg_type b on b.typname = w.word and b.typnamespace = w.namespace
    join pg_catalog.pg_type t on t.oid in (b.oid, b.typarray)
   where w.kind = 'type'
),
relations as (
  select c.oid, c.relkind, w.kind, w.relation, w.word, w.gone_in, a.attnum
    from words w
    join pg_catalog.pg_class c on c.relname = case when w.kind = 'relation' then w.word else w.relation end and c.relkind in ('r', 'v')
     and (w.extension = '' and c.relnamespace in ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)
          or exists (select from members m where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and m.objid = c.oid and m.extension_oid = w.extension_oid))
    left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = w.word and w.kind = 'column' and not a.attisdropped
   where w.kind = 'relation' or w.kind = 'column' and a.attnum is not null
),
row_names as (
  select c.kind, n.name, pg_catalog.min(c.changed_in) as changed_in
    from changed c
   cross join lateral pg_catalog.unnest(c.names) as n (name)
   where c.changed_in > pg_catalog.current_setting('server_version_num')::integer
     and (c.extension = '' or c.extension in (select e.extname from pg_catalog.pg_extension e))
   group by 1, 2
),
row_functions as (
  select p.oid, r.name, r.changed_in
    from row_names r
    join pg_catalog.pg_proc p on p.proname = r.name and (p.oid < 16384 or exists (
         select from members m where m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and m.objid = p.oid))
   where r.kind = 'function row'
),
-- What pg_dump writes from a parse tree. Names in a tree are numbers, so what a user has named alike is no hit.
trees as (
  select case when c.relkind in ('v', 'm') then 'view' else 'rule' end as kind,
         case when c.relkind in ('v', 'm') then '' else pg_catalog.quote_ident(r.rulename) || ' on ' end || c.oid::pg_catalog.regclass::text as name,
         'pg_catalog.pg_class'::pg_catalog.regclass as classid, c.oid as objid, r.ev_action::text || ' ' || r.ev_qual::text as tree
    from pg_catalog.pg_rewrite r
    join pg_catalog.pg_class c on c.oid = r.ev_class
   where r.oid >= 16384
  union all
  select 'column', e.adrelid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname), 'pg_catalog.pg_class'::pg_catalog.regclass, e.adrelid, e.adbin::text
    from pg_catalog.pg_attrdef e
    join pg_catalog.pg_attribute a on a.attrelid = e.adrelid and a.attnum = e.adnum
   where e.oid >= 16384
  union all
  select 'constraint', pg_catalog.quote_ident(k.conname) || case when k.contypid = 0 then ' on ' || k.conrelid::pg_catalog.regclass::text
                                                                 else ' of domain ' || k.contypid::pg_catalog.regtype::text end,
         case when k.contypid = 0 then 'pg_catalog.pg_class' else 'pg_catalog.pg_type' end::pg_catalog.regclass, case when k.contypid = 0 then k.conrelid else k.contypid end, k.conbin::text
    from pg_catalog.pg_constraint k
   where k.contype = 'c' and k.oid >= 16384
  union all
  select 'index', i.indexrelid::pg_catalog.regclass::text, 'pg_catalog.pg_class'::pg_catalog.regclass, i.indrelid,
         coalesce(i.indexprs::text, '') || ' ' || coalesce(i.indpred::text, '')
    from pg_catalog.pg_index i
   where i.indexrelid >= 16384 and (i.indexprs is not null or i.indpred is not null)
  union all
  select 'policy', pg_catalog.quote_ident(p.polname) || ' on ' || p.polrelid::pg_catalog.regclass::text, 'pg_catalog.pg_class'::pg_catalog.regclass, p.polrelid,
         coalesce(p.polqual::text, '') || ' ' || coalesce(p.polwithcheck::text, '')
    from pg_catalog.pg_policy p
  union all
  select 'trigger', pg_catalog.quote_ident(t.tgname) || ' on ' || t.tgrelid::pg_catalog.regclass::text, 'pg_catalog.pg_class'::pg_catalog.regclass, t.tgrelid, t.tgqual::text
    from pg_catalog.pg_trigger t
   where t.tgqual is not null
  union all
  select 'domain', t.oid::pg_catalog.regtype::text, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typdefaultbin::text
    from pg_catalog.pg_type t
   where t.oid >= 16384 and t.typdefaultbin is not null
  union all
  select 'routine', r.oid::pg_catalog.regprocedure::text, 'pg_catalog.pg_proc'::pg_catalog.regclass, r.oid, r.tree
    from (values (null::text)) as none (prosqlbody)
   -- There are bodies without text since 14; before, the name is that of the row above.
   cross join lateral (
         select p.oid, coalesce(prosqlbody::text, '') || ' ' || coalesce(p.proargdefaults::text, '') as tree
           from pg_catalog.pg_proc p
          where p.oid >= 16384) as r
),
numbers as (
  select (select pg_catalog.string_agg(f.oid::text, '|') from functions f where f.kind = 'function') as functions,
         (select pg_catalog.string_agg(o.oid::text, '|') from operators o) as operators,
         (select pg_catalog.string_agg(t.oid::text, '|') from types t) as types,
         (select pg_catalog.string_agg(r.oid::text, '|') from relations r where r.kind = 'relation') as relations,
         (select pg_catalog.string_agg(distinct r.oid::text, '|') from relations r where r.kind = 'column' and r.relkind = 'r') as catalogs,
         (select pg_catalog.string_agg(r.oid::text, '|') from row_functions r) as row_functions
),
-- A cast that nobody wrote is not written by pg_dump either (funcformat 2). The columns that a query reads stand as a set of bits.
pattern as (
  select '(' || nullif(pg_catalog.concat_ws('|',
           ':funcid (?:' || n.functions || ') :funcresulttype \d+ :funcretset \w+ :funcvariadic \w+ :funcformat [03]\M',
           ':(?:aggfnoid|winfnoid) (?:' || n.functions || ')\M',
           ':opno (?:' || n.operators || ')\M',
           ':(?:consttype|resulttype|array_typeid) (?:' || n.types || ')\M',
           ':funcresulttype (?:' || n.types || ') :funcretset \w+ :funcvariadic \w+ :funcformat 1\M',
           ':relid (?:' || n.relations || ')\M',
           ':relid (?:' || n.catalogs || ') [^{}()]*:selectedCols \(b[ 0-9]*\)',
           ':funcexpr \{FUNCEXPR :funcid (?:' || n.row_functions || ')\M'), '') || ')' as text
    from numbers n
),
hits as (
  select t.kind, t.name, t.classid, t.objid, pg_catalog.split_part(r.words[1], ' ', 1) as field,
         pg_catalog.substring(r.words[1], '\d+')::pg_catalog.oid as number,
         pg_catalog.substring(r.words[1], ':selectedCols \(b( [ 0-9]*)\)') || ' ' as columns
    from trees t
   cross join pattern p
   cross join lateral pg_catalog.regexp_matches(t.tree, p.text, 'g') as r (words)
   where t.tree ~ p.text
),
written as (
  select h.kind, h.name, h.classid, h.objid, f.word, f.gone_in
    from hits h
    join functions f on f.oid = h.number and h.field in (':funcid', ':aggfnoid', ':winfnoid')
  union all
  select h.kind, h.name, h.classid, h.objid, o.word, o.gone_in
    from hits h
    join operators o on o.oid = h.number and h.field = ':opno'
  union all
  select h.kind, h.name, h.classid, h.objid, t.word, t.gone_in
    from hits h
    join types t on t.oid = h.number and h.field in (':consttype', ':resulttype', ':array_typeid', ':funcresulttype')
  union all
  -- Counted from the lowest system column, which 12 made one fewer.
  select h.kind, h.name, h.classid, h.objid, r.word, r.gone_in
    from hits h
    join relations r on r.oid = h.number and h.field = ':relid'
     and (r.kind = 'relation'
          or h.columns like '% ' || (r.attnum + case when pg_catalog.current_setting('server_version_num')::integer < 120000 then 8 else 7 end) || ' %')
  union all
  select 'row of ' || h.kind, h.name, h.classid, h.objid, f.name, f.changed_in
    from hits h
    join row_functions f on f.oid = h.number and h.field = ':funcexpr'
  union all
  -- What is used of views, and functions of users, is among the dependencies.
  select case when c.relkind in ('v', 'm') then 'view column' else 'rule' end, c.oid::pg_catalog.regclass::text, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, r.relation || '.' || r.word, r.gone_in
    from relations r
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
     and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = r.oid and d.refobjsubid = r.attnum
    join pg_catalog.pg_rewrite w on w.oid = d.objid
    join pg_catalog.pg_class c on c.oid = w.ev_class and c.oid >= 16384
   where r.kind = 'column' and r.relkind = 'v'
  union all
  select 'routine', d.objid::pg_catalog.regprocedure::text, d.classid, d.objid, r.relation || '.' || r.word, r.gone_in
    from relations r
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid >= 16384
     and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = r.oid and d.refobjsubid = r.attnum
   where r.kind = 'column' and r.relkind = 'v'
  union all
  select 'row of view', c.oid::pg_catalog.regclass::text, 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, r.name, r.changed_in
    from row_names r
    join pg_catalog.pg_class s on s.relname = r.name and s.relkind in ('r', 'v')
     and (s.oid < 16384 or exists (select from members m where m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and m.objid = s.oid))
    join pg_catalog.pg_proc p on p.prorettype = s.reltype and p.oid >= 16384
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
     and d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.refobjid = p.oid
    join pg_catalog.pg_rewrite w on w.oid = d.objid
    join pg_catalog.pg_class c on c.oid = w.ev_class
   where r.kind = 'row'
  union all
  -- What has no parse tree. Columns of tables whose type is gone are among the notable columns.
  select 'operator', o.oid::pg_catalog.regoperator::text, 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, f.word, f.gone_in
    from functions f
    join pg_catalog.pg_operator o on f.oid in (o.oprcode, o.oprrest, o.oprjoin) and o.oid >= 16384
   where f.kind = 'function'
  union all
  select 'aggregate', a.aggfnoid::pg_catalog.regprocedure::text, 'pg_catalog.pg_proc'::pg_catalog.regclass, a.aggfnoid, f.word, f.gone_in
    from functions f
    join pg_catalog.pg_aggregate a on f.oid in (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn) and a.aggfnoid >= 16384
   where f.kind = 'function'
  union all
  select 'cast', pg_catalog.format_type(c.castsource, null) || ' as ' || pg_catalog.format_type(c.casttarget, null), 'pg_catalog.pg_cast'::pg_catalog.regclass, c.oid, f.word, f.gone_in
    from functions f
    join pg_catalog.pg_cast c on c.castfunc = f.oid and c.oid >= 16384
   where f.kind = 'function'
  union all
  select 'cast', pg_catalog.format_type(c.castsource, null) || ' as ' || pg_catalog.format_type(c.casttarget, null), 'pg_catalog.pg_cast'::pg_catalog.regclass, c.oid, t.word, t.gone_in
    from types t
    join pg_catalog.pg_cast c on t.oid in (c.castsource, c.casttarget) and c.oid >= 16384
  union all
  -- There is a rule of its own for the type opaque.
  select 'routine', p.oid::pg_catalog.regprocedure::text, 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, t.word, t.gone_in
    from types t
    join pg_catalog.pg_proc p on (t.oid = p.prorettype or t.oid = any (p.proargtypes) or t.oid = any (p.proallargtypes)) and p.oid >= 16384
   where t.word <> 'opaque'
  union all
  select 'domain', d.oid::pg_catalog.regtype::text, 'pg_catalog.pg_type'::pg_catalog.regclass, d.oid, t.word, t.gone_in
    from types t
    join pg_catalog.pg_type d on d.typbasetype = t.oid
  union all
  select 'range type', r.rngtypid::pg_catalog.regtype::text, 'pg_catalog.pg_type'::pg_catalog.regclass, r.rngtypid, t.word, t.gone_in
    from types t
    join pg_catalog.pg_range r on r.rngsubtype = t.oid
  union all
  select 'column', c.oid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname), 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, t.word, t.gone_in
    from types t
    join pg_catalog.pg_attribute a on a.atttypid = t.oid and a.attrelid >= 16384 and not a.attisdropped
    join pg_catalog.pg_class c on c.oid = a.attrelid
   where c.relkind in ('c', 'f') or c.relkind in ('r', 'p', 'm') and t.oid in (select b.typarray from pg_catalog.pg_type b where b.typarray <> 0)
),
-- A body in text may hold any word, so these may err.
texts as (
  select w.word, w.relation, w.gone_in from words w where w.kind in ('type', 'relation', 'column') and w.word <> 'opaque' or w.kind = 'function' and w.word not like '%(%'
),
spoken as (
  select p.oid, p.prosrc as text
    from pg_catalog.pg_proc p
   where p.oid >= 16384 and p.prolang in (select l.oid from pg_catalog.pg_language l where l.lanname not in ('c', 'internal'))
     and p.prosrc ~* (select '\m(?:' || pg_catalog.string_agg(t.word, '|') || ')\M' from texts t)
),
granted as (
  select 'function ' || f.oid::pg_catalog.regprocedure::text as name, f.oid as number, f.word, f.gone_in
    from functions f
    join pg_catalog.pg_proc p on p.oid = f.oid
    left join pg_catalog.pg_init_privs i on i.objoid = p.oid and i.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass
   where p.proacl is distinct from i.initprivs and (p.proacl is not null or i.initprivs is not null)
  union all
  select 'table ' || c.oid::pg_catalog.regclass::text, c.oid, r.word, r.gone_in
    from relations r
    join pg_catalog.pg_class c on c.oid = r.oid
    left join pg_catalog.pg_init_privs i on i.objoid = c.oid and i.objsubid = 0 and i.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   where r.kind = 'relation' and c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and c.relacl is distinct from i.initprivs
  union all
  select 'column ' || a.attrelid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname), a.attrelid, r.word, r.gone_in
    from relations r
    join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum = r.attnum and a.attacl is not null
),
found as (
  select w.kind, w.name, w.word, w.gone_in from written w
   where not exists (select from pg_catalog.pg_depend x where x.classid = w.classid and x.objid = w.objid and x.deptype = 'e')
  union all
  select 'function', s.oid::pg_catalog.regprocedure::text, t.word, t.gone_in
    from spoken s
    join texts t on s.text ~* ('\m' || t.word || '\M') and (t.relation = '' or s.text ~* ('\m' || t.relation || '\M'))
   where not exists (select from pg_catalog.pg_depend x
                      where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = s.oid and x.deptype = 'e')
  union all
  select 'grant', g.name, g.word, g.gone_in from granted g
)
select f.kind as "kind", f.name as "name", f.word as "word", pg_catalog.min(f.gone_in) as "gone_in"
  from found f
 group by 1, 2, 3
 order by 1, 2, 3
