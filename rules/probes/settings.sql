select s.name as "name", s.reset_val as "value",
       case when s.vartype = 'integer' and s.reset_val ~ '^-?[0-9]+$' then s.reset_val::bigint
                 * case when s.reset_val::bigint <= 0 then 1 else case s.unit when 'kB' then 1024 when '8kB' then 8192 when 'MB' then 1048576 when 's' then 1000 when 'min' then 60000 else 1 end end end as "number",
       s.reset_val is distinct from s.boot_val as "changed",
       exists (select from pg_catalog.pg_db_role_setting o
                cross join lateral pg_catalog.unnest(o.setconfig) as u (setting)
                where o.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))
                  and o.setrole in (0, (select r.oid from pg_catalog.pg_roles r where r.rolname = session_user))
                  and (o.setdatabase <> 0 or o.setrole <> 0)
                  and pg_catalog.lower(pg_catalog.split_part(u.setting, '=', 1)) = pg_catalog.lower(s.name)) as "overridden"
  from pg_catalog.pg_settings s
 where s.name in ('max_connections', 'max_prepared_transactions', 'wal_level', 'max_wal_size', 'maintenance_work_mem', 'password_encryption', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout', 'idle_session_timeout', 'DateStyle', 'IntervalStyle', 'TimeZone', 'standard_conforming_strings', 'escape_string_warning', 'backslash_quote', 'bytea_output', 'array_nulls', 'default_transaction_isolation', 'default_transaction_read_only', 'default_transaction_deferrable', 'transform_null_equals', 'quote_all_identifiers', 'default_text_search_config', 'lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time', 'xmlbinary', 'xmloption', 'timezone_abbreviations', 'extra_float_digits', 'search_path', 'row_security', 'client_encoding', 'default_toast_compression', 'max_locks_per_transaction', 'max_wal_senders', 'max_replication_slots', 'autovacuum', 'track_counts', 'fsync', 'full_page_writes', 'output_plugin_libraries', 'max_identifier_length', 'block_size', 'segment_size', 'integer_datetimes', 'data_checksums', 'server_encoding', 'shared_buffers', 'jit', 'cluster_name')
 order by 1
